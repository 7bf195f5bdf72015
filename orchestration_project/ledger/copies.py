"""What we made in other systems, or wrote to: known by its receipt, asked what it says, and learned from.

What a value of it says is `told.py`, what is carried `held_values.py`; consent taken back is `consents.py`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from pydantic import AwareDatetime, Field
from sqlalchemy import Connection, case, select
from sqlalchemy.dialects.postgresql import insert

from orchestration_project.ledger import tables
from orchestration_project.ledger.journal import note
from orchestration_project.ledger.part import Part
from orchestration_project.ledger.reading import reading
from orchestration_project.ledger.sources import Reading, move_cursor
from orchestration_project.ledger.told import (
    Rules,
    change_of,
    detail_of,
    event_of,
    held_by,
    is_somebody_else,
    keep,
    note_looks,
    note_place,
)
from orchestration_project.model import Frozen, Ref
from orchestration_project.model.records import Change, Item, System, Told

MADE = "copies made"
"""Under which the ledger keeps up to when receipts were gone through."""
SYSTEM_OF: Mapping[str, System] = {
    "crm_contact": "crm",
    "sequence": "sequence",
    "calendar_hold": "calendar",
    "folder": "folder",
    "draft": "mail",
}
"""Of the actions that leave a copy of what is known about a person; the index of receipts names the same."""
LATE = timedelta(minutes=2)
"""A receipt may be seen so much later than it is dated."""
LOOKED_AFTER = timedelta(days=90)
"""Of an older lead only what a system tells by itself is learned: nobody looks each thing up any more."""


class Made(Frozen):
    """A receipt of something that is not known as a copy yet."""

    ref: Ref
    lead_id: int
    action: str
    outside_id: str
    note: str
    at: AwareDatetime


class Copy(Frozen):
    """A thing of ours in another system."""

    ref: Ref
    lead_id: int
    system: System
    service: str
    outside_id: str
    at: AwareDatetime
    written: dict[Item, str] = Field(default_factory=dict)
    said: dict[Item, str] = Field(default_factory=dict)  # by the form, beside it


class Copies(Part):
    def made(self, limit: int) -> tuple[Made, ...]:
        """Done receipts of what is not known as a copy yet, in the order in which they were done."""
        table, leads, copies = tables.receipts, tables.submissions, tables.copies
        system = case(*((table.c.action == action, name) for action, name in SYSTEM_OF.items()), else_="")
        known = select(copies.c.lead_id).where(copies.c.lead_id == table.c.lead_id, copies.c.system == system)
        query = (
            select(table, leads.c.ref)
            .join(leads, leads.c.id == table.c.lead_id)
            .where(
                table.c.status == "done",
                table.c.action.in_(tuple(SYSTEM_OF)),
                table.c.external_id.is_not(None),
                ~known.exists(),
            )
            .order_by(table.c.changed_at, table.c.lead_id)
            .limit(limit)
        )
        with reading(self.engine) as connection:
            until = _until(connection)
            if until is not None:
                query = query.where(table.c.changed_at >= until - LATE)
            return tuple(
                Made(
                    ref=row.ref,
                    lead_id=row.lead_id,
                    action=row.action,
                    outside_id=row.external_id,
                    note=row.note,
                    at=row.changed_at,
                )
                for row in connection.execute(query)
            )

    def adopt(self, copies: Sequence[Copy], until: datetime) -> None:
        """They are looked after from now on. Raises ReadByAnother."""
        with self.engine.begin() as connection:
            before = _until(connection)
            after = max(until, before) if before is not None else until
            if before is None or after > before:
                told = before.isoformat() if before is not None else None
                move_cursor(
                    connection, Reading(source=MADE, before=told, after=after.isoformat()), self.clock
                )
            rows = [
                {
                    "lead_id": copy.lead_id,
                    "system": copy.system,
                    "service": copy.service,
                    "outside_id": copy.outside_id,
                    "looked_at": copy.at,
                }
                for copy in copies
            ]
            values = [row for copy in copies for row in _values_of(copy)]
            if rows:
                connection.execute(insert(tables.copies).on_conflict_do_nothing(), rows)
            if values:
                connection.execute(insert(tables.copy_values).on_conflict_do_nothing(), values)

    def any_of(self, system: System, service: str) -> bool:
        """Whether anything of ours is there."""
        table = tables.copies
        query = select(table.c.lead_id).where(table.c.system == system, table.c.service == service).limit(1)
        with reading(self.engine) as connection:
            return connection.execute(query).first() is not None

    def next_looks(self, system: System, service: str, limit: int, before: datetime) -> tuple[str, ...]:
        """Ids of things that nobody has looked at since then, the longest unseen first."""
        table, leads = tables.copies, tables.submissions
        query = (
            select(table.c.outside_id)
            .join(leads, leads.c.id == table.c.lead_id)
            .where(
                table.c.system == system,
                table.c.service == service,
                table.c.gone_at.is_(None),
                table.c.looked_at < before,
                leads.c.received_at > self.clock() - LOOKED_AFTER,
            )
            .order_by(table.c.looked_at)
            .limit(limit)
        )
        with reading(self.engine) as connection:
            return tuple(dict.fromkeys(connection.execute(query).scalars()))

    def learn(self, system: System, service: str, told: Sequence[Told], rules: Rules) -> tuple[Change, ...]:
        """What each thing says now, told in the stories of its leads where it is otherwise than before."""
        newest = {one.outside_id: one for one in told}
        if not newest:
            return ()
        now, table, leads = self.clock(), tables.copies, tables.submissions
        with self.engine.begin() as connection:
            found = connection.execute(
                select(table, leads.c.ref)
                .join(leads, leads.c.id == table.c.lead_id)
                .where(
                    table.c.system == system,
                    table.c.service == service,
                    table.c.outside_id.in_(tuple(newest)),
                )
                .order_by(table.c.lead_id)
                .with_for_update(of=table)
            ).all()
            held = held_by(connection, [row.lead_id for row in found])
            changes: list[Change] = []
            unmoved: list[int] = []
            for row in found:
                one = newest[row.outside_id]
                if is_somebody_else(one, held.get((row.lead_id, system, "email")), rules):
                    one = Told(outside_id=one.outside_id, gone=True)
                if one.gone or one.now_id is not None or row.gone_at is not None:
                    note_place(connection, row, one, now)
                else:
                    unmoved.append(row.lead_id)
                for item, says in one.values.items():
                    before = held.get((row.lead_id, system, item))
                    change = change_of(row.ref, system, item, before, says, one.changed_at, now, rules)
                    keep(connection, row.lead_id, system, item, before, says, change, rules)
                    if change is not None:
                        changes.append(change)
                        note(
                            connection,
                            [row.lead_id],
                            at=now,
                            event=event_of(change),
                            detail=detail_of(change),
                        )
            note_looks(connection, system, unmoved, now)
        return tuple(changes)

    def outside_ids(self, ref: Ref) -> dict[System, str]:
        """Where each copy of that lead is now; without those that are gone."""
        leads, table = tables.submissions, tables.copies
        query = (
            select(table.c.system, table.c.outside_id)
            .join(leads, leads.c.id == table.c.lead_id)
            .where(leads.c.ref == ref, table.c.gone_at.is_(None))
        )
        with reading(self.engine) as connection:
            return {row.system: row.outside_id for row in connection.execute(query)}


def _until(connection: Connection) -> datetime | None:
    told = connection.execute(select(tables.sources.c.cursor).where(tables.sources.c.name == MADE)).scalar()
    return datetime.fromisoformat(told) if told else None


def _values_of(copy: Copy) -> list[dict[str, object]]:
    plain: dict[str, object] = {"lead_id": copy.lead_id, "written": None, "says": None, "since": None}
    ours = [
        plain | {"system": copy.system, "item": item, "written": value, "since": copy.at}
        for item, value in copy.written.items()
    ]
    forms = [
        plain | {"system": "form", "item": item, "says": value, "since": copy.at}
        for item, value in copy.said.items()
    ]
    return ours + forms
