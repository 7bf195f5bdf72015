"""How sure a model's score is: it is asked several times, and its confidence is how far its answers agree.

What a model says of its own confidence means little; whether it says the same again can be counted. How often
it is asked is `samples` in the playbook, what low agreement leads to `second_opinion.py`'s.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal

from orchestration_project.model import ScoreStatus, Scoring, Usage

NEAR = 1
"""Points by which two answers may differ and still agree."""


async def agreed(ask: Callable[[], Awaitable[Scoring]], samples: int) -> Scoring:
    """Asked side by side: the middle one of the answers, with the share of those near to it as its confidence
    and what all of them cost. Answers that failed do not agree; where all failed it is the first."""
    if samples == 1:
        return await ask()
    answers = await _all_of(ask, samples)
    usage = _together([answer.usage for answer in answers])
    scored = sorted(
        (answer.score.value, number)
        for number, answer in enumerate(answers)
        if answer.status is ScoreStatus.SCORED and answer.score is not None
    )
    if not scored:
        return answers[0].model_copy(update={"usage": usage})
    middle, number = scored[(len(scored) - 1) // 2]
    near = sum(abs(value - middle) <= NEAR for value, _ in scored)
    chosen = answers[number]
    score = chosen.score
    said = ", ".join(str(value) for value, _ in scored)
    return chosen.model_copy(
        update={
            "usage": usage,
            "score": score.model_copy(update={"confidence": round(near / samples, 2)}) if score else None,
            "explanation": f"Asked {samples} times, it gave {said}. {chosen.explanation}".strip(),
        }
    )


async def _all_of(ask: Callable[[], Awaitable[Scoring]], samples: int) -> list[Scoring]:
    """One that raises leaves none behind: the others are paid for, and nobody would wait for them."""
    told = await asyncio.gather(*(ask() for _ in range(samples)), return_exceptions=True)
    for each in told:
        if isinstance(each, BaseException):
            raise each
    return [each for each in told if not isinstance(each, BaseException)]


def _together(usages: Sequence[Usage]) -> Usage:
    costs = [usage.cost_usd for usage in usages]
    return Usage(
        input_tokens=sum(usage.input_tokens for usage in usages),
        output_tokens=sum(usage.output_tokens for usage in usages),
        cost_usd=None if None in costs else sum((cost for cost in costs if cost is not None), Decimal(0)),
    )
