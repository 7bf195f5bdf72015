"""What a system says of a thing of ours, held against what is known: a change, told in the lead's story.

Who asks the system is `records.py` of the package; which things there are, `copies.py`.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, select, update
from sqlalchemy.dialects.postgresql import insert

from orchestration_project.ledger import tables
from orchestration_project.ledger.journal import note
from orchestration_project.ledger.rows import AnyRow
from orchestration_project.model import Ref
from orchestration_project.model.records import NO, Change, Held, Item, System, Told, in_words

WORDS: Mapping[System, str] = {
    "form": "the form",
    "crm": "the CRM",
    "sequence": "the mailing list",
    "calendar": "the calendar",
    "mail": "the mailbox",
    "folder": "the project folder",
    "person": "somebody of ours",
}
"""A system, as people are told of it."""


@dataclass(frozen=True)
class Rules:
    """What the layers above know: when two values are the same, and who is right about which."""

    same: Callable[[Item, str, str], bool]
    is_record: Callable[[System, Item], bool]


def held_by(connection: Connection, ids: Collection[int]) -> dict[tuple[int, str, str], Held]:
    leads, table = tables.submissions, tables.copy_values
    query = (
        select(table, leads.c.ref)
        .join(leads, leads.c.id == table.c.lead_id)
        .where(table.c.lead_id.in_(tuple(ids)))
    )
    return {(row.lead_id, row.system, row.item): held_of(row) for row in connection.execute(query)}


def held_of(row: AnyRow) -> Held:
    return Held(
        ref=row.ref,
        system=row.system,
        item=row.item,
        written=row.written,
        writing=row.writing,
        says=row.says,
        since=row.since,
        changes=row.changes,
        pending=row.pending,
    )


def note_looks(connection: Connection, system: System, ids: Collection[int], now: datetime) -> None:
    """Of things that are where they were."""
    table = tables.copies
    if ids:
        connection.execute(
            update(table)
            .where(table.c.system == system, table.c.lead_id.in_(tuple(ids)))
            .values(looked_at=now)
        )


def note_place(connection: Connection, row: AnyRow, told: Told, now: datetime) -> None:
    """Of one that is gone, there again, or under another id."""
    table = tables.copies
    mine = and_(table.c.lead_id == row.lead_id, table.c.system == row.system)
    gone_at = (row.gone_at or now) if told.gone else None
    connection.execute(
        update(table)
        .where(mine)
        .values(looked_at=now, gone_at=gone_at, outside_id=told.now_id or row.outside_id)
    )
    where = WORDS[row.system]
    if told.gone and row.gone_at is None:
        detail = f"{where} does not have it any more; nothing is written there for this lead"
        note(connection, [row.lead_id], at=now, event=f"gone from {where}", detail=detail)
    if told.now_id is not None and told.now_id != row.outside_id:
        detail = f"{row.outside_id} is {told.now_id} now"
        note(connection, [row.lead_id], at=now, event=f"merged in {where}", detail=detail)


def is_somebody_else(told: Told, email: Held | None, rules: Rules) -> bool:
    """The first look at a thing under an id that another service may have given: numbers are alike."""
    says, known = told.values.get("email"), email.written if email is not None else None
    first = email is not None and email.says is None and told.now_id is None
    return bool(first and says and known and not rules.same("email", known, says))


def change_of(
    ref: Ref,
    system: System,
    item: Item,
    held: Held | None,
    says: str,
    changed_at: datetime | None,
    now: datetime,
    rules: Rules,
) -> Change | None:
    """None: it says what it said, or what we wrote; or it is seen for the first time, and is not ours."""
    before = held.says if held is not None and held.says is not None else (held.written if held else None)
    if before is None and not (item == "consent" and says == NO):
        return None
    if before is not None and rules.same(item, before, says):
        return None
    if held is not None and held.writing is not None and rules.same(item, held.writing, says):
        return None  # ours, of which we have not heard yet
    return Change(ref=ref, system=system, item=item, before=before, after=says, since=changed_at or now)


def keep(
    connection: Connection,
    lead_id: int,
    system: System,
    item: Item,
    held: Held | None,
    says: str,
    change: Change | None,
    rules: Rules,
) -> None:
    if held is not None and held.says == says and change is None:
        return
    key = {"lead_id": lead_id, "system": system, "item": item}
    values: dict[str, object] = {"says": says}
    if change is not None:
        matters = rules.is_record(system, item) or (item == "consent" and change.after == NO)
        values |= {"since": change.since, "changes": (held.changes if held is not None else 0) + 1}
        values |= {"pending": "learn"} if matters else {}
    connection.execute(
        insert(tables.copy_values)
        .values(**key, **values)
        .on_conflict_do_update(index_elements=list(key), set_=values)
    )


def event_of(change: Change) -> str:
    if change.item == "consent":
        return "consent withdrawn" if change.after == NO else "consent changed"
    return f"{change.item} changed"


def detail_of(change: Change) -> str:
    where = f"in {WORDS[change.system]}"
    if change.item == "consent":
        return where
    return f"{where}: {in_words(change.before or '') or 'nothing'} → {in_words(change.after) or 'nothing'}"
