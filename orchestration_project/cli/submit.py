"""`leads submit`: what a person hands in goes into the inbox, whether or not it can be read today."""

from typing import Annotated

import typer

from orchestration_project.cli.files import deliveries_in, read_input
from orchestration_project.cli.options import Json
from orchestration_project.cli.session import read_playbook, session
from orchestration_project.cli.view import err, out, print_json
from orchestration_project.data.own_ids import with_own_id
from orchestration_project.errors import PlaybookError
from orchestration_project.intake import take_in
from orchestration_project.ledger.submissions import Stored

INBOX = "inbox"


def submit(
    file: Annotated[
        str,
        typer.Argument(
            help="JSON (an object, a list, or one a line) or a form's body; - for standard input."
        ),
    ],
    as_json: Json = False,
) -> None:
    """Put submissions into the inbox. `make dev` picks them up at once, `leads run` when you say so."""
    deliveries = deliveries_in(read_input(file), file)
    with session() as desk:
        try:
            stored = take_in(desk.ledger, read_playbook(desk.installation), INBOX, deliveries)
        except PlaybookError as error:
            # bytes need no rules; whose they are is read once there are some
            stored = desk.ledger.submissions.store(INBOX, [with_own_id(one) for one in deliveries])
            err.print(
                f"What you handed in is kept and waits, as the playbook has a mistake:\n{error}\n"
                "Mend it; the leads then go on by themselves with `make dev`, or with `leads run`.",
                markup=False,
                style="yellow",
                soft_wrap=True,
            )
    if as_json:
        print_json(stored)
        return
    for item in stored:
        out.print(f"{item.ref}  {_became(item)}")
    if any(item.new for item in stored):
        takes = "`make dev`, or in production Dagster's daemon, takes what is new at once"
        err.print(f"{takes}; without it `leads run` does.", style="dim", soft_wrap=True)


def _became(item: Stored) -> str:
    if item.new:
        return "received"
    if item.revised:
        return "was here with other content; this is kept too. `leads list` shows what came of it"
    return "was here already; kept once"
