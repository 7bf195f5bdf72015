"""What rules that are not live would have decided: kept beside the live decisions, never among them.

Scoring again is `history/rescoring/`; what was decided live is `decisions.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import AwareDatetime
from sqlalchemy import Engine, Select, exists, func, select
from sqlalchemy.dialects.postgresql import insert

from orchestration_project.ledger import tables
from orchestration_project.model import Clock, Context, Frozen, Ref, Rescored


class Wanted(Frozen):
    """Which leads, by when they were submitted, and under which rules. `sample`: only so many, always the
    same ones, spread over all."""

    playbook_version: str
    scorer: str
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    sample: int | None = None
    attempts: int = 1


@dataclass(frozen=True)
class RescoredDecisions:
    engine: Engine
    clock: Clock

    def todo(self, wanted: Wanted) -> tuple[tuple[Ref, int], ...]:
        """Leads and attempts that are not there yet, the oldest lead first: what was interrupted goes on."""
        table = tables.rescored
        chosen = _chosen(wanted).subquery()
        attempt = (
            func.generate_series(0, wanted.attempts - 1).table_valued("value").render_derived(name="attempt")
        )
        there = exists().where(
            table.c.lead_id == chosen.c.lead_id,
            table.c.playbook_version == wanted.playbook_version,
            table.c.scorer == wanted.scorer,
            table.c.attempt == attempt.c.value,
        )
        query = (
            select(chosen.c.ref, attempt.c.value)
            .select_from(chosen)
            .join(attempt, ~there)
            .order_by(chosen.c.submitted_at, chosen.c.lead_id, attempt.c.value)
        )
        with self.engine.connect() as connection:
            return tuple((Ref(row.ref), row.value) for row in connection.execute(query))

    def count(self, wanted: Wanted) -> int:
        """How many leads are meant, done or not."""
        with self.engine.connect() as connection:
            return connection.execute(
                select(func.count()).select_from(_chosen(wanted).subquery())
            ).scalar_one()

    def usual_seconds(self, scorer: str) -> float | None:
        """From question to answer, at the mean of the newest thousand. None: that scorer was never asked."""
        table = tables.rescored
        newest = (
            select(table.c.seconds)
            .where(table.c.scorer == scorer)
            .order_by(table.c.id.desc())
            .limit(1000)
            .subquery()
        )
        with self.engine.connect() as connection:
            return connection.execute(select(func.avg(newest.c.seconds))).scalar()

    def keep(self, rescored: Sequence[Rescored]) -> None:
        """Each once: the same lead under the same rules again changes nothing."""
        if not rescored:
            return
        leads, table = tables.submissions, tables.rescored
        with self.engine.begin() as connection:
            refs = {one.ref for one in rescored}
            ids = {
                row.ref: row.id
                for row in connection.execute(select(leads.c.ref, leads.c.id).where(leads.c.ref.in_(refs)))
            }
            # of a lead that was erased meanwhile nothing is kept
            rows = [_row(ids[one.ref], one) for one in rescored if one.ref in ids]
            if rows:
                connection.execute(insert(table).on_conflict_do_nothing(), rows)


def _chosen(wanted: Wanted) -> Select[Any, Any, Any]:
    """Leads that were genuine and of which it is known what a score is made from."""
    leads, work, facts = tables.submissions, tables.work, tables.facts
    query = (
        select(work.c.lead_id, leads.c.ref, work.c.submitted_at)
        .join(leads, leads.c.id == work.c.lead_id)
        .where(
            work.c.state != "quarantined",
            exists().where(facts.c.lead_id == work.c.lead_id, facts.c.kind == Context.__name__),
        )
    )
    if wanted.since is not None:
        query = query.where(work.c.submitted_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(work.c.submitted_at < wanted.until)
    if wanted.sample is not None:
        query = query.order_by(func.md5(leads.c.ref)).limit(wanted.sample)
    return query


def _row(lead_id: int, one: Rescored) -> dict[str, object]:
    decision, scoring = one.decision, one.decision.scoring
    return {
        "lead_id": lead_id,
        "decided_at": decision.decided_at,
        "playbook_version": decision.playbook_version,
        "scorer": one.scorer,
        "model": scoring.model,
        "attempt": one.attempt,
        "score_status": scoring.status.value,
        "score": scoring.score.value if scoring.score else None,
        "service": scoring.score.service if scoring.score else None,
        "track": decision.track,
        "cost_usd": scoring.usage.cost_usd,
        "seconds": one.seconds,
        "decision": decision.model_dump(mode="json"),
    }
