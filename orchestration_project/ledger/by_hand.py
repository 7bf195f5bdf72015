"""What a person does to leads besides having them replayed: lets them go on now, or says that they are spam.

What a run makes of a lead is `outcomes.py`.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Engine, update

from orchestration_project.ledger import tables
from orchestration_project.ledger.journal import note
from orchestration_project.ledger.outcomes import THROUGH, free_duplicates
from orchestration_project.ledger.rows import rows_of
from orchestration_project.model import Clock, Reason, Ref

_SPAM = "A person has looked and says so."


@dataclass(frozen=True)
class ByHand:
    engine: Engine
    clock: Clock

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

    def set_aside_as_spam(self, refs: Collection[Ref]) -> tuple[Ref, ...]:
        """They go into quarantine, wherever they stand; a run that has one at the moment loses it. What was
        done for one already stays done. Answers them."""
        now, work = self.clock(), tables.work
        with self.engine.begin() as connection:
            rows = rows_of(connection, refs, lock=True)
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
