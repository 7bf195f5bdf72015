"""Of re-scoring: what other rules than the live ones would have decided.

Nothing is done by it; the live decisions are in `decision.py`.
"""

from typing import Annotated

from pydantic import Field

from orchestration_project.model.common import Frozen, Ref
from orchestration_project.model.decision import Decision


class Rescored(Frozen):
    """A decision that was never acted on. `attempt` counts from 0 where a lead is scored several times, to
    see how steady the scorer is."""

    decision: Decision
    scorer: str  # who was asked; where that one gave no score, the scorecard may have given it
    attempt: Annotated[int, Field(ge=0)] = 0
    seconds: float | None  # from question to answer; None: it was one of a batch

    @property
    def ref(self) -> Ref:
        return self.decision.ref
