"""The scorer that asks a language model. A service that fails makes a lead without a score, not an error;
when the day's money is spent, the scorecard scores.

The question is built in `prompt.py` and the answer judged in `answer.py`.
"""

from orchestration_project.connectors.ai.interface import (
    LanguageModel,
    ModelRateLimitedError,
    ModelTimeoutError,
)
from orchestration_project.decision.answer import judge_answer
from orchestration_project.decision.offline import OfflineScorer
from orchestration_project.decision.prompt import build_question
from orchestration_project.decision.purse import OverDailyLimit, Purse
from orchestration_project.errors import CredentialError, ServiceError
from orchestration_project.model import Context, ScoreStatus, Scoring
from orchestration_project.playbook.model import Playbook


class AiScorer:
    def __init__(self, model: LanguageModel, purse: Purse) -> None:
        self._model = model
        self._purse = purse
        self._rules = OfflineScorer()

    async def score(self, context: Context, playbook: Playbook) -> Scoring:
        question = build_question(context, playbook)
        try:
            await self._purse.open(self._model.service)
            answer = await self._model.ask(question)
        except OverDailyLimit as limit:
            by_rules = await self._rules.score(context, playbook)
            return by_rules.model_copy(update={"status": ScoreStatus.OVER_BUDGET, "explanation": str(limit)})
        except ServiceError as error:
            return Scoring(
                ref=context.ref,
                status=_status_of(error),
                explanation=str(error),
                scorer=self._model.service,
                model=question.model,
            )
        scoring = judge_answer(answer, context, playbook, self._model.service)
        await self._purse.pay(answer.model, scoring.usage)
        return scoring


def _status_of(error: ServiceError) -> ScoreStatus:
    match error:
        case ModelTimeoutError():
            return ScoreStatus.TIMEOUT
        case ModelRateLimitedError():
            return ScoreStatus.RATE_LIMITED
        case CredentialError():
            return ScoreStatus.UNAUTHORISED
        case _:
            return ScoreStatus.UNAVAILABLE
