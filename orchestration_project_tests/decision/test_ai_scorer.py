"""AiScorer over OpenAiModel over HTTP: every way it can go, as the workflow sees it."""

from collections.abc import Generator
from decimal import Decimal
from pathlib import Path

import anyio
import httpx
import pytest
import stamina
from pydantic import SecretStr

from orchestration_project.connectors.ai.interface import LanguageModel
from orchestration_project.connectors.ai.offline import NoModel
from orchestration_project.connectors.ai.openai import OpenAiModel
from orchestration_project.decision.ai_scorer import AiScorer
from orchestration_project.decision.offline import OfflineScorer
from orchestration_project.decision.prompt import build_question
from orchestration_project.decision.scorer import scorer_for
from orchestration_project.fake_services.base import Fault, silence
from orchestration_project.fake_services.openai import KEY
from orchestration_project.model import ScoreStatus, Scoring
from orchestration_project.playbook.model import Playbook
from orchestration_project_tests.decision.samples import PLAYBOOK, a_context, a_playbook
from orchestration_project_tests.fakes.openai_answers import (
    HANG_UP,
    OpenAiServer,
    answered,
    body,
    completion,
    failure,
)
from orchestration_project_tests.fakes.purse import NotedPurse


@pytest.fixture(autouse=True)
def no_waiting() -> Generator[None]:
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


@pytest.fixture
def server() -> Generator[OpenAiServer]:
    with OpenAiServer() as running:
        yield running


def score(
    server: OpenAiServer,
    *script: Fault,
    key: str = KEY,
    seconds: float = 10.0,
    purse: NotedPurse | None = None,
    playbook: Playbook = PLAYBOOK,
) -> Scoring:
    server.next_answer(*script)
    rules = playbook.ai.model_copy(update={"timeout_seconds": seconds})
    playbook = playbook.model_copy(update={"ai": rules})

    async def run() -> Scoring:
        async with httpx.AsyncClient(trust_env=False) as http:
            model: LanguageModel = OpenAiModel(http, SecretStr(key), httpx.URL(server.base_url))
            return await scorer_for(model, purse or NotedPurse()).score(a_context(), playbook)

    return anyio.run(run)


def test_a_lead_is_scored_with_its_cost(server: OpenAiServer) -> None:
    scoring = score(server)
    assert scoring.status is ScoreStatus.SCORED
    assert scoring.score is not None
    assert scoring.score.value == 8
    assert scoring.scorer == "OpenAI"
    assert scoring.usage.cost_usd == Decimal("0.00065")


def test_what_an_answer_cost_is_paid_even_if_it_is_no_score(server: OpenAiServer) -> None:
    purse = NotedPurse()
    score(server, completion("Sure! The score is 8."), purse=purse)
    ((_, usage),) = purse.paid
    assert usage.cost_usd == Decimal("0.00065")


def test_a_question_that_the_service_did_not_take_is_not_paid(server: OpenAiServer) -> None:
    purse = NotedPurse()
    score(server, *[failure(500)] * 3, purse=purse)
    assert purse.paid == []


def test_a_question_whose_answer_did_not_come_counts_with_the_most_it_can_have_cost(
    server: OpenAiServer,
) -> None:
    purse = NotedPurse()
    scoring = score(server, silence(), seconds=0.3, purse=purse)
    assert scoring.status is ScoreStatus.TIMEOUT
    ((model, usage),) = purse.paid
    asked = build_question(a_context(), PLAYBOOK)
    assert (model, usage.output_tokens) == (PLAYBOOK.ai.model, asked.most_tokens)
    assert usage.input_tokens * 3 >= len(asked.system) + len(asked.user)
    assert usage.cost_usd is not None and usage.cost_usd > Decimal("0.008"), "4,000 tokens at $2 a million"


def test_a_try_that_was_lost_is_counted_beside_the_one_that_was_answered(server: OpenAiServer) -> None:
    purse = NotedPurse()
    assert score(server, HANG_UP, purse=purse).status is ScoreStatus.SCORED
    answered_one, lost = [usage for _, usage in purse.paid]
    assert answered_one.cost_usd == Decimal("0.00065")
    assert lost.output_tokens == build_question(a_context(), PLAYBOOK).most_tokens


def test_over_the_days_limit_the_scorecard_scores_and_the_ai_is_not_asked(server: OpenAiServer) -> None:
    purse = NotedPurse()
    purse.empty = True
    scoring = score(server, purse=purse)
    by_rules = anyio.run(OfflineScorer().score, a_context(), a_playbook())
    assert server.requests == []
    assert (scoring.score, scoring.scorer) == (by_rules.score, "offline")
    assert (scoring.status, scoring.usage.cost_usd) == (ScoreStatus.OVER_BUDGET, 0)
    assert "OpenAI: was not asked" in scoring.explanation
    assert scoring.label.endswith("/10 by the scorecard")


