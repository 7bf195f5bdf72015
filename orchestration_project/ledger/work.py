"""Where each lead stands, and which run may take it: claim, start, give back, finish.

pending ──claim──▶ queued ──start──▶ running ──▶ done | quarantined | failed
   ▲                  └──────────────────┴── given back (run lost, or failed in company)
imported (history, by `leads import`) waits until a person replays it.
"""

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Engine,
    Row,
    func,
    literal_column,
    or_,
    select,
    text,
    update,
)

from orchestration_project.ledger import tables
from orchestration_project.ledger.journal import note
from orchestration_project.ledger.locks import HELD, Locks
from orchestration_project.model import Clock, Frozen, Reason, Ref

MAX_ATTEMPTS = 5
"""A lead whose runs died this often waits for a person instead of killing more of them."""
ALONE_UP_TO = 3
"""So many leads at once still get a run each; more go together."""
UNSEEN_AFTER = timedelta(seconds=60)
"""A claim whose run Dagster does not know by then was lost between the two."""
_ONE_COUNTS = 7_301_944_023

_DIED = "its run died; what it had written is looked up before anything is written again"
_STOPPED = "A person stopped its run. To go on: `leads replay REF`."
_HOPELESS = f"Its run died {MAX_ATTEMPTS} times. Look at the runs, then `leads replay REF`."


class Claim(Frozen):
    """Leads one run may take. `batch` is the proof: a claim that was given back is void."""

    batch: str
    refs: tuple[Ref, ...]


class Recovered(Frozen):
    given_back: tuple[Ref, ...] = ()
    failed: tuple[Ref, ...] = ()
    dead_runs: tuple[str, ...] = ()  # ids of Dagster runs whose process is gone


