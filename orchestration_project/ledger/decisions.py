"""Decisions: added, never changed."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, select
from sqlalchemy.dialects.postgresql import insert

from orchestration_project.ledger import tables
from orchestration_project.ledger.journal import note
from orchestration_project.model import Clock, Decision


@dataclass(frozen=True)
class Decisions:
    engine: Engine
    clock: Clock

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
                    told = f"{score.value}/10" if score else f"no score ({scoring.status.value})"
                    note(
                        connection,
                        [lead_id],
                        at=self.clock(),
                        event="decided",
                        detail=f"{told}, track {decision.track}: {decision.why_track}",
                        run_id=run_id,
                    )