@pytest.mark.parametrize(
    ("script", "status"),
    [
        ([completion(None, refusal="No.")], ScoreStatus.REFUSED),
        ([completion("Sure! The score is 8.")], ScoreStatus.MALFORMED),
        ([completion('{"score": 8, "ser', finish_reason="length")], ScoreStatus.MALFORMED),
        ([answered(service="crypto")], ScoreStatus.MALFORMED),
        ([answered(score=11)], ScoreStatus.OFF_SCALE),
        ([answered(evidence=["We have millions"])], ScoreStatus.UNSUPPORTED),
        ([failure(429, headers={"Retry-After": "60"})], ScoreStatus.RATE_LIMITED),
        ([failure(429)] * 3, ScoreStatus.RATE_LIMITED),
        ([failure(500)] * 3, ScoreStatus.UNAVAILABLE),
        ([failure(403)], ScoreStatus.UNAUTHORISED),
        ([failure(404, "model_not_found")], ScoreStatus.UNAUTHORISED),  # a person mends it once
        ([body("{}")], ScoreStatus.FAILED),
    ],
)
def test_what_goes_wrong_is_a_status_with_an_explanation_and_never_a_score(
    server: OpenAiServer, script: list[Fault], status: ScoreStatus
) -> None:
    """Where the playbook names a track for such leads."""
    scoring = score(server, *script)
    assert scoring.status is status
    assert scoring.score is None
    assert scoring.explanation
    assert scoring.scorer == "OpenAI"
    assert scoring.model is not None


@pytest.mark.parametrize(
    ("script", "status"),
    [
        ([failure(500)] * 3, ScoreStatus.UNAVAILABLE),
        ([failure(429, headers={"Retry-After": "60"})], ScoreStatus.RATE_LIMITED),
        ([failure(403)], ScoreStatus.UNAUTHORISED),
        ([completion(None, refusal="No.")], ScoreStatus.REFUSED),
        ([completion("Sure! The score is 8.")], ScoreStatus.MALFORMED),
    ],
)
def test_the_scorecard_decides_meanwhile_and_its_score_is_marked(
    server: OpenAiServer, script: list[Fault], status: ScoreStatus
) -> None:
    scoring = score(server, *script, playbook=a_playbook(fallback_track=None))
    by_rules = anyio.run(OfflineScorer().score, a_context(), a_playbook())
    assert (scoring.status, scoring.score, scoring.scorer) == (status, by_rules.score, "offline")
    assert "OpenAI" in scoring.explanation or status in (ScoreStatus.REFUSED, ScoreStatus.MALFORMED)
    assert scoring.label.endswith("/10 by the scorecard")


def test_an_answer_of_no_use_has_its_price_also_where_the_scorecard_decides(server: OpenAiServer) -> None:
    scoring = score(server, completion("Sure! The score is 8."), playbook=a_playbook(fallback_track=None))
    assert scoring.usage.cost_usd == Decimal("0.00065")


def test_silence_is_a_timeout(server: OpenAiServer) -> None:
    assert score(server, silence(), seconds=0.2).status is ScoreStatus.TIMEOUT


def test_a_wrong_key_is_unauthorised_and_says_what_to_renew(server: OpenAiServer) -> None:
    scoring = score(server, key="sk-old")
    assert scoring.status is ScoreStatus.UNAUTHORISED
    assert "OPENAI_API_KEY" in scoring.explanation


def test_a_rate_limit_or_an_outage_that_passes_ends_in_a_score(server: OpenAiServer) -> None:
    scoring = score(server, failure(429, headers={"Retry-After": "1"}), failure(502), answered())
    assert scoring.status is ScoreStatus.SCORED
    assert len(server.questions) == 3


def test_an_answer_in_doubt_is_kept_with_a_note(server: OpenAiServer) -> None:
    scoring = score(server, answered(evidence=["Our bookkeeper has just left", "We have millions"]))
    assert scoring.status is ScoreStatus.SCORED
    assert "1 of 2" in scoring.explanation


def test_without_a_model_the_offline_scorer_scores() -> None:
    assert isinstance(scorer_for(NoModel(), NotedPurse()), OfflineScorer)


def test_with_a_model_it_is_asked() -> None:
    model = OpenAiModel(httpx.AsyncClient(), SecretStr(KEY), httpx.URL("http://127.0.0.1:1/v1"))
    assert isinstance(scorer_for(model, NotedPurse()), AiScorer)


def test_the_decision_layer_does_not_know_dagster() -> None:
    folder = Path(__file__).resolve().parents[2] / "orchestration_project" / "decision"
    assert not [file.name for file in folder.glob("*.py") if "import dagster" in file.read_text()]
