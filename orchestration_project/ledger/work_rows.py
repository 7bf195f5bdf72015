"""The rows of `work`: finding them, changing them, and what makes one claimable.

When a lead may go from one state to another is for `work.py` and `recovery.py` to say.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Row,
    func,
    literal_column,
    or_,
    select,
    update,
)

from orchestration_project.ledger import tables
from orchestration_project.ledger.locks import HELD
from orchestration_project.model import Ref


def rows_of(connection: Connection, refs: Collection[Ref]) -> list[Row[Any]]:
    """In the order of `refs`; of one the ledger does not know there is none."""
    table = tables.submissions
    rows = connection.execute(
        select(tables.work, table.c.ref)
        .join(table, table.c.id == tables.work.c.lead_id)
        .where(table.c.ref.in_(tuple(refs)))
    ).all()
    by_ref = {row.ref: row for row in rows}
    return [by_ref[ref] for ref in dict.fromkeys(refs) if ref in by_ref]


def change(
    connection: Connection,
    lead_ids: Collection[int],
    at: datetime,
    *,
    plus_attempt: bool = False,
    **values: object,
) -> None:
    if plus_attempt:
        values["attempts"] = tables.work.c.attempts + 1
    if lead_ids:
        connection.execute(
            update(tables.work).where(tables.work.c.lead_id.in_(lead_ids)).values(changed_at=at, **values)
        )


def in_flight(connection: Connection) -> int:
    """How many claims are queued or running."""
    work = tables.work
    return connection.execute(
        select(func.count(work.c.batch.distinct())).where(work.c.status.in_(("queued", "running")))
    ).scalar_one()


def claimable(now: datetime) -> tuple[ColumnElement[bool], ...]:
    work = tables.work
    return (
        work.c.status == "pending",
        or_(work.c.not_before.is_(None), work.c.not_before <= now),
        # its last run may still be busy with the others of its batch
        literal_column(f"NOT {HELD}", Boolean),
    )
