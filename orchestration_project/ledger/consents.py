"""Consent to marketing mail that a person has taken back, wherever they said so. Holds for all their leads.

What follows from it is `action/`'s; what systems say is learned in `copies.py`.
"""

from collections.abc import Collection

from sqlalchemy import select, union, update
from sqlalchemy.dialects.postgresql import insert

from orchestration_project.ledger import tables
from orchestration_project.ledger.journal import note
from orchestration_project.ledger.part import Part
from orchestration_project.ledger.reading import reading
from orchestration_project.ledger.rows import rows_of
from orchestration_project.model import Ref
from orchestration_project.model.records import NO, YES, Withdrawn

BY_HAND = "person"
"""The system of what a person of ours says."""


class Consents(Part):
    def withdrawn(self, refs: Collection[Ref]) -> dict[Ref, Withdrawn]:
        """Of those whose person has withdrawn it, and of whom nobody of ours has said since that it stands
        again: where it was said first, and when."""
        wanted = tuple(refs)
        found: dict[Ref, Withdrawn] = {}
        with reading(self.engine) as connection:
            rows = connection.execute(_said(wanted, NO)).all()
            if not rows:
                return {}
            again: dict[Ref, object] = {}
            for row in connection.execute(_said(wanted, YES, BY_HAND)):
                again[row.ref] = max(row.since, again.get(row.ref, row.since))
        for row in sorted(rows, key=lambda row: row.since):
            if row.ref not in again or again[row.ref] < row.since:
                found.setdefault(row.ref, Withdrawn(system=row.system, since=row.since))
        return found

    def say(self, ref: Ref, *, withdrawn: bool) -> bool:
        """What somebody of ours was told by the person. False: there is no such lead."""
        now, table = self.clock(), tables.copy_values
        with self.engine.begin() as connection:
            rows = rows_of(connection, [ref])
            if not rows:
                return False
            said = {"says": NO if withdrawn else YES, "since": now, "pending": "learn" if withdrawn else None}
            key = {"lead_id": rows[0].lead_id, "system": BY_HAND, "item": "consent"}
            connection.execute(
                insert(table)
                .values(**key, **said, changes=1)
                .on_conflict_do_update(
                    index_elements=list(key), set_={**said, "changes": table.c.changes + 1}
                )
            )
            event = "consent withdrawn" if withdrawn else "consent given again"
            note(connection, [rows[0].lead_id], at=now, event=event, detail="says a person")
        return True

    def enrolled_all_the_same(self, refs: Collection[Ref]) -> None:
        """Of those who were enrolled while their withdrawal was on its way: it is carried once more."""
        table = tables.copy_values
        with self.engine.begin() as connection:
            for ref in refs:
                connection.execute(
                    update(table)
                    .where(
                        table.c.lead_id.in_(_of_the_person(ref)),
                        table.c.item == "consent",
                        table.c.says == NO,
                        table.c.pending.is_(None),
                    )
                    .values(pending="carry")
                )

    def enrolled(self, ref: Ref) -> tuple[Ref, ...]:
        """The leads of that lead's person that are in a mail sequence, by our receipts."""
        leads, receipts = tables.submissions, tables.receipts
        query = (
            select(leads.c.ref)
            .join(receipts, receipts.c.lead_id == leads.c.id)
            .where(
                leads.c.id.in_(_of_the_person(ref)),
                receipts.c.action == "sequence",
                receipts.c.status == "done",
            )
            .order_by(leads.c.id)
        )
        with reading(self.engine) as connection:
            return tuple(Ref(found) for found in connection.execute(query).scalars())


def _of_the_person(ref: Ref):  # noqa: ANN202 - a query, of a type that SQLAlchemy keeps to itself
    leads, mine, theirs = tables.submissions, tables.work.alias(), tables.work.alias()
    own = select(leads.c.id).where(leads.c.ref == ref)
    others = (
        select(theirs.c.lead_id)
        .join(mine, mine.c.person_key == theirs.c.person_key)
        .join(leads, leads.c.id == mine.c.lead_id)
        .where(leads.c.ref == ref)
    )
    return union(own, others)


def _said(refs: tuple[Ref, ...], says: str, system: str | None = None):  # noqa: ANN202 - as above
    """What was said of the consent of these leads' persons, be it about another lead of theirs."""
    leads, mine, theirs, said = (
        tables.submissions,
        tables.work.alias(),
        tables.work.alias(),
        tables.copy_values,
    )
    columns = (leads.c.ref, said.c.system, said.c.since)
    asked = (leads.c.ref.in_(refs), said.c.item == "consent", said.c.says == says, said.c.since.is_not(None))
    if system is not None:
        asked = (*asked, said.c.system == system)
    own = select(*columns).join(said, said.c.lead_id == leads.c.id).where(*asked)
    others = (
        select(*columns)
        .select_from(leads)
        .join(mine, mine.c.lead_id == leads.c.id)
        .join(theirs, theirs.c.person_key == mine.c.person_key)
        .join(said, said.c.lead_id == theirs.c.lead_id)
        .where(*asked)
    )
    return union(own, others)
