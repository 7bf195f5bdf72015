"""What rules that are not live would have decided: kept beside the live decisions, never among them.

Scoring again is `history/rescoring/`; what was decided live is `decisions.py`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import AwareDatetime
from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from orchestration_project.ledger import tables
from orchestration_project.ledger.decisions import newest_decision
from orchestration_project.ledger.part import Part
from orchestration_project.ledger.reading import reading
from orchestration_project.model import FALLBACK, OPEN, Context, Frozen, Ref, Rescored


class Wanted(Frozen):
    """Which leads, by when they were submitted, and under which rules. `sample`: only so many, always the
    same ones, spread over all.

    `only`: `fallback` are those whose newest live decision the AI had no part in, as it was away or the day's
    money was spent, and of whom it has not been heard since; each is asked of once, whatever the rules.
    """

    playbook_version: str
    scorer: str
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    sample: int | None = None
    attempts: int = 1
    only: Literal["all", "fallback"] = "all"


class Rescores(Frozen):
    """What re-scoring under one version of the rules has brought of the leads of a day."""

    leads: int = 0  # that could be scored
    scored: int = 0
    moved: int = 0  # of the scored: to another track than their newest live decision
    cost_usd: float = 0.0


class RescoredDecisions(Part):
    def todo(self, wanted: Wanted) -> tuple[tuple[Ref, int], ...]:
        """Leads and attempts that are not there yet, the oldest lead first: what was interrupted goes on."""
        table = tables.rescored
        chosen = _chosen(wanted).subquery()
        attempt = (
            func.generate_series(0, wanted.attempts - 1).table_valued("value").render_derived(name="attempt")
        )
        there = exists().where(
            table.c.lead_id == chosen.c.lead_id, _is_there(wanted), table.c.attempt == attempt.c.value
        )
        query = (
            select(chosen.c.ref, attempt.c.value)
            .select_from(chosen)
            .join(attempt, ~there)
            .order_by(chosen.c.submitted_at, chosen.c.lead_id, attempt.c.value)
        )
        with reading(self.engine) as connection:
            return tuple((Ref(row.ref), row.value) for row in connection.execute(query))

    def count(self, wanted: Wanted) -> int:
        """How many leads are meant, done or not."""
        with reading(self.engine) as connection:
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
        with reading(self.engine) as connection:
            return connection.execute(select(func.avg(newest.c.seconds))).scalar()

    def days(self, wanted: Wanted, time_zone: str) -> Mapping[str, Rescores]:
        """What has come of it so far, by the day of the leads in that time zone: `2026-11-24`."""
        table, newest, chosen = tables.rescored, newest_decision(), _chosen(wanted).subquery()
        day = func.to_char(func.timezone(time_zone, chosen.c.submitted_at), "YYYY-MM-DD").label("day")
        query = (
            select(
                day,
                func.count(chosen.c.lead_id.distinct()).label("leads"),
                func.count(table.c.id).label("scored"),
                func.count(table.c.id).filter(table.c.track != newest.c.track).label("moved"),
                func.coalesce(func.sum(table.c.cost_usd), 0).label("cost_usd"),
            )
            .select_from(chosen)
            .outerjoin(
                table,
                and_(
                    table.c.lead_id == chosen.c.lead_id,
                    table.c.playbook_version == wanted.playbook_version,
                    table.c.scorer == wanted.scorer,
                    table.c.attempt == 0,
                ),
            )
            .outerjoin(newest, newest.c.lead_id == chosen.c.lead_id)
            .group_by(day)
        )
        with reading(self.engine) as connection:
            rows = connection.execute(query).mappings()
            return {
                row["day"]: Rescores.model_validate({name: row[name] for name in Rescores.model_fields})
                for row in rows
            }

    def days_to_do(self, wanted: Wanted, time_zone: str, decided_since: datetime) -> tuple[str, ...]:
        """The days of leads that were decided live since that moment and are not scored yet, newest first."""
        chosen, table, decisions = _chosen(wanted).subquery(), tables.rescored, tables.decisions
        day = func.to_char(func.timezone(time_zone, chosen.c.submitted_at), "YYYY-MM-DD").label("day")
        query = (
            select(day)
            .where(
                ~exists().where(table.c.lead_id == chosen.c.lead_id, _is_there(wanted)),
                exists().where(
                    decisions.c.lead_id == chosen.c.lead_id, decisions.c.decided_at >= decided_since
                ),
            )
            .group_by(day)
            .order_by(day.desc())
        )
        with reading(self.engine) as connection:
            return tuple(connection.execute(query).scalars())

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
    """Leads that were genuine and of which it is known what a score is made from. One that a live run has
    not decided yet comes after its decision."""
    leads, work, facts, decisions = tables.submissions, tables.work, tables.facts, tables.decisions
    query = (
        select(work.c.lead_id, leads.c.ref, work.c.submitted_at)
        .join(leads, leads.c.id == work.c.lead_id)
        .where(
            work.c.state != "quarantined",
            or_(work.c.state.not_in(OPEN), exists().where(decisions.c.lead_id == work.c.lead_id)),
            exists().where(facts.c.lead_id == work.c.lead_id, facts.c.kind == Context.__name__),
        )
    )
    if wanted.only == "fallback":
        newest = newest_decision()
        query = query.join(newest, newest.c.lead_id == work.c.lead_id).where(
            newest.c.score_status.in_(FALLBACK), work.c.state.not_in(OPEN)
        )
    if wanted.since is not None:
        query = query.where(work.c.submitted_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(work.c.submitted_at < wanted.until)
    if wanted.sample is not None:
        query = query.order_by(func.md5(leads.c.ref)).limit(wanted.sample)
    return query


def _is_there(wanted: Wanted) -> ColumnElement[bool]:
    """Of the rows of `rescored`: those that are what is wanted."""
    table = tables.rescored
    of_rules = table.c.playbook_version == wanted.playbook_version
    if wanted.only == "fallback":
        # a change of the live rules is no reason to ask again, and what a candidate has brought no answer
        of_rules = or_(of_rules, table.c.playbook_version.in_(select(tables.decisions.c.playbook_version)))
    return and_(of_rules, table.c.scorer == wanted.scorer)


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
