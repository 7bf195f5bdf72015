"""What sources delivered: stored before anything else, found again by source and external id.

How far a lead has come is in `work.py`.
"""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from pydantic import AwareDatetime
from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.dialects.postgresql import insert

from orchestration_project.ledger import tables
from orchestration_project.ledger.journal import note
from orchestration_project.model import Clock, Delivery, Frozen, Reason, Ref
from orchestration_project.text import storable

INTRODUCTION_TIME = timedelta(seconds=5)
"""No run takes a new lead before `People.introduce` has said whose it is, so that the second of two
submissions by one person always sees the first. Should that step crash, the lead waits this long."""
LONGEST_ID = 200
"""Characters; PostgreSQL indexes no value of more than 2.7 kB."""
LONGEST_FORM = 100_000
"""Bytes; what is longer is left out where many are looked at together."""
_ONE_AT_A_TIME = 7_301_944_022


class Stored(Frozen):
    """What became of one delivery."""

    ref: Ref
    external_id: str
    new: bool  # False: this submission was here already


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

    def store(self, source: str, deliveries: Iterable[Delivery]) -> tuple[Stored, ...]:
        """Keeps each delivery once, in one transaction; a repeated one is only counted."""
        with self.engine.begin() as connection:
            # two who bring the same leads in different orders would wait for each other for ever
            connection.execute(select(func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
            return tuple(self._store(connection, source, delivery) for delivery in deliveries)

    def _store(self, connection: Connection, source: str, delivery: Delivery) -> Stored:
        now = self.clock()
        external_id = external_id_of(delivery)
        ref = make_ref(source, external_id)
        row = connection.execute(
            insert(tables.submissions)
            .values(ref=ref, source=source, external_id=external_id, raw=delivery.raw, received_at=now)
            .on_conflict_do_update(
                index_elements=["source", "external_id"],
                set_={"deliveries": tables.submissions.c.deliveries + 1},
            )
            .returning(tables.submissions.c.id, tables.submissions.c.deliveries)
        ).one()
        if row.deliveries > 1:
            note(
                connection, [row.id], at=now, event="delivered again", detail="the same submission; kept once"
            )
            return Stored(ref=ref, external_id=external_id, new=False)
        connection.execute(
            insert(tables.work).values(
                lead_id=row.id,
                status="pending",
                submitted_at=now,
                changed_at=now,
                not_before=now + INTRODUCTION_TIME,
            )
        )
        note(connection, [row.id], at=now, event="received", detail=f"from {source}")
        return Stored(ref=ref, external_id=external_id, new=True)

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
        """In the order of `refs`; unknown refs are left out."""
        table = tables.submissions
        with self.engine.connect() as connection:
            rows = {
                row.ref: row
                for row in connection.execute(
                    select(
                        table.c.ref, table.c.source, table.c.external_id, table.c.received_at, table.c.raw
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