@dataclass(frozen=True)
class Work:
    engine: Engine
    clock: Clock
    locks: Locks

    def claim(self, *, max_leads: int, max_runs: int, max_in_flight: int | None = None) -> tuple[Claim, ...]:
        """Pending leads, oldest first, as at most `max_runs` claims of at most `max_leads` each. With
        those that are queued or running already they are never more than `max_in_flight`."""
        work, now = tables.work, self.clock()
        with self.engine.begin() as connection:
            if max_in_flight is not None:
                # two sensors that count at the same moment would both fill the same places
                connection.execute(select(func.pg_advisory_xact_lock(_ONE_COUNTS)))
                max_runs = min(max_runs, max_in_flight - _in_flight(connection))
                if max_runs <= 0:
                    return ()
            rows = connection.execute(
                select(work.c.lead_id, work.c.alone, tables.submissions.c.ref)
                .join(tables.submissions, tables.submissions.c.id == work.c.lead_id)
                .where(*_claimable(now))
                .order_by(work.c.lead_id)
                .limit(max_leads * max_runs)
                .with_for_update(skip_locked=True, of=work)
            ).all()
            claims: list[Claim] = []
            for group in _groups(rows, max_leads)[:max_runs]:
                claim = Claim(batch=uuid4().hex, refs=tuple(row.ref for row in group))
                ids = [row.lead_id for row in group]
                self._set(connection, ids, status="queued", batch=claim.batch, plus_attempt=True)
                claims.append(claim)
        return tuple(claims)

    def anything_claimable(self) -> bool:
        query = select(tables.work.c.lead_id).where(*_claimable(self.clock())).limit(1)
        with self.engine.connect() as connection:
            return connection.execute(query).first() is not None

    def start(self, refs: Sequence[Ref], run_id: str, batch: str | None) -> tuple[Ref, ...]:
        """Takes the leads for this process and says which it got. Others are held by another run, or
        were claimed anew since `batch` was handed out. Without a batch a person started the run."""
        with self.engine.begin() as connection:
            rows = self._rows(connection, refs)
            held = self.locks.hold([row.lead_id for row in rows if batch is None or row.batch == batch])
            mine = [row for row in rows if row.lead_id in held]
            self._set(connection, [row.lead_id for row in mine], status="running", run_id=run_id)
            note(
                connection,
                [row.lead_id for row in mine],
                at=self.clock(),
                event="run started",
                detail="alone" if len(mine) == 1 else f"with {len(mine) - 1} others",
                run_id=run_id,
            )
        return tuple(row.ref for row in mine)

    def resume(self, refs: Sequence[Ref], run_id: str) -> tuple[Ref, ...]:
        """Takes leads in a later step: a re-execution from the failed step has skipped `start`. Answers
        those this process has; the others are with another run by now."""
        with self.engine.begin() as connection:
            rows = self._rows(connection, refs)
            held = self.locks.hold([row.lead_id for row in rows if not self.locks.has(row.lead_id)])
            self._set(connection, list(held), status="running", run_id=run_id)
            note(connection, held, at=self.clock(), event="run resumed", run_id=run_id)
        return tuple(row.ref for row in rows if self.locks.has(row.lead_id))

    def quarantine(
        self, ref: Ref, reason: Reason, explanation: str, duplicate_of: Ref | None, run_id: str
    ) -> None:
        """Sets the lead aside. Leads that were set aside as duplicates of it go on in its place."""
        now = self.clock()
        with self.engine.begin() as connection:
            (row,) = self._rows(connection, [ref])
            original = self._rows(connection, [duplicate_of])[0].lead_id if duplicate_of else None
            connection.execute(
                update(tables.work)
                .where(tables.work.c.lead_id == row.lead_id)
                .values(
                    status="quarantined",
                    reason=reason.value,
                    explanation=explanation,
                    duplicate_of=original,
                    changed_at=now,
                    finished_at=now,
                )
            )
            note(
                connection,
                [row.lead_id],
                at=now,
                event="quarantined",
                detail=f"{reason.value}: {explanation}",
                run_id=run_id,
            )
            freed = connection.execute(
                update(tables.work)
                .where(tables.work.c.duplicate_of == row.lead_id, tables.work.c.status == "quarantined")
                .values(status="pending", reason=None, explanation="", duplicate_of=None, changed_at=now)
                .returning(tables.work.c.lead_id)
            ).scalars()
            note(connection, freed, at=now, event="pending again", detail=f"{ref} is in quarantine itself")

    def finish(self, refs: Iterable[Ref], run_id: str) -> None:
        now = self.clock()
        with self.engine.begin() as connection:
            ids = [row.lead_id for row in self._rows(connection, tuple(refs))]
            self._set(connection, ids, status="done", finished_at=now, alone=False, explanation="")
            note(connection, ids, at=now, event="done", run_id=run_id)

    def fail(self, refs: Collection[Ref], explanation: str, run_id: str) -> None:
        """The leads wait for a person, or for the retry of the step they failed in."""
        with self.engine.begin() as connection:
            ids = [row.lead_id for row in self._rows(connection, refs)]
            self._set(connection, ids, status="failed", explanation=explanation, finished_at=self.clock())
            note(connection, ids, at=self.clock(), event="failed", detail=explanation, run_id=run_id)

    def give_back(self, ref: Ref, explanation: str, run_id: str, retry_after: float | None) -> None:
        """A lead that failed in company is pending again, for a run of its own."""
        now = self.clock()
        with self.engine.begin() as connection:
            (row,) = self._rows(connection, [ref])
            wait = retry_after if retry_after is not None else 2.0 ** min(row.attempts, 6)
            self._set(
                connection,
                [row.lead_id],
                status="pending",
                alone=True,
                explanation=explanation,
                not_before=now + timedelta(seconds=wait),
            )
            note(
                connection,
                [row.lead_id],
                at=now,
                event="pending again",
                detail=f"{explanation} It goes alone in {math.ceil(wait)} s.",
                run_id=run_id,
            )

    def replay(self, ref: Ref, *, genuine: bool) -> None:
        """A person wants the lead gone through again; with `genuine` no verdict stops it this time."""
        now = self.clock()
        with self.engine.begin() as connection:
            ids = [row.lead_id for row in self._rows(connection, [ref])]
            self._set(
                connection,
                ids,
                status="pending",
                reason=None,
                explanation="",
                attempts=0,
                alone=True,
                not_before=None,
                batch=None,
                finished_at=None,
                duplicate_of=None,
                released=genuine,
            )
            note(connection, ids, at=now, event="replayed", detail="as genuine" if genuine else "by a person")

    def released(self, refs: Sequence[Ref]) -> frozenset[Ref]:
        """The leads a person has declared genuine."""
        with self.engine.connect() as connection:
            return frozenset(row.ref for row in self._rows(connection, refs) if row.released)

    def seconds_until_claimable(self) -> float | None:
        """How long until the next pending lead may be claimed; None: none is pending."""
        work = tables.work
        with self.engine.connect() as connection:
            moments = connection.execute(
                select(func.coalesce(work.c.not_before, work.c.changed_at)).where(work.c.status == "pending")
            ).scalars()
            waits = [(moment - self.clock()).total_seconds() for moment in moments]
        return max(0.05, min(waits)) if waits else None

    def size_of_run(self, run_id: str) -> int:
        """How many leads the run took."""
        with self.engine.connect() as connection:
            return connection.execute(
                select(func.count()).select_from(tables.work).where(tables.work.c.run_id == run_id)
            ).scalar_one()

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
            self._set(connection, _ids(again), status="pending", alone=True, batch=None)
            self._set(connection, _ids(unstarted), status="pending", batch=None)
            self._set(connection, _ids(stopped), status="failed", explanation=_STOPPED, finished_at=now)
            self._set(connection, _ids(hopeless), status="failed", explanation=_HOPELESS, finished_at=now)
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

    def _rows(self, connection: Connection, refs: Collection[Ref]) -> list[Row[Any]]:
        table = tables.submissions
        rows = connection.execute(
            select(tables.work, table.c.ref)
            .join(table, table.c.id == tables.work.c.lead_id)
            .where(table.c.ref.in_(tuple(refs)))
        ).all()
        by_ref = {row.ref: row for row in rows}
        return [by_ref[ref] for ref in dict.fromkeys(refs) if ref in by_ref]

    def _set(
        self,
        connection: Connection,
        lead_ids: Collection[int],
        *,
        plus_attempt: bool = False,
        **values: object,
    ) -> None:
        if plus_attempt:
            values["attempts"] = tables.work.c.attempts + 1
        if lead_ids:
            connection.execute(
                update(tables.work)
                .where(tables.work.c.lead_id.in_(lead_ids))
                .values(changed_at=self.clock(), **values)
            )


