"""Giving back the leads of runs that died or never came, so that no lead is lost with a process.

What Dagster knows of a run, and which process lives, is asked by `orchestration/recover.py`, outside any
transaction; here the row says whether the answer still holds.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from pydantic import AwareDatetime
from sqlalchemy import Connection, func, select, text, update

from orchestration_project.ledger import tables
from orchestration_project.ledger.journal import note
from orchestration_project.ledger.locks import HELD
from orchestration_project.ledger.part import Part
from orchestration_project.ledger.reading import reading
from orchestration_project.ledger.rows import AnyRow
from orchestration_project.model import Frozen, Ref

MAX_DEATHS = 4
"""A lead of which so many runs died while it was alone waits for a person instead of killing more."""
PAUSES = (timedelta(0), timedelta(seconds=30), timedelta(minutes=3))
"""After each run that died while it had the lead alone. A machine that is restarted again and again kills the
innocent, too: the pauses outlast that."""

_DIED = "its run died; what it had begun is looked up before anything is written again"
_UNSERVED = "the database was started anew under its run; what it had begun is looked up first"
_STOPPED = "A person stopped its run. To go on: `leads replay REF`."
_HOPELESS = (
    f"{MAX_DEATHS} runs died while they had it alone. Look at the last of them, then `leads replay REF`."
)

Fate = Literal["never came", "died", "stopped"]


class Silent(Frozen):
    """A lease of which no living session tells, and the leads that are still under it."""

    lease: int
    leads: int
    run_id: str | None  # None: it was claimed, and no run has begun with it
    holder: str | None
    claimed_at: AwareDatetime


class GivenBack(Frozen):
    refs: tuple[Ref, ...] = ()
    hopeless: tuple[Ref, ...] = ()


class Recovery(Part):
    def silent(self) -> tuple[Silent, ...]:
        """Leases whose run shows no sign of life. It may live all the same: its session can have ended."""
        work = tables.work
        query = (
            select(
                work.c.lease,
                func.count().label("leads"),
                func.max(work.c.run_id).filter(work.c.started_at.is_not(None)).label("run_id"),
                func.max(work.c.holder).label("holder"),
                func.min(work.c.claimed_at).label("claimed_at"),
            )
            .where(work.c.state == "running", text(f"NOT {HELD}"))
            .group_by(work.c.lease)
            .order_by(work.c.lease)
        )
        with reading(self.engine) as connection:
            return tuple(
                Silent(
                    lease=row.lease,
                    leads=row.leads,
                    run_id=row.run_id,
                    holder=row.holder,
                    claimed_at=row.claimed_at,
                )
                for row in connection.execute(query)
            )

    def give_back(self, silent: Silent, fate: Fate, *, dead: bool) -> GivenBack:
        """Takes the lease from its run: whatever that still writes is refused.

        `dead` tells that its process is known to have ended. Then what it had begun can only still be done by
        the service; else also by that process, and it takes longer until anybody may look.
        """
        now, work, leads = self.clock(), tables.work, tables.submissions
        with self.engine.begin() as connection:
            rows = connection.execute(
                select(
                    work.c.lead_id,
                    work.c.deaths,
                    leads.c.ref,
                    (work.c.served_since != func.pg_postmaster_start_time()).label("unserved"),
                )
                .join(leads, leads.c.id == work.c.lead_id)
                .where(work.c.state == "running", work.c.lease == silent.lease)
                .order_by(work.c.lead_id)
                .with_for_update(of=work)
            ).all()
            if dead:
                _settle(connection, [row.lead_id for row in rows], silent.lease, now)
            match fate:
                case "never came":
                    _set(connection, rows, now, event="received again", detail="its run never started")
                case "stopped":
                    _set(
                        connection,
                        rows,
                        now,
                        state="needs_person",
                        explanation=_STOPPED,
                        finished_at=now,
                        event="needs a person",
                        detail=_STOPPED,
                    )
                case "died":
                    return _died(connection, rows, now)
        return GivenBack(refs=tuple(row.ref for row in rows) if fate == "never came" else ())


def left_behind(connection: Connection) -> int:
    """How many leads are with runs that had begun with them and show no sign of life."""
    work = tables.work
    begun = (work.c.state == "running", work.c.started_at.is_not(None), text(f"NOT {HELD}"))
    return connection.execute(select(func.count()).select_from(work).where(*begun)).scalar_one()


def _died(connection: Connection, rows: Sequence[AnyRow], now: datetime) -> GivenBack:
    if any(row.unserved for row in rows):
        # when the database goes, runs go with it: such a death says nothing of the leads
        _set(connection, rows, now, event="received again", detail=_UNSERVED)
        return GivenBack(refs=tuple(row.ref for row in rows))
    if len(rows) > 1:
        # which of them killed the run is not known
        company = len(rows) // 2
        _set(connection, rows, now, company=company, event="received again", detail=_DIED)
        return GivenBack(refs=tuple(row.ref for row in rows))
    hopeless = [row for row in rows if row.deaths + 1 >= MAX_DEATHS]
    again = [row for row in rows if row.deaths + 1 < MAX_DEATHS]
    for row in again:
        pause = PAUSES[min(row.deaths, len(PAUSES) - 1)]
        _set(
            connection,
            [row],
            now,
            company=1,
            deaths=row.deaths + 1,
            try_at=now + pause,
            event="received again",
            detail=_DIED,
        )
    _set(
        connection,
        hopeless,
        now,
        state="needs_person",
        explanation=_HOPELESS,
        finished_at=now,
        event="needs a person",
        detail=_HOPELESS,
    )
    return GivenBack(refs=tuple(row.ref for row in again), hopeless=tuple(row.ref for row in hopeless))


def _set(
    connection: Connection,
    rows: Sequence[AnyRow],
    now: datetime,
    *,
    event: str,
    detail: str,
    **values: object,
) -> None:
    ids = [row.lead_id for row in rows]
    if not ids:
        return
    connection.execute(
        update(tables.work)
        .where(tables.work.c.lead_id.in_(ids))
        .values(
            **{
                "state": "received",
                "lease": tables.lease_numbers.next_value(),
                # nobody frees a received lead when a connection is well: it would wait for ever
                "waiting_for": None,
                "changed_at": now,
            }
            | values
        )
    )
    note(connection, ids, at=now, event=event, detail=detail)


def _settle(connection: Connection, ids: Sequence[int], lease: int, now: datetime) -> None:
    """The process is dead: what it had begun is there to be found once the service has settled."""
    receipts = tables.receipts
    settled = now + func.make_interval(0, 0, 0, 0, 0, 0, receipts.c.settles)
    connection.execute(
        update(receipts)
        .where(receipts.c.lead_id.in_(ids), receipts.c.lease == lease, receipts.c.status == "begun")
        .values(clear_at=func.least(receipts.c.clear_at, settled))
    )
