"""The rows of `work`: finding them, and the one way in which a run may write to them.

When a lead may go from one state to another is for `claims.py`, `outcomes.py` and `recovery.py` to say.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Connection, Row, bindparam, select, tuple_, update

from orchestration_project.ledger import tables
from orchestration_project.model import Carried, LeaseLost, Ref

AnyRow: TypeAlias = Row[*tuple[Any, ...]]
"""A row of whatever a query selects; its names stand beside it in the query."""
_ROWS = (
    select(tables.work, tables.submissions.c.ref, tables.submissions.c.source)
    .join(tables.submissions, tables.submissions.c.id == tables.work.c.lead_id)
    .where(tables.submissions.c.ref.in_(bindparam("refs", expanding=True)))
    .order_by(tables.work.c.lead_id)  # in one order, so that two who lock several never wait in a circle
)
_LOCKED = _ROWS.with_for_update(of=tables.work)
_MINE = (tables.work.c.state == "running") & tuple_(tables.work.c.lead_id, tables.work.c.lease).in_(
    bindparam("leases", expanding=True)
)
"""The rows that are still under the lease with which some leads are carried; these are `_leases`."""
_KEPT = select(tables.work.c.lead_id).where(_MINE).order_by(tables.work.c.lead_id).with_for_update(read=True)
"""All built once: each op asks them, and to build them takes longer than to ask."""


def rows_of(connection: Connection, refs: Collection[Ref], *, lock: bool = False) -> list[AnyRow]:
    """In the order of `refs`; of one the ledger does not know there is none."""
    rows = connection.execute(_LOCKED if lock else _ROWS, {"refs": tuple(refs)}).all()
    by_ref = {row.ref: row for row in rows}
    return [by_ref[ref] for ref in dict.fromkeys(refs) if ref in by_ref]


def carried_of(row: AnyRow) -> Carried:
    return Carried(
        ref=row.ref,
        lead_id=row.lead_id,
        lease=row.lease,
        source=row.source,
        track=row.track,
        tries=row.tries,
        faults=row.faults,
        waiting_since=row.waiting_since,
        rescore=row.rescore,
        released=row.released,
    )


def _leases(leads: Sequence[Carried]) -> dict[str, Any]:
    return {"leases": [(lead.lead_id, lead.lease) for lead in leads]}


def write_mine(
    connection: Connection, leads: Sequence[Carried], at: datetime, **values: object
) -> tuple[Carried, ...]:
    """Changes those of the leads whose lease still stands, and answers them."""
    if not leads:
        return ()
    changed = frozenset(
        connection.execute(
            update(tables.work).where(_MINE).values(changed_at=at, **values).returning(tables.work.c.lead_id),
            _leases(leads),
        ).scalars()
    )
    return tuple(lead for lead in leads if lead.lead_id in changed)


def keep_mine(connection: Connection, leads: Sequence[Carried]) -> tuple[Carried, ...]:
    """Those of the leads whose lease still stands, and stands until the transaction ends."""
    if not leads:
        return ()
    mine = frozenset(connection.execute(_KEPT, _leases(leads)).scalars())
    return tuple(lead for lead in leads if lead.lead_id in mine)


def insist_mine(connection: Connection, lead: Carried) -> None:
    """Raises LeaseLost unless the lease stands; it then stands until the transaction ends."""
    if not keep_mine(connection, [lead]):
        raise LeaseLost(lead.ref)
