"""Decisions: added, never changed."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, Subquery, exists, select
from sqlalchemy.dialects.postgresql import distinct_on, insert

from orchestration_project.ledger import tables
from orchestration_project.ledger.journal import ANEW, note
from orchestration_project.ledger.rows import write_mine
from orchestration_project.model import Carried, Clock, Decision, LeaseLost, Ref


@dataclass(frozen=True)
class Decisions:
    engine: Engine
    clock: Clock

    def standing(self, refs: Sequence[Ref], playbook_version: str) -> dict[Ref, Decision]:
        """What was decided under these rules of leads that came back since, because an action had to wait
        or the run died. Where a person has had the lead replayed, it is to be decided anew."""
        leads, table, told = tables.submissions, tables.decisions, tables.journal
        anew_since = exists().where(
            told.c.lead_id == table.c.lead_id, told.c.event.in_(ANEW), told.c.at >= table.c.decided_at
        )
        query = (
            select(leads.c.ref, table.c.decision)
            .join(leads, leads.c.id == table.c.lead_id)
            .where(
                leads.c.ref.in_(tuple(refs)),
                table.c.playbook_version == playbook_version,
                ~anew_since,
            )
            .order_by(table.c.id)
        )
        with self.engine.connect() as connection:
            rows = connection.execute(query).all()
        return {row.ref: Decision.model_validate(row.decision) for row in rows}

    def newest(self, refs: Sequence[Ref]) -> dict[Ref, Decision]:
        """What was decided last of each lead, as far as anything was."""
        leads, table = tables.submissions, tables.decisions
        query = (
            select(leads.c.ref, table.c.decision)
            .join(leads, leads.c.id == table.c.lead_id)
            .where(leads.c.ref.in_(tuple(refs)))
            .order_by(table.c.id)
        )
        with self.engine.connect() as connection:
            return {row.ref: Decision.model_validate(row.decision) for row in connection.execute(query)}

    def add(self, lead: Carried, decision: Decision, run_id: str) -> None:
        """One decision a lead and run: the retry of a step does not add a second. Raises LeaseLost."""
        scoring, score = decision.scoring, decision.scoring.score
        with self.engine.begin() as connection:
            # beside the state too, where `leads list` looks for it
            shown = {"score": score.value if score else None, "score_status": scoring.status.value}
            if not write_mine(connection, [lead], self.clock(), **shown):
                raise LeaseLost(lead.ref)
            added = connection.execute(
                insert(tables.decisions)
                .values(
                    lead_id=lead.lead_id,
                    run_id=run_id,
                    decided_at=decision.decided_at,
                    playbook_version=decision.playbook_version,
                    scorer=scoring.scorer,
                    model=scoring.model,
                    score_status=scoring.status.value,
                    score=score.value if score else None,
                    service=score.service if score else None,
                    track=decision.track,
                    cost_usd=scoring.usage.cost_usd,
                    decision=decision.model_dump(mode="json"),
                )
                .on_conflict_do_nothing()
                .returning(tables.decisions.c.id)
            ).first()
            if added:
                note(
                    connection,
                    [lead.lead_id],
                    at=self.clock(),
                    event="decided",
                    detail=f"{scoring.label}, track {decision.track}: {decision.why_track}",
                    run_id=run_id,
                )


def newest_decision() -> Subquery:
    """Of each lead, live."""
    decisions = tables.decisions
    return (
        select(decisions)
        .ext(distinct_on(decisions.c.lead_id))
        .order_by(decisions.c.lead_id, decisions.c.id.desc())
        .subquery("newest")
    )
