"""`leads differences`: where two systems say two things of a lead, which of them is right, and since when.

Which system is right is the playbook's say (`records:`); how values compare is `data/records.py`.
"""

from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import Annotated

import typer

from orchestration_project.cli.options import Json
from orchestration_project.cli.session import Session, owners_zone, read_playbook, session
from orchestration_project.cli.view import out, print_json
from orchestration_project.data.records import differences as of_lead
from orchestration_project.ledger.told import WORDS
from orchestration_project.model import Ref
from orchestration_project.model.records import Difference, in_words
from orchestration_project.playbook.records import Records

PAGE = 50
_AT_ONCE = 200


def differences(
    ref: Annotated[str | None, typer.Option("--ref", help="Of that lead alone.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="So many leads a page.")] = PAGE,
    after: Annotated[
        str | None, typer.Option(help="The page after that lead, the last of the page before.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Where two systems say two things of a lead, and which of them is right.

    The newest leads first. What is on its way to a copy is none: it is shown once it was left."""
    with session() as desk:
        records = read_playbook(desk.installation).records
        wanted = desk.ledger.stories.resolve(ref) if ref else None
        behind = desk.ledger.stories.resolve(after) if after else None
        found = list(_found(desk, records, wanted, behind, limit))
        zone = owners_zone(desk.installation)
    if as_json:
        print_json([each for _, some in found for each in some])
        return
    if not found:
        out.print("There are no more." if behind else "All systems say the same, as far as they were asked.")
        return
    for one, some in found:
        out.print(f"[bold]{one}[/]")
        for each in some:
            for line in lines_of(each, zone):
                out.print(f"    {line}", markup=False, soft_wrap=True)
    if len(found) == limit:
        out.print(f"There may be more: leads differences --after {found[-1][0]}")


def _found(
    desk: Session, records: Records, ref: Ref | None, after: Ref | None, limit: int
) -> Iterator[tuple[Ref, list[Difference]]]:
    """Leads with their differences; what only looks different is left out."""
    shown = 0
    while shown < limit:
        leads = desk.ledger.held.perhaps_different(_AT_ONCE, after, ref)
        for one, held in leads:
            if some := list(of_lead(held, records)):
                yield one, some
                shown += 1
                if shown == limit:
                    return
        if len(leads) < _AT_ONCE:
            return
        after = leads[-1][0]


def lines_of(each: Difference, zone: tzinfo) -> tuple[str, ...]:
    """What is right and where it comes from, then what stands in the copy."""
    if each.item == "draft":
        left = (
            f"draft: it was left as it is{_since(each.other_since, zone)}, though the record has changed: a "
            "person has edited it, or the mailbox lets none be written anew."
        )
        return left, "    Look at its name and address before you send it."
    copy, record = WORDS[each.copy_in], WORDS[each.record]
    if each.item == "title":
        return (
            f"title: by {record}{_since(each.right_since, zone)} it would be {_quoted(each.right)}.",
            f"    {copy} says {_quoted(each.other)}{_since(each.other_since, zone)}.",
        )
    return (
        f"{each.item}: {record}, the record, says {_quoted(each.right)}{_since(each.right_since, zone)}.",
        f"    {copy} says {_quoted(each.other)}{_since(each.other_since, zone)}.",
    )


def _quoted(value: str) -> str:
    return f"“{in_words(value)}”" if value.strip() else "nothing"


def _since(moment: datetime | None, zone: tzinfo) -> str:
    return f" since {moment.astimezone(zone):%Y-%m-%d %H:%M}" if moment is not None else ""
