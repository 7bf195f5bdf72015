"""`leads consent`: what a person has told one of us of marketing mail. What follows is `action/carry.py`."""

from typing import Annotated

import typer

from orchestration_project.cli.session import session
from orchestration_project.cli.view import out
from orchestration_project.errors import LeadsError


def consent(
    ref: Annotated[str, typer.Argument(help="A lead of that person, or the beginning of its ref.")],
    withdrawn: Annotated[
        bool, typer.Option("--withdrawn", help="They want no marketing mail any more.")
    ] = False,
    given: Annotated[
        bool,
        typer.Option("--given", help="They want it after all."),
    ] = False,
) -> None:
    """Say that a person wants no marketing mail any more, or again.

    A consent that is withdrawn stops sequences of all of the person's leads, and none begins any more."""
    if withdrawn == given:
        raise LeadsError("Say either --withdrawn or --given.")
    with session() as desk:
        found = desk.ledger.stories.resolve(ref)
        desk.ledger.consents.say(found, withdrawn=withdrawn)
        enrolled = desk.ledger.consents.enrolled(found) if withdrawn else ()
    if given:
        out.print(f"{found}: the consent stands again. Whom a service has unsubscribed signs up there.")
    elif enrolled:
        out.print(
            f"{found}: withdrawn. While Dagster runs they are out of the mail sequence within ten minutes."
        )
    else:
        out.print(f"{found}: withdrawn. They are in no mail sequence of ours, and none begins any more.")
