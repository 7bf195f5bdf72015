"""Scorers whose mind is known: for what is asked of any scorer. They keep what they were asked."""

from collections.abc import Callable, Iterator

import anyio
import anyio.lowlevel

from orchestration_project.model import Context, Ref, Score, ScoreStatus, Scoring
from orchestration_project.playbook.model import Playbook
from orchestration_project_tests.decision.samples import a_context


def contexts(count: int, message: str = "We need payroll for a team of twenty.") -> list[Context]:
    return [a_context(ref=Ref(f"L-{number:010}"), message=message) for number in range(count)]


class Thinks:
    """Gives the score that a function of the lead says, and quotes what is handed in."""

    def __init__(self, value: Callable[[Context], int | None], quotes: tuple[str, ...] = ()) -> None:
        self._value = value
        self._quotes = quotes
        self.asked: list[Context] = []
        self.open = 0
        self.most_open = 0

    async def score(self, context: Context, playbook: Playbook) -> Scoring:
        self.asked.append(context)
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        await anyio.lowlevel.checkpoint()
        self.open -= 1
        value = self._value(context)
        if value is None:
            return Scoring(ref=context.ref, status=ScoreStatus.UNAVAILABLE, scorer="test")
        found = tuple(quote for quote in self._quotes if quote.casefold() in context.lead.message.casefold())
        score = Score(value=value, rationale="Because.", evidence=found, confidence=0.5)
        return Scoring(ref=context.ref, status=ScoreStatus.SCORED, score=score, scorer="test")


class Forgetful:
    """Gives each lead the next of its scores each time it is asked."""

    def __init__(self, **scores: tuple[int, ...]) -> None:
        self._scores: dict[str, Iterator[int]] = {ref: iter(values) for ref, values in scores.items()}

    async def score(self, context: Context, playbook: Playbook) -> Scoring:
        score = Score(value=next(self._scores[context.ref]), rationale="Because.", confidence=0.5)
        return Scoring(ref=context.ref, status=ScoreStatus.SCORED, score=score, scorer="test")
