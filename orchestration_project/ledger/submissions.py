"""What sources delivered: stored before anything else, found again by source and external id.

How it is written down is `arriving.py`; how far a lead has come is in `work`.
"""

from collections.abc import Sequence

from pydantic import AwareDatetime
from sqlalchemy import func, select

from orchestration_project.ledger import tables
from orchestration_project.ledger.arriving import (
    ERASED,
    INTRODUCTION_TIME,
    MOST_REVISIONS,
    Stored,
    external_id_of,
    keep,
    make_ref,
)
from orchestration_project.ledger.part import Part
from orchestration_project.ledger.reading import reading
from orchestration_project.ledger.sources import Reading, move_cursor
from orchestration_project.model import Delivery, Frozen, Reason, Ref

__all__ = [
    "ERASED",
    "INTRODUCTION_TIME",
    "MOST_REVISIONS",
    "RawSubmission",
    "Stored",
    "Submissions",
    "external_id_of",
    "make_ref",
]

LONGEST_FORM = 100_000
"""Bytes; what is longer is left out where many are looked at together."""
_ONE_AT_A_TIME = 7_301_944_022


class RawSubmission(Frozen):
    """A submission as it is kept: the source's bytes, and when we had them."""

    ref: Ref
    source: str
    external_id: str
    received_at: AwareDatetime
    raw: bytes
    erased: bool = False  # wiped on request; one that came empty has no bytes either


class Submissions(Part):
    """The submissions of a ledger. The clock says when each was received."""

    def store(
        self, source: str, deliveries: Sequence[Delivery], reading: Reading | None = None
    ) -> tuple[Stored, ...]:
        """Keeps each delivery once, in one transaction with the move of the source's cursor; a repeated one
        is only counted, and one that says something else under the same id is kept as a revision.

        Raises ReadByAnother where the source has been read on by somebody else; nothing is kept then.
        """
        with self.engine.begin() as connection:
            # two who bring the same leads in different orders would wait for each other for ever
            connection.execute(select(func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
            if reading is not None:
                move_cursor(connection, reading, self.clock)
            return keep(connection, source, deliveries, self.clock())

    def newest(self, source: str, most: int) -> tuple[bytes, ...]:
        """What that source delivered last, the newest first, as far as people and not robots sent it."""
        leads, work = tables.submissions, tables.work
        with reading(self.engine) as connection:
            return tuple(
                connection.execute(
                    select(leads.c.raw)
                    .join(work, work.c.lead_id == leads.c.id)
                    .where(
                        leads.c.source == source,
                        func.octet_length(leads.c.raw) <= LONGEST_FORM,
                        work.c.reason.is_distinct_from(Reason.SPAM.value),
                    )
                    .order_by(leads.c.id.desc())
                    .limit(most)
                ).scalars()
            )

    def imported_sources(self) -> tuple[str, ...]:
        """The names under which history was taken in from files."""
        leads, journal = tables.submissions, tables.journal
        imported = select(journal.c.lead_id).where(journal.c.event == "imported")
        with reading(self.engine) as connection:
            return tuple(
                connection.execute(
                    select(leads.c.source).where(leads.c.id.in_(imported)).distinct().order_by(leads.c.source)
                ).scalars()
            )

    def read(self, refs: Sequence[Ref]) -> tuple[RawSubmission, ...]:
        """In the order of `refs`, as it was last revised; unknown refs are left out."""
        table, revisions = tables.submissions, tables.revisions
        newest = (
            select(revisions.c.raw)
            .where(revisions.c.lead_id == table.c.id, revisions.c.kind == "newer")
            .order_by(revisions.c.number.desc())
            .limit(1)
            .scalar_subquery()
        )
        with reading(self.engine) as connection:
            rows = {
                row.ref: row
                for row in connection.execute(
                    select(
                        table.c.ref,
                        table.c.source,
                        table.c.external_id,
                        table.c.received_at,
                        func.coalesce(newest, table.c.raw).label("raw"),
                        table.c.content,
                    ).where(table.c.ref.in_(refs))
                )
            }
        return tuple(
            RawSubmission(
                ref=ref,
                source=rows[ref].source,
                external_id=rows[ref].external_id,
                received_at=rows[ref].received_at,
                raw=rows[ref].raw,
                erased=not rows[ref].raw and rows[ref].content == ERASED,
            )
            for ref in refs
            if ref in rows
        )
