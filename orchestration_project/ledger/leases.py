"""A new lease on leads, and the first line of what a run makes of them.

Who gets one is for `claims.py` and `by_hand.py` to say.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from orchestration_project.ledger import tables
from orchestration_project.ledger.journal import note
from orchestration_project.ledger.rows import carried_of, rows_of
from orchestration_project.model import Carried, Ref


def next_lease(connection: Connection) -> int:
    """Newer than any before."""
    return connection.execute(select(tables.lease_numbers.next_value())).scalar_one()


def fresh_lease(lease: int, now: datetime) -> dict[str, object]:
    """What the row of a lead says from now on that is handed out under this lease."""
    return {
        "state": "running",
        "lease": lease,
        "claimed_at": now,
        "changed_at": now,
        "try_at": None,
    }


def begun(
    connection: Connection, refs: Sequence[Ref], ids: Iterable[int], run_id: str, now: datetime, event: str
) -> tuple[Carried, ...]:
    """Notes the start of the run in the stories of the leads `ids`; answers these, in the order of `refs`."""
    mine = frozenset(ids)
    note(
        connection,
        sorted(mine),
        at=now,
        event=event,
        detail="alone" if len(mine) == 1 else f"with {len(mine) - 1} others",
        run_id=run_id,
    )
    return tuple(carried_of(row) for row in rows_of(connection, refs) if row.lead_id in mine)
