"""Writing down what arrives: many deliveries in few statements, each id once, however often it comes.

What is read of it afterwards is `submissions.py`, whose it is `people.py`.
"""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects.postgresql import insert

from orchestration_project.ledger import tables
from orchestration_project.ledger.journal import note
from orchestration_project.ledger.rows import AnyRow
from orchestration_project.model import Delivery, Frozen, Ref
from orchestration_project.text import storable

INTRODUCTION_TIME = timedelta(seconds=5)
"""No run takes a new lead before `People.introduce` has said whose it is, so that the second of two
submissions by one person always sees the first. Should that step crash, the lead waits this long."""
MOST_REVISIONS = 100
"""Of one lead. A source that writes something else with each look is not kept for ever."""
ERASED = "erased"
"""In the place of the content's hash, where a lead was wiped on request."""
LONGEST_ID = 200
"""Characters; PostgreSQL indexes no value of more than 2.7 kB."""
_MOST_AT_ONCE = 500
"""In one statement."""


class Stored(Frozen):
    """What became of one delivery."""

    ref: Ref
    external_id: str
    new: bool  # False: a lead of that id was here already
    revised: bool = False  # it was, with other content; whose it is now, the reader says


@dataclass(frozen=True)
class Brought:
    """One delivery under the id by which it is kept."""

    external_id: str
    raw: bytes

    @cached_property
    def content(self) -> str:
        return hashlib.sha256(self.raw).hexdigest()


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


def keep(
    connection: Connection, source: str, deliveries: Sequence[Delivery], now: datetime
) -> tuple[Stored, ...]:
    """Keeps each once; a repeated one is only counted, and one that says something else under the same id is
    kept as a revision. Answers in their order. Nobody else may keep any at the same time."""
    brought = [Brought(external_id_of(one), one.raw) for one in deliveries]
    return tuple(
        stored for some in _without_repetitions(brought) for stored in _keep(connection, source, some, now)
    )


def _keep(connection: Connection, source: str, brought: Sequence[Brought], now: datetime) -> list[Stored]:
    """All of them in a few statements; no id is in it twice."""
    known = _known(connection, source, brought)
    gone = _erased(connection, source, [one for one in brought if one.external_id not in known])
    new = [one for one in brought if one.external_id not in known and one.external_id not in gone]
    add_leads(connection, now, source, [(make_ref(source, one.external_id), one) for one in new])
    stored = {
        one.external_id: Stored(ref=make_ref(source, one.external_id), external_id=one.external_id, new=True)
        for one in new
    }
    again = [(one, known[one.external_id]) for one in brought if one.external_id in known]
    stored |= {one.external_id: _count(connection, one, rows, now) for one, rows in again}
    return [
        stored.get(one.external_id)
        # erased, and with it an id in which the person's name stood
        or Stored(ref=make_ref(source, one.external_id), external_id=one.external_id, new=False)
        for one in brought
    ]


def add_leads(
    connection: Connection,
    now: datetime,
    source: str,
    leads: Sequence[tuple[Ref, Brought]],
    variant: str = "",
) -> None:
    """No run takes them before somebody has said whose they are."""
    if not leads:
        return
    table = tables.submissions
    rows = [
        {
            "ref": ref,
            "source": source,
            "external_id": one.external_id,
            "variant": variant,
            "content": one.content,
            "raw": one.raw,
            "received_at": now,
        }
        for ref, one in leads
    ]
    # who came first has the lower id
    added = insert(table).returning(table.c.id, sort_by_parameter_order=True)
    ids = connection.execute(added, rows).scalars().all()
    arrived = [{"ref": ref, "source": source, "received_at": now} for ref, _ in leads]
    connection.execute(insert(tables.arrivals).on_conflict_do_nothing(), arrived)
    connection.execute(
        insert(tables.work),
        [
            {
                "lead_id": lead_id,
                "state": "received",
                "submitted_at": now,
                "changed_at": now,
                "try_at": now + INTRODUCTION_TIME,
            }
            for lead_id in ids
        ],
    )
    note(connection, ids, at=now, event="received", detail=f"from {source}")


def _without_repetitions(brought: Sequence[Brought]) -> Iterator[list[Brought]]:
    """In parts in which no id is twice, nor more than go into a statement."""
    part: dict[str, Brought] = {}
    for one in brought:
        if one.external_id in part or len(part) == _MOST_AT_ONCE:
            yield [*part.values()]
            part = {}
        part[one.external_id] = one
    yield [*part.values()]


def _known(connection: Connection, source: str, brought: Sequence[Brought]) -> dict[str, list[AnyRow]]:
    """The leads that came under these ids before, by id; more than one where people share it."""
    table = tables.submissions
    query = (
        select(table.c.id, table.c.ref, table.c.content, table.c.external_id)
        .where(table.c.source == source, table.c.external_id.in_([one.external_id for one in brought]))
        .order_by(table.c.id)
    )
    found: dict[str, list[AnyRow]] = {}
    for row in connection.execute(query):
        found.setdefault(row.external_id, []).append(row)
    return found


def _erased(connection: Connection, source: str, brought: Sequence[Brought]) -> set[str]:
    """Of these ids, those whose ref is taken although nobody knows the id."""
    refs = {make_ref(source, one.external_id): one.external_id for one in brought}
    query = select(tables.submissions.c.ref).where(tables.submissions.c.ref.in_(tuple(refs)))
    return {refs[Ref(ref)] for ref in connection.execute(query).scalars()}


def _count(connection: Connection, one: Brought, known: Sequence[AnyRow], now: datetime) -> Stored:
    """It was here before, perhaps with other content."""
    table = tables.submissions
    same = next((row for row in known if row.content == one.content), None)
    if same is None:
        same = _with_revision(connection, [row.id for row in known], one.content)
    counted = same or known[0]
    connection.execute(
        update(table).where(table.c.id == counted.id).values(deliveries=table.c.deliveries + 1)
    )
    revised = same is None and _keep_revision(connection, known[0].id, one, now)
    return Stored(ref=counted.ref, external_id=one.external_id, new=False, revised=revised)


def _with_revision(connection: Connection, ids: Sequence[int], content: str) -> AnyRow | None:
    """The lead that has been delivered with this content before."""
    leads, table = tables.submissions, tables.revisions
    return connection.execute(
        select(leads.c.id, leads.c.ref, leads.c.content)
        .join(table, table.c.lead_id == leads.c.id)
        .where(leads.c.id.in_(ids), table.c.content == content)
        .limit(1)
    ).first()


def _keep_revision(connection: Connection, lead_id: int, one: Brought, now: datetime) -> bool:
    table = tables.revisions
    number = connection.execute(
        select(func.coalesce(func.max(table.c.number), 0) + 1).where(table.c.lead_id == lead_id)
    ).scalar_one()
    if number > MOST_REVISIONS:
        return False
    connection.execute(
        insert(table).values(
            lead_id=lead_id, number=number, raw=one.raw, content=one.content, received_at=now
        )
    )
    return True
