"""Giving back the leads of runs that died, so that no lead is lost with a process.

Which run may take a lead, and what a living run does with it, is in `work.py`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Row, select, text

from orchestration_project.ledger import tables
from orchestration_project.ledger.journal import note
from orchestration_project.ledger.locks import HELD
from orchestration_project.ledger.work_rows import change
from orchestration_project.model import Clock, Frozen, Ref

MAX_ATTEMPTS = 5
"""A lead whose runs died this often waits for a person instead of killing more of them."""
UNSEEN_AFTER = timedelta(seconds=60)
"""A claim whose run Dagster does not know by then was lost between the two."""

_DIED = "its run died; what it had written is looked up before anything is written again"
_STOPPED = "A person stopped its run. To go on: `leads replay REF`."
_HOPELESS = f"Its run died {MAX_ATTEMPTS} times. Look at the runs, then `leads replay REF`."


class Recovered(Frozen):
    given_back: tuple[Ref, ...] = ()
    failed: tuple[Ref, ...] = ()
    dead_runs: tuple[str, ...] = ()  # ids of Dagster runs whose process is gone


@dataclass(frozen=True)
class Recovery:
    engine: Engine
    clock: Clock

    def recover(
        self, run_alive: Callable[[str], bool | None], run_stopped: Callable[[str], bool]
    ) -> Recovered:
        """Gives back the leads of runs that died.

        A running lead's process holds its lock; no lock, no process. A queued lead has no process yet:
        `run_alive` says of its batch whether Dagster has a run that will come (None: has none at all).
        Where a person stopped the run (`run_stopped`, by run id), its leads wait for that person.
        """
        now, work = self.clock(), tables.work
        with self.engine.begin() as connection:
            rows = connection.execute(
                select(
                    work.c.lead_id,
                    work.c.batch,
                    work.c.status,
                    work.c.attempts,
                    work.c.changed_at,
                    work.c.run_id,
                )
                .add_columns(tables.submissions.c.ref)
                .join(tables.submissions, tables.submissions.c.id == work.c.lead_id)
                .where(work.c.status.in_(("queued", "running")), text(f"NOT {HELD}"))
                .with_for_update(skip_locked=True, of=work)
            ).all()
            alive = {
                batch: run_alive(batch)
                for batch in {row.batch for row in rows if row.status == "queued"}
                if batch
            }
            running = [row for row in rows if row.status == "running"]
            unseen = [row for row in rows if row.status == "queued" and _claim_lost(row, alive, now)]
            stopped_runs = {run_id for run_id in {row.run_id for row in running} if run_stopped(run_id)}
            stopped = [row for row in running if row.run_id in stopped_runs]
            died = [row for row in running if row.run_id not in stopped_runs]
            hopeless = [row for row in (*died, *unseen) if row.attempts >= MAX_ATTEMPTS]
            again = [row for row in died if row.attempts < MAX_ATTEMPTS]
            unstarted = [row for row in unseen if row.attempts < MAX_ATTEMPTS]
            # which lead of the batch killed the run is not known: from now on each goes alone
            change(connection, _ids(again), now, status="pending", alone=True, batch=None)
            change(connection, _ids(unstarted), now, status="pending", batch=None)
            change(connection, _ids(stopped), now, status="failed", explanation=_STOPPED, finished_at=now)
            change(connection, _ids(hopeless), now, status="failed", explanation=_HOPELESS, finished_at=now)
            for lost, event, detail in (
                (again, "pending again", _DIED),
                (unstarted, "pending again", "its run never started"),
                (stopped, "failed", _STOPPED),
                (hopeless, "failed", _HOPELESS),
            ):
                note(connection, _ids(lost), at=now, event=event, detail=detail)
        return Recovered(
            given_back=tuple(row.ref for row in (*again, *unstarted)),
            failed=tuple(row.ref for row in (*stopped, *hopeless)),
            dead_runs=tuple({row.run_id for row in died}),
        )


def _ids(rows: Sequence[Row[Any]]) -> list[int]:
    return [row.lead_id for row in rows]


def _claim_lost(row: Row[Any], alive: dict[str, bool | None], now: datetime) -> bool:
    state = alive.get(row.batch)
    return state is False or (state is None and now - row.changed_at > UNSEEN_AFTER)
