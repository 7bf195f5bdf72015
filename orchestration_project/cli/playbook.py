"""`leads playbook`: the group of commands about the rules themselves.

What is tried out on them is in `trials.py`, their versions and releases in `releases.py`.
"""

import typer

from orchestration_project.cli import releases, trials

app = typer.Typer(
    help="The rules: their versions, eval cases, and how the scorer holds.",
    no_args_is_help=True,
    add_completion=False,
)
app.command("eval")(trials.evaluate)
app.command("add-case")(trials.add_case)
app.command("probe")(trials.probe)
app.command("diff")(releases.diff)
app.command("log")(releases.log)
app.command("promote")(releases.promote)
app.command("shadow")(releases.shadow)
app.command("rollback")(releases.rollback)
