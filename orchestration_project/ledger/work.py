"""Where each lead stands, and which run may take it: claim, start, give back, finish.

pending ──claim──▶ queued ──start──▶ running ──▶ done | quarantined | failed
   ▲                  └──────────────────┴── given back (run lost, or failed in company)
imported (history, by `leads import`) waits until a person replays it.
"""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, Row, func, select, update

from orchestration_project.ledger import tables
from orchestration_project.ledger.journal import REPLAYED, note
from orchestration_project.ledger.locks import Locks
from orchestration_project.ledger.work_rows import change, claimable, in_flight, rows_of
from orchestration_project.model import Clock, Frozen, Reason, Ref

ALONE_UP_TO = 3
"""So many leads at once still get a run each; more go together."""
_ONE_COUNTS = 7_301_944_023


class Claim(Frozen):
    """Leads one run may take. `batch` is the proof: a claim that was given back is void."""

    batch: str
    refs: tuple[Ref, ...]


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
                max_runs = min(max_runs, max_in_flight - in_flight(connection))
                if max_runs <= 0:
                    return ()
            rows = connection.execute(
                select(work.c.lead_id, work.c.alone, tables.submissions.c.ref)
                .join(tables.submissions, tables.submissions.c.id == work.c.lead_id)
                .where(*claimable(now))
                .order_by(work.c.lead_id)
                .limit(max_leads * max_runs)
                .with_for_update(skip_locked=True, of=work)
            ).all()
            claims: list[Claim] = []
            for group in _groups(rows, max_leads)[:max_runs]:
                claim = Claim(batch=uuid4().hex, refs=tuple(row.ref for row in group))
                ids = [row.lead_id for row in group]
                change(connection, ids, now, status="queued", batch=claim.batch, plus_attempt=True)
                claims.append(claim)
        return tuple(claims)

    def anything_claimable(self) -> bool:
        query = select(tables.work.c.lead_id).where(*claimable(self.clock())).limit(1)
        with self.engine.connect() as connection:
            return connection.execute(query).first() is not None

    def start(self, refs: Sequence[Ref], run_id: str, batch: str | None) -> tuple[Ref, ...]:
        """Takes the leads for this process and says which it got. Others are held by another run, or
        were claimed anew since `batch` was handed out. Without a batch a person started the run."""
        with self.engine.begin() as connection:
            rows = rows_of(connection, refs)
            held = self.locks.hold([row.lead_id for row in rows if batch is None or row.batch == batch])
            mine = [row for row in rows if row.lead_id in held]
            change(connection, [row.lead_id for row in mine], self.clock(), status="running", run_id=run_id)
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
            rows = rows_of(connection, refs)
            held = self.locks.hold([row.lead_id for row in rows if not self.locks.has(row.lead_id)])
            change(connection, list(held), self.clock(), status="running", run_id=run_id)
            note(connection, held, at=self.clock(), event="run resumed", run_id=run_id)
        return tuple(row.ref for row in rows if self.locks.has(row.lead_id))

    def quarantine(
        self, ref: Ref, reason: Reason, explanation: str, duplicate_of: Ref | None, run_id: str
    ) -> None:
        """Sets the lead aside. Leads that were set aside as duplicates of it go on in its place."""
        now = self.clock()
        with self.engine.begin() as connection:
            (row,) = rows_of(connection, [ref])
            original = rows_of(connection, [duplicate_of])[0].lead_id if duplicate_of else None
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
            ids = [row.lead_id for row in rows_of(connection, tuple(refs))]
            change(connection, ids, now, status="done", finished_at=now, alone=False, explanation="")
            note(connection, ids, at=now, event="done", run_id=run_id)

    def fail(self, refs: Collection[Ref], explanation: str, run_id: str) -> None:
        """The leads wait for a person, or for the retry of the step they failed in."""
        now = self.clock()
        with self.engine.begin() as connection:
            ids = [row.lead_id for row in rows_of(connection, refs)]
            change(connection, ids, now, status="failed", explanation=explanation, finished_at=now)
            note(connection, ids, at=now, event="failed", detail=explanation, run_id=run_id)

    def give_back(self, ref: Ref, explanation: str, run_id: str, retry_after: float | None) -> None:
        """A lead that failed in company is pending again, for a run of its own."""
        now = self.clock()
        with self.engine.begin() as connection:
            (row,) = rows_of(connection, [ref])
            wait = retry_after if retry_after is not None else 2.0 ** min(row.attempts, 6)
            change(
                connection,
                [row.lead_id],
                now,
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
            ids = [row.lead_id for row in rows_of(connection, [ref])]
            change(
                connection,
                ids,
                now,
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
            note(connection, ids, at=now, event=REPLAYED, detail="as genuine" if genuine else "by a person")

    def released(self, refs: Sequence[Ref]) -> frozenset[Ref]:
        """The leads a person has declared genuine."""
        with self.engine.connect() as connection:
            return frozenset(row.ref for row in rows_of(connection, refs) if row.released)

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


def _groups(rows: Sequence[Row[Any, Any, Any]], size: int) -> list[list[Row[Any, Any, Any]]]:
    """Leads that failed in company go alone; a few go one by one; a burst goes in company."""
    company = [row for row in rows if not row.alone]
    step = 1 if len(company) <= ALONE_UP_TO else size
    return [[row] for row in rows if row.alone] + [
        company[i : i + step] for i in range(0, len(company), step)
    ]
