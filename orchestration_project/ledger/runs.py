"""What came of the leads of a run, for the tags that the run carries. Refs and numbers, no people."""

from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Select, bindparam, exists, func, select

from orchestration_project.ledger import tables
from orchestration_project.ledger.journal import ANEW
from orchestration_project.ledger.part import ReadingPart
from orchestration_project.ledger.reading import reading
from orchestration_project.model import Frozen, Ref, State


class Outcome(Frozen):
    """Where a lead stands, and what was decided of it last."""

    ref: Ref
    state: State
    track: str | None = None
    score: int | None = None
    playbook_version: str | None = None  # under which that was decided


_MANY = TypeAdapter(tuple[Outcome, ...])


def _outcomes() -> Select[Any, Any, Any, Any, Any]:
    work, leads, decisions, told = tables.work, tables.submissions, tables.decisions, tables.journal
    anew_since = exists().where(
        told.c.lead_id == decisions.c.lead_id,
        told.c.event.in_(ANEW),
        told.c.at >= decisions.c.decided_at,
    )
    newest = (
        select(decisions.c.track, decisions.c.score, decisions.c.playbook_version)
        .where(decisions.c.lead_id == work.c.lead_id, ~anew_since)
        .order_by(decisions.c.id.desc())
        .limit(1)
        .lateral("newest")
    )
    return (
        select(leads.c.ref, work.c.state, newest.c.track, newest.c.score, newest.c.playbook_version)
        .select_from(work)
        .join(leads, leads.c.id == work.c.lead_id)
        .outerjoin(newest, newest.c.track.is_not(None))
        .where(work.c.run_id == bindparam("run_id"))
        .order_by(work.c.lead_id)
    )


_OUTCOMES = _outcomes()
_SIZE = select(func.count()).select_from(tables.work).where(tables.work.c.run_id == bindparam("run_id"))
"""Built once: each run asks them, and to build them takes longer than to ask."""


class Runs(ReadingPart):
    def outcomes(self, run_id: str) -> tuple[Outcome, ...]:
        """Of the leads that the run has taken and no other since, in the order in which they came."""
        with reading(self.engine) as connection:
            rows = connection.execute(_OUTCOMES, {"run_id": run_id}).mappings().all()
        return _MANY.validate_python(rows)

    def size(self, run_id: str) -> int:
        """How many leads the run took, wherever they stand by now."""
        with reading(self.engine) as connection:
            return connection.execute(_SIZE, {"run_id": run_id}).scalar_one()
