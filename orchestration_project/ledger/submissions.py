"""What sources delivered: stored before anything else, found again by source and external id.

How far a lead has come is in `work.py`.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import AwareDatetime
from sqlalchemy import Connection, Engine, func, select, update
from sqlalchemy.dialects.postgresql import insert

from orchestration_project.ledger import tables
from orchestration_project.ledger.journal import note
from orchestration_project.ledger.rows import AnyRow
from orchestration_project.ledger.sources import Reading, move_cursor
from orchestration_project.model import Clock, Delivery, Frozen, Reason, Ref
from orchestration_project.text import storable

INTRODUCTION_TIME = timedelta(seconds=5)
"""No run takes a new lead before `People.introduce` has said whose it is, so that the second of two
submissions by one person always sees the first. Should that step crash, the lead waits this long."""
MOST_REVISIONS = 100
"""Of one lead. A source that writes something else with each look is not kept for ever."""
LONGEST_ID = 200
"""Characters; PostgreSQL indexes no value of more than 2.7 kB."""
LONGEST_FORM = 100_000
"""Bytes; what is longer is left out where many are looked at together."""
_ONE_AT_A_TIME = 7_301_944_022


class Stored(Frozen):
    """What became of one delivery."""

    ref: Ref
    external_id: str
    new: bool  # False: a lead of that id was here already
    revised: bool = False  # it was, with other content; whose it is now, the reader says


class RawSubmission(Frozen):
    """A submission as it is kept: the source's bytes, and when we had them."""

    ref: Ref
    source: str
    external_id: str
    received_at: AwareDatetime
    raw: bytes


def make_ref(source: str, external_id: str) -> Ref:
    """The same submission has the same ref in every ledger, so that what it left outside is found
    again even after the ledger was lost. 50 bits: a million leads collide with a chance of 1 in 2000."""
    digest = hashlib.sha256(f"{source}\0{external_id}".encode("utf-8", "surrogatepass")).digest()
    return Ref("L-" + base64.b32encode(digest)[:10].decode())


def external_id_of(delivery: Delivery) -> str:
    """The source's id, or one made from the content: the same bytes are the same submission.

    Of an id that the database cannot keep, its hash: two ids never become one."""
    given = delivery.external_id
    if not given:
        return "sha256:" + hashlib.sha256(delivery.raw).hexdigest()[:32]
    if len(given) > LONGEST_ID or storable(given) != given:
        return "id-sha256:" + hashlib.sha256(given.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return given


@dataclass(frozen=True)
class Submissions:
    """The submissions of a ledger. The clock says when each was received."""

    engine: Engine
    clock: Clock

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
            return tuple(self._store(connection, source, delivery) for delivery in deliveries)

    def _store(self, connection: Connection, source: str, delivery: Delivery) -> Stored:
        now, table = self.clock(), tables.submissions
        external_id = external_id_of(delivery)
        content = hashlib.sha256(delivery.raw).hexdigest()
        known = connection.execute(
            select(table.c.id, table.c.ref, table.c.content)
            .where(table.c.source == source, table.c.external_id == external_id)
            .order_by(table.c.id)
        ).all()
        if not known:
            ref = make_ref(source, external_id)
            if connection.execute(select(table.c.id).where(table.c.ref == ref)).first() is not None:
                # erased, and with it an id in which the person's name stood
                return Stored(ref=ref, external_id=external_id, new=False)
            add_lead(connection, now, ref=ref, source=source, external_id=external_id, raw=delivery.raw)
            return Stored(ref=ref, external_id=external_id, new=True)
        same = next((row for row in known if row.content == content), None)
        if same is None:
            same = _with_revision(connection, [row.id for row in known], content)
        counted = same or known[0]
        connection.execute(
            update(table).where(table.c.id == counted.id).values(deliveries=table.c.deliveries + 1)
        )
        revised = same is None and _keep_revision(connection, known[0].id, delivery.raw, content, now)
        return Stored(ref=counted.ref, external_id=external_id, new=False, revised=revised)

    def newest(self, source: str, most: int) -> tuple[bytes, ...]:
        """What that source delivered last, the newest first, as far as people and not robots sent it."""
        leads, work = tables.submissions, tables.work
        with self.engine.connect() as connection:
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
        with self.engine.connect() as connection:
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
        with self.engine.connect() as connection:
            rows = {
                row.ref: row
                for row in connection.execute(
                    select(
                        table.c.ref,
                        table.c.source,
                        table.c.external_id,
                        table.c.received_at,
                        func.coalesce(newest, table.c.raw).label("raw"),
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
            )
            for ref in refs
            if ref in rows
        )


def add_lead(
    connection: Connection,
    now: datetime,
    *,
    ref: Ref,
    source: str,
    external_id: str,
    raw: bytes,
    variant: str = "",
) -> int:
    """Its id. No run takes it before somebody has said whose it is."""
    lead_id = connection.execute(
        insert(tables.submissions)
        .values(
            ref=ref,
            source=source,
            external_id=external_id,
            variant=variant,
            content=hashlib.sha256(raw).hexdigest(),
            raw=raw,
            received_at=now,
        )
        .returning(tables.submissions.c.id)
    ).scalar_one()
    connection.execute(
        insert(tables.arrivals).values(ref=ref, source=source, received_at=now).on_conflict_do_nothing()
    )
    connection.execute(
        insert(tables.work).values(
            lead_id=lead_id,
            state="received",
            submitted_at=now,
            changed_at=now,
            try_at=now + INTRODUCTION_TIME,
        )
    )
    note(connection, [lead_id], at=now, event="received", detail=f"from {source}")
    return lead_id


def _with_revision(connection: Connection, ids: Sequence[int], content: str) -> AnyRow | None:
    """The lead that has been delivered with this content before."""
    leads, table = tables.submissions, tables.revisions
    return connection.execute(
        select(leads.c.id, leads.c.ref, leads.c.content)
        .join(table, table.c.lead_id == leads.c.id)
        .where(leads.c.id.in_(ids), table.c.content == content)
        .limit(1)
    ).first()


def _keep_revision(connection: Connection, lead_id: int, raw: bytes, content: str, now: datetime) -> bool:
    table = tables.revisions
    number = connection.execute(
        select(func.coalesce(func.max(table.c.number), 0) + 1).where(table.c.lead_id == lead_id)
    ).scalar_one()
    if number > MOST_REVISIONS:
        return False
    connection.execute(
        insert(table).values(lead_id=lead_id, number=number, raw=raw, content=content, received_at=now)
    )
    return True
