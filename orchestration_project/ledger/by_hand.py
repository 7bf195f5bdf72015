"""What a person does with leads: starts a run with them, has them go on or begin anew, says spam.

What a run makes of a lead is `outcomes.py`; which run gets those that nobody has asked for is `claims.py`.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, func, select, true, update

from orchestration_project.errors import LeadsError
from orchestration_project.ledger import tables
from orchestration_project.ledger.anew import THROUGH, begin_anew, free_duplicates
from orchestration_project.ledger.facts import forget_contexts
from orchestration_project.ledger.journal import REPLAYED, note
from orchestration_project.ledger.leases import begun, fresh_lease, next_lease
from orchestration_project.ledger.locks import Locks
from orchestration_project.ledger.rows import rows_of
from orchestration_project.model import Carried, Clock, Reason, Ref

_SPAM = "A person has looked and says so."
_PATIENCE_ANEW: dict[str, object] = {"waiting_since": None, "tries": 0}
"""Of a lead that a person has started: how long it had waited before counts no more."""


@dataclass(frozen=True)
class ByHand:
    engine: Engine
    clock: Clock
    locks: Locks

    def take(
        self, refs: Sequence[Ref], run_id: str, holder: str, *, imported: bool = False
    ) -> tuple[Carried, ...]:
        """A person starts a run with these leads: they are taken, whatever they wait for, from anything but
        a run that has them. Without a word (`imported`) history is not acted on.

        Raises LeadsError, and takes none, where one is unknown or may not be taken.
        """
        work, now = tables.work, self.clock()
        with self.engine.begin() as connection:
            rows = rows_of(connection, refs, lock=True)
            if unknown := set(refs) - {row.ref for row in rows}:
                raise LeadsError(f"No lead is called {_listed(unknown)}. `leads list` shows the refs.")
            busy = [row.ref for row in rows if row.state == "running"]
            if busy:
                raise LeadsError(f"{_listed(busy)} is with another run. Wait for it, or stop that run.")
            history = [row.ref for row in rows if row.state == "imported" and not imported]
            if history:
                raise LeadsError(
                    f"{_listed(history)} is history, on which no run acts by itself. Set `imported: true` "
                    "beside the refs to act on it all the same."
                )
            if erased := [row.ref for row in rows if row.state == "erased"]:
                raise LeadsError(f"{_listed(erased)} was erased on request: nothing is left to act on.")
            if not rows:
                return ()
            ids = [row.lead_id for row in rows]
            forget_contexts(connection, [row.lead_id for row in rows if row.state == "imported"])
            lease = next_lease(connection)
            connection.execute(
                update(work)
                .where(work.c.lead_id.in_(ids))
                .values(
                    **fresh_lease(lease, now),
                    run_id=run_id,
                    holder=holder,
                    started_at=now,
                    served_since=func.pg_postmaster_start_time(),
                    finished_at=None,
                    reason=None,
                    duplicate_of=None,
                    **_PATIENCE_ANEW,
                )
            )
            started = begun(connection, refs, ids, run_id, now, "run started by a person")
        self.locks.hold(lease)
        return started

    def adopt(
        self, parent_run_id: str, run_id: str, holder: str, *, track: str | None = None
    ) -> tuple[Carried, ...]:
        """A re-execution goes on with the leads that the run it repeats did not finish, as far as no other
        run has taken them since; with a track, with those in its branch alone."""
        work, now = tables.work, self.clock()
        with self.engine.begin() as connection:
            ids = (
                connection.execute(
                    select(work.c.lead_id)
                    .where(
                        work.c.run_id == parent_run_id,
                        work.c.state.in_(("needs_person", "waiting")),
                        true() if track is None else work.c.track == track,
                    )
                    .order_by(work.c.lead_id)
                    .with_for_update()
                )
                .scalars()
                .all()
            )
            if not ids:
                return ()
            lease = next_lease(connection)
            refs = (
                connection.execute(select(tables.submissions.c.ref).where(tables.submissions.c.id.in_(ids)))
                .scalars()
                .all()
            )
            connection.execute(
                update(work)
                .where(work.c.lead_id.in_(ids))
                .values(
                    **fresh_lease(lease, now),
                    run_id=run_id,
                    holder=holder,
                    started_at=now,
                    served_since=func.pg_postmaster_start_time(),
                    finished_at=None,
                    **_PATIENCE_ANEW,
                )
            )
            started = begun(connection, [Ref(ref) for ref in refs], ids, run_id, now, "run resumed")
        self.locks.hold(lease)
        return started

    def retry(self, refs: Collection[Ref]) -> tuple[Ref, ...]:
        """Those of the leads that wait or need a person go on now, where they stopped; answers them. One that
        waits for a connection still does: whoever asks that one again lets it go."""
        now, work = self.clock(), tables.work
        with self.engine.begin() as connection:
            rows = [
                row
                for row in rows_of(connection, refs, lock=True)
                if row.state in ("waiting", "needs_person")
            ]
            timed = [row.lead_id for row in rows if row.state == "needs_person" or not row.waiting_for]
            connection.execute(
                update(work)
                .where(work.c.lead_id.in_(timed))
                .values(
                    state="waiting",
                    try_at=now,
                    waiting_for=None,
                    waiting_since=now,
                    tries=0,
                    faults=0,
                    finished_at=None,
                    changed_at=now,
                )
            )
            note(
                connection,
                [row.lead_id for row in rows],
                at=now,
                event="to be tried again",
                detail="a person says so",
            )
        return tuple(Ref(row.ref) for row in rows)

    def let_go_on(self, refs: Collection[Ref]) -> tuple[Ref, ...]:
        """Those of the leads that are to be checked go on, with what has been found out and decided of them:
        a person has looked. Answers them."""
        now, work = self.clock(), tables.work
        with self.engine.begin() as connection:
            rows = [row for row in rows_of(connection, refs, lock=True) if row.state == "to_check"]
            ids = [row.lead_id for row in rows]
            connection.execute(
                update(work)
                .where(work.c.lead_id.in_(ids))
                .values(
                    **THROUGH
                    | {
                        "state": "received",
                        "released": True,
                        "reason": None,
                        "explanation": "",
                        "finished_at": None,
                        "changed_at": now,
                    }
                )
            )
            note(connection, ids, at=now, event="checked", detail="a person says that it may go on")
        return tuple(Ref(row.ref) for row in rows)

    def replay(self, refs: Collection[Ref], *, genuine: bool = False) -> tuple[Ref, ...]:
        """A person wants the leads gone through again, from the start; with `genuine` no verdict stops them
        this time. A run that has one at the moment loses it. Answers them: of one that was erased on request
        nothing is left to go through."""
        with self.engine.begin() as connection:
            rows = [row for row in rows_of(connection, refs, lock=True) if row.state != "erased"]
            ids = [row.lead_id for row in rows]
            begin_anew(connection, ids, self.clock(), released=genuine)
            note(
                connection,
                ids,
                at=self.clock(),
                event=REPLAYED,
                detail="as genuine" if genuine else "by a person",
            )
        return tuple(Ref(row.ref) for row in rows)

    def set_aside_as_spam(self, refs: Collection[Ref]) -> tuple[Ref, ...]:
        """They go into quarantine, wherever they stand; a run that has one at the moment loses it. What was
        done for one already stays done. Answers them."""
        now, work = self.clock(), tables.work
        with self.engine.begin() as connection:
            rows = [row for row in rows_of(connection, refs, lock=True) if row.state != "erased"]
            connection.execute(
                update(work)
                .where(work.c.lead_id.in_([row.lead_id for row in rows]))
                .values(
                    **THROUGH
                    | {
                        "state": "quarantined",
                        "lease": tables.lease_numbers.next_value(),
                        "reason": Reason.SPAM.value,
                        "explanation": _SPAM,
                        "duplicate_of": None,
                        "released": False,
                        "rescore": False,
                        "finished_at": now,
                        "changed_at": now,
                    }
                )
            )
            note(
                connection,
                [row.lead_id for row in rows],
                at=now,
                event="quarantined",
                detail=f"{Reason.SPAM.value}: {_SPAM}",
            )
            for row in rows:
                free_duplicates(connection, row.lead_id, row.ref, now)
        return tuple(Ref(row.ref) for row in rows)


def _listed(refs: Iterable[str]) -> str:
    return ", ".join(sorted(refs))
