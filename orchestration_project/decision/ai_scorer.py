"""The scorer that asks a language model. A service that fails is no error: the scorecard scores meanwhile, or
the lead has no score, as the playbook says; when the day's money is spent, the scorecard scores.

The question is built in `prompt.py` and the answer judged in `answer.py`.
"""

from orchestration_project.connectors.ai.interface import (
    AnswerLostError,
    AnswersQuestions,
    ModelRateLimitedError,
    ModelTimeoutError,
    Question,
)
from orchestration_project.decision.agreement import agreed
from orchestration_project.decision.answer import judge_answer
from orchestration_project.decision.cost import most_it_takes, priced
from orchestration_project.decision.offline import OfflineScorer
from orchestration_project.decision.prompt import build_question
from orchestration_project.decision.purse import OverDailyLimit, Purse
from orchestration_project.errors import CredentialError, PermanentServiceError, ServiceError, SetupError
from orchestration_project.model import Context, ScoreStatus, Scoring
from orchestration_project.playbook.model import Playbook


class AiScorer:
    def __init__(self, model: AnswersQuestions, purse: Purse) -> None:
        self._model = model
        self._purse = purse

    async def score(self, context: Context, playbook: Playbook) -> Scoring:
        return await agreed(lambda: self._once(context, playbook), playbook.ai.samples)

    async def _once(self, context: Context, playbook: Playbook) -> Scoring:
        question = build_question(context, playbook)
        try:
            await self._purse.open(self._model.service)
            answer = await self._model.ask(question)
        except OverDailyLimit as limit:
            return await by_the_scorecard(context, playbook, ScoreStatus.OVER_BUDGET, str(limit))
        except ServiceError as error:
            if isinstance(error, AnswerLostError):
                await self._count_as_spent(question, error.lost, playbook)
            return await without_ai(context, playbook, _status_of(error), str(error), self._model.service)
        scoring = judge_answer(answer, context, playbook, self._model.service)
        await self._purse.pay(answer.model, scoring.usage)
        await self._count_as_spent(question, answer.lost, playbook)
        if scoring.score is not None:
            return scoring
        meanwhile = await without_ai(
            context, playbook, scoring.status, scoring.explanation, self._model.service
        )
        return meanwhile.model_copy(update={"usage": scoring.usage})

    async def _count_as_spent(self, question: Question, lost: int, playbook: Playbook) -> None:
        """What was asked and got no answer is billed like the rest, as far as anybody knows: the most that it
        can have cost counts against the day's limit."""
        usage = priced(most_it_takes(question), playbook.ai.price(question.model))
        for _ in range(lost):
            await self._purse.pay(question.model, usage)


async def without_ai(
    context: Context, playbook: Playbook, status: ScoreStatus, explanation: str, service: str
) -> Scoring:
    """What a lead gets while the AI says nothing of use: the scorecard's score, marked as such, or none where
    the playbook sends such leads down a track of their own."""
    if playbook.fallback_track is None:
        return await by_the_scorecard(context, playbook, status, explanation)
    return Scoring(
        ref=context.ref,
        status=status,
        explanation=explanation,
        scorer=service,
        model=playbook.ai.model,
    )


async def by_the_scorecard(
    context: Context, playbook: Playbook, status: ScoreStatus, explanation: str
) -> Scoring:
    by_rules = await OfflineScorer().score(context, playbook)
    return by_rules.model_copy(update={"status": status, "explanation": explanation})


def _status_of(error: ServiceError) -> ScoreStatus:
    match error:
        case ModelTimeoutError():
            return ScoreStatus.TIMEOUT
        case ModelRateLimitedError():
            return ScoreStatus.RATE_LIMITED
        case CredentialError() | SetupError():
            return ScoreStatus.UNAUTHORISED
        case PermanentServiceError():
            return ScoreStatus.FAILED
        case _:
            return ScoreStatus.UNAVAILABLE