def _in_flight(connection: Connection) -> int:
    """How many claims are queued or running."""
    work = tables.work
    return connection.execute(
        select(func.count(work.c.batch.distinct())).where(work.c.status.in_(("queued", "running")))
    ).scalar_one()


def _claimable(now: datetime) -> tuple[ColumnElement[bool], ...]:
    work = tables.work
    return (
        work.c.status == "pending",
        or_(work.c.not_before.is_(None), work.c.not_before <= now),
        # its last run may still be busy with the others of its batch
        literal_column(f"NOT {HELD}", Boolean),
    )


def _groups(rows: Sequence[Row[Any, Any, Any]], size: int) -> list[list[Row[Any, Any, Any]]]:
    """Leads that failed in company go alone; a few go one by one; a burst goes in company."""
    company = [row for row in rows if not row.alone]
    step = 1 if len(company) <= ALONE_UP_TO else size
    return [[row] for row in rows if row.alone] + [
        company[i : i + step] for i in range(0, len(company), step)
    ]


def _ids(rows: Sequence[Row[Any]]) -> list[int]:
    return [row.lead_id for row in rows]


def _claim_lost(row: Row[Any], alive: dict[str, bool | None], now: datetime) -> bool:
    state = alive.get(row.batch)
    return state is False or (state is None and now - row.changed_at > UNSEEN_AFTER)
