"""Decisions: added, never changed."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, exists, select
from sqlalchemy.dialects.postgresql import insert

from orchestration_project.ledger import tables
from orchestration_project.ledger.journal import REPLAYED, note
from orchestration_project.model import Clock, Decision, Ref, ScoreStatus, Scoring


@dataclass(frozen=True)
class Decisions:
    engine: Engine
    clock: Clock

    def scored_before(self, refs: Sequence[Ref], playbook_version: str) -> dict[Ref, Scoring]:
        """The scores of leads that were decided under these rules already and came back, since an action
        failed or the run died. Where a person has had the lead replayed, it is to be scored anew."""
        leads, table, told = tables.submissions, tables.decisions, tables.journal
        replayed_since = exists().where(
            told.c.lead_id == table.c.lead_id, told.c.event == REPLAYED, told.c.at >= table.c.decided_at
        )
        query = (
            select(leads.c.ref, table.c.decision)
            .join(leads, leads.c.id == table.c.lead_id)
            .where(
                leads.c.ref.in_(tuple(refs)),
                table.c.playbook_version == playbook_version,
                table.c.score_status == ScoreStatus.SCORED.value,
                ~replayed_since,
            )
            .order_by(table.c.id)
        )
        with self.engine.connect() as connection:
            rows = connection.execute(query).all()
        return {row.ref: Decision.model_validate(row.decision).scoring for row in rows}

    def add(self, decisions: Sequence[Decision], run_id: str) -> None:
        """One decision a lead and run: the retry of a step does not add a second."""
        leads = tables.submissions
        with self.engine.begin() as connection:
            for decision in decisions:
                scoring = decision.scoring
                score = scoring.score
                lead_id = connection.execute(
                    select(leads.c.id).where(leads.c.ref == decision.ref)
                ).scalar_one()
                added = connection.execute(
                    insert(tables.decisions)
                    .values(
                        lead_id=lead_id,
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
                        [lead_id],
                        at=self.clock(),
                        event="decided",
                        detail=f"{scoring.label}, track {decision.track}: {decision.why_track}",
                        run_id=run_id,
                    )
