"""What a scorer is, and which one a connector gets. One module a scorer.

What a score leads to is decided in `route.py`.
"""

from typing import Protocol

from orchestration_project.connectors.ai.interface import LanguageModel
from orchestration_project.connectors.ai.offline import NoModel
from orchestration_project.decision.ai_scorer import AiScorer
from orchestration_project.decision.offline import OfflineScorer
from orchestration_project.decision.purse import Purse
from orchestration_project.model import Context, Scoring
from orchestration_project.playbook.model import Playbook


class Scorer(Protocol):
    """Who gives a lead its score."""

    async def score(self, context: Context, playbook: Playbook) -> Scoring:
        """A score, or the status that says why there is none. Never raises for a service that fails."""
        ...


def scorer_for(model: LanguageModel, purse: Purse) -> Scorer:
    """The offline scorer where no model is connected, else the one that asks it as far as the purse goes."""
    return OfflineScorer() if isinstance(model, NoModel) else AiScorer(model, purse)
