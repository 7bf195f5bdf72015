"""The command line's front door: finds the command that was asked for, and turns every error of ours into one
message. What a command does is in the modules beside this one; only the one that is asked for is imported.
"""

import gc
import io
import os
import pkgutil
import sys
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

from orchestration_project.errors import LeadsError

# pydantic else looks through every package installed for plugins of its own, of which there are none here
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

RUBBISH = 100_000
"""So many objects are made before rubbish is looked for: a command that ends soon need not save memory."""


class Place(NamedTuple):
    """Where a command is, and its line in `leads --help`."""

    where: str  # module:function, or module:app of a group, below this package
    says: str


COMMANDS = {
    "submit": Place("submit:submit", "Put submissions into the inbox."),
    "run": Place("leads:run", "Read the form sources, process what is there now, then exit."),
    "list": Place("listing:list_leads", "The leads, the newest first, and what waits for whom."),
    "show": Place("leads:show", "The whole story of one lead in order of time."),
    "seen": Place("leads:seen", "You have looked at what a lead has to look at: it is told no more."),
    "called": Place("follow_up:called", "Say that the call with a lead took place; it is logged in the CRM."),
    "replay": Place("again:replay", "Go through leads again, from the start."),
    "retry": Place("again:retry", "Let leads that wait, or need a person, go on now where they stopped."),
    "rescore": Place("rescore:rescore", "Score leads that are here already under other rules."),
    "compare": Place("compare:compare", "What the candidate would change: who takes another track and why."),
    "quality": Place("compare:quality", "How good the scores were, by what became of the leads."),
    "fit-scorecard": Place(
        "fit:fit_scorecard",
        "Learn the points of the scorecard's lines from verdicts and outcomes, as a candidate.",
    ),
    "learn": Place("learn:learn", "Teach the text model with what you called spam and genuine."),
    "playbook": Place("playbook:app", "The rules: their versions, eval cases, and how the scorer holds."),
    "verdict": Place("history:verdict", "Say what a decision should have been."),
    "differences": Place(
        "differences:differences", "Where two systems say two things of a lead, and which of them is right."
    ),
    "consent": Place("consent:consent", "Say that a person wants no marketing mail any more, or again."),
    "outcomes": Place("outcomes:outcomes", "Read from the CRM what became of leads."),
    "export": Place("history:export", "Write a table of history to a file, as the ledger has it now."),
    "import": Place("import_csv:import_file", "Take in old leads from a CSV file."),
    "prove": Place(
        "prove:prove", "Count what came against what is there, and look up outside what receipts speak of."
    ),
    "backup": Place("backup:backup", "A copy of the installation, made while it works."),
    "restore": Place("backup:restore_backup", "Bring an installation back as a backup has it."),
    "erase": Place("erase:erase", "Forget a person."),
    "export-person": Place("erase:export_person", "All that is known about somebody."),
    "check-playbook": Place("check:check_playbook", "Read the playbook and say what is wrong."),
    "doctor": Place("care:doctor", "What works, what is missing, and what to do about it."),
    "alerts": Place("alerts:alerts", "What is broken now, since when, what to do, and who was told."),
    "dev": Place(
        "development:dev", "Dagster UI, daemon and sensors on this machine. Ctrl-C stops all of it."
    ),
    "demo": Place("development:demo", "Send the sample leads through the real job."),
    "drill": Place(
        "drill:drill", "Play with stand-ins and your own rules that a service fails: what you would be told."
    ),
    "crm": Place("crm:app", "The embedded CRM."),
}


class OnDemand(TyperGroup):
    """Lists its commands without knowing them, and imports the one that is called."""

    def resolve_command(  # type: ignore[override]  # typer's own click has no public name for its types
        self, ctx: typer.Context, args: list[str]
    ) -> tuple[str | None, Any, list[str]]:
        name, listed, rest = super().resolve_command(ctx, args)
        return name, command(listed.name) if listed and listed.name else None, rest


def command(name: str) -> Any:
    """The real one, of a type that typer keeps to itself."""
    # nothing of what an import makes is rubbish; to look for some costs a tenth of it
    gc.disable()
    found = pkgutil.resolve_name(f"{__package__}.{COMMANDS[name].where}")
    gc.freeze()
    gc.set_threshold(RUBBISH, *gc.get_threshold()[1:])
    gc.enable()
    if not isinstance(found, typer.Typer):
        alone = _application()
        alone.command(name)(found)
        found = alone
    made = typer.main.get_command(found)
    made.name = name
    return made


def _application() -> typer.Typer:
    # a traceback with local variables would print people's data
    return typer.Typer(pretty_exceptions_enable=False, add_completion=False)


def application() -> OnDemand:
    listed = (TyperCommand(name, help=place.says) for name, place in COMMANDS.items())
    return OnDemand(
        name="leads",
        help="Lead intake: from contact form to reviewed draft.",
        commands=[*listed],
        params=[option for option in _options().params if option.name == "version"],
        no_args_is_help=True,
    )


def _options() -> Any:
    alone = _application()
    alone.command()(_of_all)
    return typer.main.get_command(alone)


def _say_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version  # noqa: PLC0415 - nobody else asks

        sys.stdout.write(f"leads {version('lead-intake-orchestrator')} (Python {sys.version.split()[0]})\n")
        raise typer.Exit


def _of_all(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            help="The version of this project, and of its Python.",
            is_eager=True,
            expose_value=False,
            callback=_say_version,
        ),
    ] = False,
) -> None:
    """The options of `leads` itself, as typer makes them of a command's."""


def main() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # a terminal without these letters shows their numbers instead of failing
            stream.reconfigure(errors="backslashreplace")
    try:
        try:
            application()()
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except LeadsError as error:
        _complain(str(error), style="red")
        sys.exit(1)
    except BrokenPipeError:
        # the reader of our output has left, as `head` does; the interpreter flushes once more at its end
        if sys.stdout is not None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        _complain("Stopped. Nothing is lost: what was begun goes on at the next start.")
        sys.exit(130)


def _complain(words: str, style: str = "") -> None:
    from orchestration_project.cli.view import err  # noqa: PLC0415 - nothing to show as a rule

    err.print(words, markup=False, style=style, soft_wrap=True)
