"""The command line's front door: registers the commands, and turns every error of ours into one message.

What a command does is in the modules beside this one.
"""

import io
import os
import sys

import typer

from orchestration_project.cli import (
    care,
    compare,
    crm,
    development,
    follow_up,
    history,
    import_csv,
    leads,
    playbook,
)
from orchestration_project.cli.view import err
from orchestration_project.errors import LeadsError

app = typer.Typer(
    name="leads",
    help="Lead intake: from contact form to reviewed draft.",
    no_args_is_help=True,
    # a traceback with local variables would print people's data
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(leads.submit)
app.command()(leads.run)
app.command("list")(leads.list_leads)
app.command()(leads.show)
app.command()(leads.seen)
app.command()(follow_up.called)
app.command()(leads.replay)
app.command("import")(import_csv.import_file)
app.command()(history.verdict)
app.command()(history.export)
app.command("check-playbook")(care.check_playbook)
app.command()(care.doctor)
app.command()(development.dev)
app.command()(development.demo)
app.command()(compare.compare)
app.command()(compare.quality)
app.add_typer(playbook.app, name="playbook")
app.add_typer(crm.app, name="crm")


def main() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # a terminal without these letters shows their numbers instead of failing
            stream.reconfigure(errors="backslashreplace")
    try:
        try:
            app()
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except LeadsError as error:
        err.print(str(error), markup=False, style="red", soft_wrap=True)
        sys.exit(1)
    except BrokenPipeError:
        # the reader of our output has left, as `head` does; the interpreter flushes once more at its end
        if sys.stdout is not None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        err.print("Stopped. Nothing is lost: what was begun goes on at the next start.")
        sys.exit(130)
