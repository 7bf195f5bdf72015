"""ClaudeModel: the answer keeps to the schema, and every refusal is told for what it is."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import sqlalchemy

from orchestration_project.connectors.ai.claude import ClaudeModel
from orchestration_project.connectors.ai.interface import (
    AnswerLostError,
    ModelRateLimitedError,
    ModelTimeoutError,
)
from orchestration_project.connectors.base import ConnectorContext
from orchestration_project.decision.answer import judge_answer
from orchestration_project.errors import (
    CredentialError,
    LeadRefusedError,
    PermanentServiceError,
    RefusedForNow,
    SetupError,
    TransientServiceError,
)
from orchestration_project.fake_services.claude import KEY, FakeClaude, message
from orchestration_project.fake_services.in_memory import in_memory
from orchestration_project.model import JsonObject, ScoreStatus
from orchestration_project.playbook.model import Connection
from orchestration_project_tests.connectors.ai.opening import QUESTION
from orchestration_project_tests.decision.samples import PLAYBOOK, a_context

pytestmark = pytest.mark.anyio

ASKED = QUESTION.model_copy(update={"model": "claude-haiku-5-5"})
Answering = Callable[[httpx.Request], httpx.Response]


def open_claude(transport: httpx.AsyncBaseTransport, url: str, key: str = KEY) -> ClaudeModel:
    given = ConnectorContext(
        client=lambda: httpx.AsyncClient(transport=transport),
        home=Path("unused"),
        database=sqlalchemy.create_engine("sqlite://"),
        clock=lambda: datetime(2026, 11, 24, tzinfo=UTC),
        environment={"ANTHROPIC_API_KEY": key, "ANTHROPIC_BASE_URL": url},
        own_domain="larkfield.example",
        ai_model=ASKED.model,
    )
    return ClaudeModel.open(Connection(connector="claude"), given)


def scripted(answer: Answering) -> ClaudeModel:
    return open_claude(httpx.MockTransport(answer), "https://api.anthropic.com")


def failing(status: int, kind: str, words: str, **details: str) -> ClaudeModel:
    error: JsonObject = {"type": kind, "message": words, "details": {**details}}
    return scripted(lambda _request: httpx.Response(status, json={"type": "error", "error": error}))


@pytest.fixture
def service() -> FakeClaude:
    return FakeClaude()


@pytest.fixture
def model(service: FakeClaude) -> ClaudeModel:
    return open_claude(in_memory(service), service.base_url)


async def test_an_answer_is_one_that_the_decision_layer_takes(model: ClaudeModel) -> None:
    answer = await model.ask(ASKED)
    scoring = judge_answer(answer, a_context(), PLAYBOOK, model.service)
    assert scoring.status is ScoreStatus.SCORED
    assert answer.model == "claude-haiku-5-5"
    assert answer.usage.input_tokens > answer.usage.output_tokens > 0


async def test_the_schema_is_enforced_by_the_service(model: ClaudeModel, service: FakeClaude) -> None:
    await model.ask(ASKED)
    [request] = service.requests
    assert request.body["output_config"] == {
        "format": {"type": "json_schema", "schema": ASKED.answer_schema},
        "effort": "low",
    }
    assert request.body["max_tokens"] == ASKED.most_tokens
    assert "temperature" not in request.body


async def test_a_model_without_effort_is_asked_without_it_from_then_on(
    model: ClaudeModel, service: FakeClaude
) -> None:
    older = ASKED.model_copy(update={"model": "claude-haiku-4-5"})
    await model.ask(older)
    await model.ask(older)
    assert ["effort" in request.body["output_config"] for request in service.requests] == [True, False, False]


@pytest.mark.parametrize(
    ("stop_reason", "refusal", "cut_off"),
    [("end_turn", None, False), ("refusal", "refusal", False), ("max_tokens", None, True)],
)
async def test_why_it_stopped_is_told(stop_reason: str, refusal: str | None, cut_off: bool) -> None:
    model = scripted(lambda _request: httpx.Response(200, json=message("{}", stop_reason=stop_reason)))
    answer = await model.ask(ASKED)
    assert (answer.refusal, answer.cut_off) == (refusal, cut_off)


async def test_what_it_thinks_is_no_part_of_the_answer_and_cached_tokens_count() -> None:
    told = message('{"score": 8}')
    told["content"].insert(0, {"type": "thinking", "thinking": "Hm."})
    told["usage"]["cache_read_input_tokens"] = 500
    answer = await scripted(lambda _request: httpx.Response(200, json=told)).ask(ASKED)
    assert json.loads(answer.text or "") == {"score": 8}
    assert answer.usage.input_tokens == 1_500


@pytest.mark.parametrize(
    ("status", "kind", "words", "error"),
    [
        (401, "authentication_error", "invalid x-api-key", CredentialError),
        (403, "permission_error", "no", CredentialError),
        (402, "billing_error", "pay", SetupError),
        (400, "invalid_request_error", "Your credit balance is too low to access the API.", SetupError),
        (400, "invalid_request_error", "You have reached your specified API usage limits.", SetupError),
        (404, "not_found_error", "model: claude-0", SetupError),
        (413, "request_too_large", "Request exceeds the maximum size", LeadRefusedError),
        (400, "invalid_request_error", "prompt is too long: 300000 tokens", LeadRefusedError),
        (400, "invalid_request_error", "messages: quoted ann@acme.example", PermanentServiceError),
        (429, "rate_limit_error", "slow down", ModelRateLimitedError),
        (529, "overloaded_error", "Overloaded", ModelRateLimitedError),
        (500, "api_error", "Internal server error", TransientServiceError),
    ],
)
async def test_each_refusal_is_told_for_what_it_is(
    status: int, kind: str, words: str, error: type[Exception]
) -> None:
    with pytest.raises(error) as caught:
        await failing(status, kind, words).ask(ASKED)
    assert type(caught.value) is error
    assert "ann@acme.example" not in str(caught.value)


async def test_a_limit_on_what_may_be_spent_does_not_pass_by_itself() -> None:
    model = failing(429, "rate_limit_error", "limit", error_code="enforced_spend_limit_reached")
    with pytest.raises(SetupError, match="spending limit"):
        await model.ask(ASKED)


@pytest.mark.parametrize(
    ("raised", "error", "billed"),
    [
        (httpx.ConnectError, RefusedForNow, False),
        (httpx.ReadError, AnswerLostError, True),
        (httpx.ReadTimeout, ModelTimeoutError, True),
    ],
)
async def test_a_lost_answer_is_told_from_a_question_that_was_never_sent(
    raised: type[httpx.TransportError], error: type[Exception], billed: bool
) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        raise raised("gone", request=request)

    with pytest.raises(error) as caught:
        await scripted(answer).ask(ASKED)
    assert isinstance(caught.value, AnswerLostError) is billed
    assert len(asked) == (1 if billed else 3), "what may be billed is not asked again by itself"


async def test_check_asks_for_the_playbooks_model(model: ClaudeModel, service: FakeClaude) -> None:
    health = await model.check()
    assert health.ok and "model-deprecations says" in health.says
    assert service.requests[-1].path == "/v1/models/claude-haiku-5-5"
    wrong = await open_claude(in_memory(service), service.base_url, key="sk-ant-old").check()
    assert not wrong.ok
    assert "ANTHROPIC_API_KEY" in wrong.mend
