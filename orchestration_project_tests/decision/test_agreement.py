"""A model that is asked several times: the middle answer, and how far the answers agree."""

from collections.abc import Sequence
from decimal import Decimal

import anyio
import anyio.lowlevel
import pytest

from orchestration_project.decision.agreement import agreed
from orchestration_project.decision.second_opinion import second_opinion
from orchestration_project.model import Ref, Score, ScoreStatus, Scoring, Usage
from orchestration_project_tests.decision.samples import PLAYBOOK, a_context, a_playbook


def answers(*values: int | None) -> list[Scoring]:
    """None: the model had no answer."""
    return [
        Scoring(
            ref=Ref("L-aaaaaaaaaa"),
            status=ScoreStatus.SCORED if value is not None else ScoreStatus.TIMEOUT,
            score=Score(value=value, rationale=f"for {value}", confidence=0.99)
            if value is not None
            else None,
            scorer="OpenAI",
            usage=Usage(input_tokens=10, output_tokens=1, cost_usd=Decimal("0.01")),
        )
        for value in values
    ]


def of(given: Sequence[Scoring], samples: int) -> Scoring:
    left = iter(given)

    async def ask() -> Scoring:
        return next(left)

    return anyio.run(agreed, ask, samples)


@pytest.mark.parametrize(
    ("values", "value", "confidence"),
    [
        ((8, 8, 8), 8, 1.0),
        ((9, 7, 8), 8, 1.0),
        ((9, 2, 8), 8, 0.67),
        ((10, 0, 5), 5, 0.33),
        ((8, 8, None), 8, 0.67),
        ((3, 9, 3, 9), 3, 0.5),
    ],
)
def test_the_middle_answer_counts_and_its_confidence_is_how_many_are_near(
    values: tuple[int | None, ...], value: int, confidence: float
) -> None:
    found = of(answers(*values), len(values))
    assert found.score is not None
    assert (found.score.value, found.score.confidence) == (value, confidence)
    assert found.score.rationale == f"for {value}", "of one answer, and not mixed"
    assert found.usage == Usage(
        input_tokens=10 * len(values), output_tokens=len(values), cost_usd=Decimal("0.01") * len(values)
    )


def test_one_answer_is_left_as_it_is() -> None:
    (only,) = answers(8)
    assert of([only], 1) == only


@pytest.mark.parametrize(("values", "told"), [((9, 2, 5), {"unstable"}), ((8, 8, 7), set[str]())])
def test_a_model_that_does_not_agree_with_itself_sends_the_lead_to_a_person(
    values: tuple[int, ...], told: set[str]
) -> None:
    playbook = a_playbook(ai=PLAYBOOK.ai.model_copy(update={"samples": 3}))
    doubts = second_opinion(of(answers(*values), 3), a_context(), playbook)
    assert {doubt.kind.value for doubt in doubts} & {"unstable"} == told


def test_where_all_failed_it_says_why() -> None:
    assert of(answers(None, None), 2).status is ScoreStatus.TIMEOUT


def test_where_one_answer_breaks_off_the_others_have_ended_before_it_is_told() -> None:
    ended: list[int] = []
    asked = iter(range(3))

    async def ask() -> Scoring:
        number = next(asked)
        if number == 0:
            raise RuntimeError("broken off")
        for _ in range(20):  # long after the first broke off
            await anyio.lowlevel.checkpoint()
        ended.append(number)
        return answers(5)[0]

    async def ask_and_look() -> list[int]:
        with pytest.raises(RuntimeError, match="broken off"):
            await agreed(ask, 3)
        return [*ended]

    assert anyio.run(ask_and_look) == [1, 2]
