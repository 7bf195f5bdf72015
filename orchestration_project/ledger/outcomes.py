"""What becomes of a lead that a run carries: it waits, is done, is set aside, or needs a person.

Each write holds only while the run's lease is the newest; where it is not, nothing is written.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, case, func, select, text, update

from orchestration_project.errors import TRIED_AGAIN
from orchestration_project.ledger import tables
from orchestration_project.ledger.anew import THROUGH, free_duplicates
from orchestration_project.ledger.journal import note
from orchestration_project.ledger.part import Part
from orchestration_project.ledger.people import NOBODY_WAITS_FOR
from orchestration_project.ledger.rows import rows_of, write_mine
from orchestration_project.model import Carried, Doubt, Frozen, LeaseLost, Reason, Ref


class Wait(Frozen):
    """Until when a lead waits: for a moment, for a connection (then without one), or for both."""

    explanation: str
    try_at: datetime | None = None
    waiting_for: str | None = None
    counts: bool = True  # as a try of its own; not where nothing was tried
    fault: bool = False  # it met a mistake of ours


@dataclass(frozen=True)
class Routed:
    lead: Carried
    track: str
    rank: int  # of the track in the playbook
    rescore: bool  # once the AI is back


_ROUTE = text("""UPDATE leads.work AS there SET track = new.track, rank = new.rank, rescore = new.rescore,
        changed_at = :now
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS new(lead_id integer, lease bigint, track text,
        rank integer, rescore boolean)
    WHERE there.lead_id = new.lead_id AND there.lease = new.lease AND there.state = 'running'
    RETURNING there.lead_id""")


class Outcomes(Part):
    def wait(self, lead: Carried, wait: Wait, run_id: str) -> None:
        """The lead goes on by itself, later. Raises LeaseLost."""
        now, work = self.clock(), tables.work
        with self.engine.begin() as connection:
            _write(
                connection,
                lead,
                now,
                state="waiting",
                explanation=wait.explanation,
                try_at=wait.try_at,
                waiting_for=wait.waiting_for,
                waiting_since=func.coalesce(work.c.waiting_since, now),
                tries=work.c.tries + int(wait.counts),
                faults=work.c.faults + int(wait.fault),
                # it came back alive: whatever killed its run was not its doing, or not this time
                company=None,
            )
            if wait.counts or lead.waiting_since is None:
                note(
                    connection,
                    [lead.lead_id],
                    at=now,
                    event="waiting",
                    detail=f"{wait.explanation} {_until(wait, now)}".strip(),
                    run_id=run_id,
                )

    def finish(
        self, leads: Sequence[Carried], run_id: str, state: Literal["done", "planned"] = "done"
    ) -> tuple[Carried, ...]:
        """Closes those whose lease still stands, and answers them."""
        now, work = self.clock(), tables.work
        with self.engine.begin() as connection:
            closed = write_mine(
                connection,
                leads,
                now,
                state=state,
                explanation="",
                rescore=False,
                finished_at=func.coalesce(work.c.finished_at, now),
                **THROUGH,
            )
            note(connection, [lead.lead_id for lead in closed], at=now, event=state, run_id=run_id)
        return closed

    def wait_for_ai(self, lead: Carried, wait: Wait, run_id: str) -> None:
        """All is done for now by the scorecard's score; once the AI is back it is asked. Raises LeaseLost."""
        now, work = self.clock(), tables.work
        with self.engine.begin() as connection:
            _write(
                connection,
                lead,
                now,
                **THROUGH
                | {
                    "state": "waiting",
                    "explanation": wait.explanation,
                    "rescore": True,
                    "finished_at": func.coalesce(work.c.finished_at, now),
                    "waiting_for": wait.waiting_for,
                    "waiting_since": func.coalesce(work.c.waiting_since, now),
                    "tries": work.c.tries + 1,
                    "try_at": wait.try_at,
                },
            )
            if not lead.rescore:
                note(
                    connection,
                    [lead.lead_id],
                    at=now,
                    event="done for now",
                    detail=wait.explanation,
                    run_id=run_id,
                )

    def needs_person(self, lead: Carried, explanation: str, run_id: str | None) -> None:
        """Something that does not pass by itself. Raises LeaseLost."""
        now = self.clock()
        with self.engine.begin() as connection:
            _write(
                connection,
                lead,
                now,
                state="needs_person",
                explanation=explanation,
                finished_at=now,
                company=None,
                try_at=None,
                waiting_for=None,
            )
            note(
                connection,
                [lead.lead_id],
                at=now,
                event="needs a person",
                detail=explanation,
                run_id=run_id,
            )

    def to_check(self, lead: Carried, doubts: Sequence[Doubt], run_id: str) -> None:
        """A person has to look before it goes on; by `ByHand.let_go_on`, or as spam. Raises LeaseLost."""
        now = self.clock()
        with self.engine.begin() as connection:
            _write(
                connection,
                lead,
                now,
                **THROUGH
                | {
                    "state": "to_check",
                    "reason": doubts[0].kind.value,
                    "explanation": " ".join(doubt.says for doubt in doubts),
                    "finished_at": now,
                    "rescore": False,
                    "told_at": None,
                },
            )
            note(
                connection,
                [lead.lead_id],
                at=now,
                event="to check",
                detail=" ".join(f"{doubt.kind.value.replace('_', ' ')}: {doubt.says}" for doubt in doubts),
                run_id=run_id,
            )

    def quarantine(
        self, lead: Carried, reason: Reason, explanation: str, duplicate_of: Ref | None, run_id: str
    ) -> bool:
        """Sets the lead aside. Leads that were set aside as duplicates of it go on in its place.

        False, and nothing is done, where it would be the duplicate of one that itself was set aside or
        waits for a person: both would wait for nobody. Raises LeaseLost.
        """
        now = self.clock()
        with self.engine.begin() as connection:
            original = None
            if duplicate_of is not None:
                # locked together, in one order: of two set aside at the same moment one sees the other
                both = {row.ref: row for row in rows_of(connection, [duplicate_of, lead.ref], lock=True)}
                if duplicate_of not in both or both[duplicate_of].state in NOBODY_WAITS_FOR:
                    return False
                original = both[duplicate_of].lead_id
            _write(
                connection,
                lead,
                now,
                **THROUGH
                | {
                    "state": "quarantined",
                    "reason": reason.value,
                    "explanation": explanation,
                    "duplicate_of": original,
                    "finished_at": now,
                },
            )
            note(
                connection,
                [lead.lead_id],
                at=now,
                event="quarantined",
                detail=f"{reason.value}: {explanation}",
                run_id=run_id,
            )
            free_duplicates(connection, lead.lead_id, lead.ref, now)
        return True

    def route_each(self, routed: Sequence[Routed]) -> tuple[Carried, ...]:
        """Which branch of the run each lead takes from here; answers those whose lease still stands."""
        if not routed:
            return ()
        rows = [
            {
                "lead_id": one.lead.lead_id,
                "lease": one.lead.lease,
                "track": one.track,
                "rank": one.rank,
                "rescore": one.rescore,
            }
            for one in routed
        ]
        with self.engine.begin() as connection:
            given = {"rows": json.dumps(rows), "now": self.clock()}
            mine = set(connection.execute(_ROUTE, given).scalars())
        return tuple(one.lead for one in routed if one.lead.lead_id in mine)

    def routed(self, lead: Carried, track: str, rank: int, *, rescore: bool) -> None:
        """The same of one. Raises LeaseLost."""
        if not self.route_each([Routed(lead, track, rank, rescore)]):
            raise LeaseLost(lead.ref)

    def give_up(self, before: datetime, explanation: str) -> tuple[Ref, ...]:
        """Leads that have waited since before that moment wait for a person instead; what was done for now
        is done for good."""
        now, work, leads = self.clock(), tables.work, tables.submissions
        with self.engine.begin() as connection:
            rows = connection.execute(
                select(work.c.lead_id, leads.c.ref, work.c.rescore)
                .join(leads, leads.c.id == work.c.lead_id)
                .where(work.c.state == "waiting", work.c.waiting_since < before)
                .order_by(work.c.lead_id)
                .with_for_update(skip_locked=True, of=work)
            ).all()
            ids = [row.lead_id for row in rows]
            if not ids:
                return ()
            # what it waited for promised to go on by itself
            so_far = func.replace(work.c.explanation, f"{TRIED_AGAIN}; if this lasts", "If this lasts")
            so_far = func.regexp_replace(so_far, rf"\s*{TRIED_AGAIN}(, later)?\.", "", "g")
            said = case((work.c.rescore, ""), else_=explanation + so_far)
            connection.execute(
                update(work)
                .where(work.c.lead_id.in_(ids))
                .values(
                    state=case((work.c.rescore, "done"), else_="needs_person"),
                    explanation=said,
                    rescore=False,
                    finished_at=func.coalesce(work.c.finished_at, now),
                    changed_at=now,
                    try_at=None,
                    waiting_for=None,
                )
            )
            for event, those in (
                ("needs a person", [row.lead_id for row in rows if not row.rescore]),
                ("done", [row.lead_id for row in rows if row.rescore]),
            ):
                note(connection, those, at=now, event=event, detail=explanation.strip())
        return tuple(Ref(row.ref) for row in rows if not row.rescore)


def _write(connection: Connection, lead: Carried, now: datetime, **values: object) -> None:
    if not write_mine(connection, [lead], now, **values):
        raise LeaseLost(lead.ref)


def _until(wait: Wait, now: datetime) -> str:
    if wait.try_at is None:
        return "It goes on by itself once that is well."
    seconds = max(1, round((wait.try_at - now).total_seconds()))
    told = f"{seconds} s" if seconds < 120 else f"{round(seconds / 60)} min"  # noqa: PLR2004 - easier to read so
    return f"It goes on by itself in {told}."
