"""The command about what came after the first touch, where only a person knows: was there a call?

Logging it in the CRM is the follow-up job's part.
"""

from typing import Annotated

import typer

from orchestration_project.cli.session import session
from orchestration_project.cli.view import out
from orchestration_project.errors import LeadsError
from orchestration_project.model import Receipt, ReceiptStatus


def called(
    refs: Annotated[list[str], typer.Argument(help="As `leads list` shows them; beginnings will do.")],
    no: Annotated[bool, typer.Option("--no", help="There was no call: log none.")] = False,
) -> None:
    """Say that the call with a lead took place; it is logged in the CRM."""
    with session() as desk:
        known_as = list(dict.fromkeys(desk.ledger.stories.resolve(ref) for ref in refs))
        strangers = [ref for ref in known_as if desk.ledger.follow_ups.decided(ref) is None]
        if strangers:
            raise LeadsError(
                f"{', '.join(strangers)} went down no track, so there is no contact in the CRM to log a call "
                "on. `leads show REF` says why; nothing was changed."
            )
        receipts = [desk.ledger.follow_ups.report_call(ref, took_place=not no) for ref in known_as]
    for ref, receipt in zip(known_as, receipts, strict=True):
        out.print(f"{ref}  {_became(receipt, no=no)}")


def _became(receipt: Receipt | None, *, no: bool) -> str:
    match receipt.status if receipt else None:
        case ReceiptStatus.DONE | ReceiptStatus.BEGUN if no:
            return "its call is logged in the CRM already: take it out there"
        case ReceiptStatus.DONE | ReceiptStatus.BEGUN:
            return "its call is logged already"
        case ReceiptStatus.WAITING:
            return "noted: `make dev` logs the call in the CRM within a minute, where autonomy allows it"
        case _:
            return "no call is logged"
