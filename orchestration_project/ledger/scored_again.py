"""Leads that the scorecard scored while the AI was not to be heard, and what the AI has said of them since.

Asking it is `history/rescoring/`; nothing acts on the answer until a person replays the lead.
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from orchestration_project.ledger import tables
from orchestration_project.ledger.decisions import newest_decision
from orchestration_project.ledger.journal import note
from orchestration_project.ledger.part import Part
from orchestration_project.ledger.reading import reading
from orchestration_project.model import FALLBACK, Frozen, Ref


class WouldMove(Frozen):
    ref: Ref
    track: str  # that it has
    would: str  # take, by what the AI says


class ScoredAgain(Part):
    def tell(self, refs: Sequence[Ref]) -> None:
        """Writes into their stories what re-scoring has just found of them."""
        leads, table, newest, now = tables.submissions, tables.rescored, newest_decision(), self.clock()
        query = (
            select(table.c.lead_id, table.c.score, table.c.model, table.c.track, newest.c.track.label("has"))
            .join(leads, leads.c.id == table.c.lead_id)
            .join(newest, newest.c.lead_id == table.c.lead_id)
            .where(leads.c.ref.in_(refs), table.c.attempt == 0)
            .order_by(table.c.lead_id, table.c.id.desc())
            .ext(distinct_on(table.c.lead_id))
        )
        with self.engine.begin() as connection:
            for row in connection.execute(query).all():
                would = "the same track" if row.track == row.has else f"{row.track}, and it went to {row.has}"
                score = f"{row.score}/10" if row.score is not None else "no score"
                detail = f"{score} by {row.model or 'the scorecard'}: {would}. Nothing was done by it."
                note(connection, [row.lead_id], at=now, event="scored again", detail=detail)

    def would_move(self, limit: int) -> tuple[WouldMove, ...]:
        """Those that would take another track by what the AI has said since, the newest first. Who was
        replayed after that is no longer among them."""
        leads, table, newest = tables.submissions, tables.rescored, newest_decision()
        query = (
            select(leads.c.ref, newest.c.track, table.c.track.label("would"))
            .select_from(table)
            .join(leads, leads.c.id == table.c.lead_id)
            .join(newest, newest.c.lead_id == table.c.lead_id)
            .where(
                newest.c.score_status.in_(FALLBACK),
                # what live rules have found, and no candidate
                table.c.playbook_version.in_(select(tables.decisions.c.playbook_version)),
                table.c.attempt == 0,
                table.c.score_status == "scored",
                table.c.scorer != "offline",
                table.c.decided_at > newest.c.decided_at,
                table.c.track != newest.c.track,
            )
            .order_by(table.c.id.desc())
            .limit(limit)
        )
        with reading(self.engine) as connection:
            return tuple(WouldMove.model_validate(dict(row)) for row in connection.execute(query).mappings())
