"""The rows of `work`: finding them, and the one way in which a run may write to them.

When a lead may go from one state to another is for `claims.py`, `outcomes.py` and `recovery.py` to say.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Connection, Row, select, tuple_, update

from orchestration_project.ledger import tables
from orchestration_project.model import Carried, LeaseLost, Ref

AnyRow: TypeAlias = Row[*tuple[Any, ...]]
"""A row of whatever a query selects; its names stand beside it in the query."""


def rows_of(connection: Connection, refs: Collection[Ref], *, lock: bool = False) -> list[AnyRow]:
    """In the order of `refs`; of one the ledger does not know there is none."""
    leads, work = tables.submissions, tables.work
    query = (
        select(work, leads.c.ref, leads.c.source)
        .join(leads, leads.c.id == work.c.lead_id)
        .where(leads.c.ref.in_(tuple(refs)))
        .order_by(work.c.lead_id)  # in one order, so that two who lock several never wait in a circle
    )
    rows = connection.execute(query.with_for_update(of=work) if lock else query).all()
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


def is_mine(leads: Sequence[Carried]) -> ColumnElement[bool]:
    """The rows of `work` that are still under the lease with which these leads are carried."""
    work = tables.work
    return (work.c.state == "running") & tuple_(work.c.lead_id, work.c.lease).in_(
        [(lead.lead_id, lead.lease) for lead in leads]
    )


def write_mine(
    connection: Connection, leads: Sequence[Carried], at: datetime, **values: object
) -> tuple[Carried, ...]:
    """Changes those of the leads whose lease still stands, and answers them."""
    if not leads:
        return ()
    changed = frozenset(
        connection.execute(
            update(tables.work)
            .where(is_mine(leads))
            .values(changed_at=at, **values)
            .returning(tables.work.c.lead_id)
        ).scalars()
    )
    return tuple(lead for lead in leads if lead.lead_id in changed)


def keep_mine(connection: Connection, leads: Sequence[Carried]) -> tuple[Carried, ...]:
    """Those of the leads whose lease still stands, and stands until the transaction ends."""
    if not leads:
        return ()
    mine = frozenset(
        connection.execute(
            select(tables.work.c.lead_id)
            .where(is_mine(leads))
            .order_by(tables.work.c.lead_id)
            .with_for_update(read=True)
        ).scalars()
    )
    return tuple(lead for lead in leads if lead.lead_id in mine)


def insist_mine(connection: Connection, lead: Carried) -> None:
    """Raises LeaseLost unless the lease stands; it then stands until the transaction ends."""
    if not keep_mine(connection, [lead]):
        raise LeaseLost(lead.ref)
