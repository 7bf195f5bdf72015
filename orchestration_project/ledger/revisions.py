"""The same id again with other content: the bytes wait here until somebody has read whose they are.

Keeping the bytes is `submissions.py`; telling a correction from another person is `data/revisions.py`.
"""

from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, delete, func, select, update

from orchestration_project.ledger import tables
from orchestration_project.ledger.anew import begin_anew
from orchestration_project.ledger.arriving import ERASED, Brought, add_leads, make_ref
from orchestration_project.ledger.journal import CHANGED, note
from orchestration_project.ledger.part import Part
from orchestration_project.ledger.reading import reading
from orchestration_project.ledger.rows import AnyRow
from orchestration_project.ledger.submissions import RawSubmission
from orchestration_project.model import Frozen, Ref

_CHANGED = "The source delivered it with other content after all was done: see its story."
_THROUGH = ("done", "planned")


class Revision(Frozen):
    """Unread content, beside what the leads of that id said before."""

    lead_id: int
    number: int
    raw: RawSubmission
    before: tuple[RawSubmission, ...]  # of each person who has a lead under that id
    erased: bool = False  # one of that id was erased on request


class Revisions(Part):
    def unread(self, limit: int = 100) -> tuple[tuple[int, int], ...]:
        """Lead id and number of the revisions that nobody has read, the oldest first."""
        table = tables.revisions
        with reading(self.engine) as connection:
            rows = connection.execute(
                select(table.c.lead_id, table.c.number)
                .where(table.c.kind == "unread")
                .order_by(table.c.lead_id, table.c.number)
                .limit(limit)
            ).all()
        return tuple((row.lead_id, row.number) for row in rows)

    def look(self, lead_id: int, number: int) -> Revision | None:
        """None: somebody has read it meanwhile."""
        leads, table = tables.submissions, tables.revisions
        newest = (
            select(table.c.raw)
            .where(table.c.lead_id == leads.c.id, table.c.kind == "newer")
            .order_by(table.c.number.desc())
            .limit(1)
            .scalar_subquery()
        )
        with reading(self.engine) as connection:
            row = connection.execute(
                select(table.c.raw, table.c.received_at, leads.c.source, leads.c.external_id, leads.c.ref)
                .join(leads, leads.c.id == table.c.lead_id)
                .where(table.c.lead_id == lead_id, table.c.number == number, table.c.kind == "unread")
            ).first()
            if row is None:
                return None
            earlier = connection.execute(
                select(
                    leads.c.ref,
                    leads.c.source,
                    leads.c.external_id,
                    leads.c.received_at,
                    func.coalesce(newest, leads.c.raw).label("raw"),
                    leads.c.content,
                )
                .where(leads.c.source == row.source, leads.c.external_id == row.external_id)
                .order_by(leads.c.id)
            ).all()
        kept = [each for each in earlier if each.raw or each.content != ERASED]
        return Revision(
            lead_id=lead_id,
            number=number,
            raw=_raw(row),
            before=tuple(_raw(each) for each in kept),
            erased=len(kept) < len(earlier),
        )

    def drop(self, revision: Revision) -> None:
        """It is of a person who was erased on request: the bytes do not stay."""
        table = tables.revisions
        with self.engine.begin() as connection:
            connection.execute(
                delete(table).where(table.c.lead_id == revision.lead_id, table.c.number == revision.number)
            )

    def settle(self, revision: Revision, of: Ref | None, kind: Literal["same", "newer"]) -> Ref:
        """Says whose it is: of the lead `of`, or (None) of somebody who gets a lead of their own now.

        A lead that is not through is read again; one that is through is shown to a person.
        """
        now, leads, work, table = self.clock(), tables.submissions, tables.work, tables.revisions
        content = select(table.c.content).where(
            table.c.lead_id == revision.lead_id, table.c.number == revision.number
        )
        with self.engine.begin() as connection:
            read = (
                update(table)
                .where(
                    table.c.lead_id == revision.lead_id,
                    table.c.number == revision.number,
                    table.c.kind == "unread",
                )
                .returning(table.c.number)
            )
            if of is None:
                variant = connection.execute(content).scalar_one()[:16]
                ref = make_ref(revision.raw.source, f"{revision.raw.external_id}\0{variant}")
                if connection.execute(read.values(kind="other")).first() is not None:
                    theirs = Brought(revision.raw.external_id, revision.raw.raw)
                    add_leads(connection, now, revision.raw.source, [(ref, theirs)], variant)
                return ref
            lead_id = connection.execute(select(leads.c.id).where(leads.c.ref == of)).scalar_one()
            if lead_id != revision.lead_id:
                # it was kept beside the first lead of that id; it belongs to another one
                number = connection.execute(
                    select(func.coalesce(func.max(table.c.number), 0) + 1).where(table.c.lead_id == lead_id)
                ).scalar_one()
                read = read.values(lead_id=lead_id, number=number)
            if connection.execute(read.values(kind=kind)).first() is None or kind == "same":
                return of
            state = connection.execute(
                select(work.c.state).where(work.c.lead_id == lead_id).with_for_update()
            ).scalar_one()
            _take_over(connection, lead_id, state, now)
        return of


def _take_over(connection: Connection, lead_id: int, state: str, now: datetime) -> None:
    if state == "imported":
        return
    if state in _THROUGH:
        connection.execute(
            update(tables.work).where(tables.work.c.lead_id == lead_id).values(attention=_CHANGED)
        )
        note(connection, [lead_id], at=now, event=CHANGED, detail=_CHANGED)
        return
    begin_anew(connection, [lead_id], now, released=False)
    receipts = tables.receipts
    done = select(receipts.c.action).where(receipts.c.lead_id == lead_id, receipts.c.status == "done")
    if names := connection.execute(done.order_by(receipts.c.action)).scalars().all():
        told = f"The source changed it when this was done already: {', '.join(names)}. See its story."
        connection.execute(update(tables.work).where(tables.work.c.lead_id == lead_id).values(attention=told))
    note(
        connection,
        [lead_id],
        at=now,
        event=CHANGED,
        detail="It was delivered with other content, and is read again from the start.",
    )


def _raw(row: AnyRow) -> RawSubmission:
    return RawSubmission(
        ref=row.ref,
        source=row.source,
        external_id=row.external_id,
        received_at=row.received_at,
        raw=row.raw,
    )
