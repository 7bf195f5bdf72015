"""GeminiModel and OllamaModel: the answer keeps to the schema, and every refusal is told for what it is."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy

from orchestration_project.connectors.ai.gemini import GeminiModel
from orchestration_project.connectors.ai.http_model import HttpModel
from orchestration_project.connectors.ai.interface import (
    AnswerLostError,
    ModelRateLimitedError,
    ModelTimeoutError,
)
from orchestration_project.connectors.ai.ollama import OllamaModel
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
from orchestration_project.fake_services import gemini, ollama
from orchestration_project.fake_services.base import FakeService, Reply, status
from orchestration_project.fake_services.gemini import FakeGemini
from orchestration_project.fake_services.in_memory import in_memory
from orchestration_project.fake_services.ollama import FakeOllama
from orchestration_project.model import ScoreStatus
from orchestration_project.playbook.model import Connection
from orchestration_project_tests.connectors.ai.opening import QUESTION
from orchestration_project_tests.decision.samples import PLAYBOOK, a_context

pytestmark = pytest.mark.anyio

Answering = Callable[[httpx.Request], httpx.Response]


@dataclass(frozen=True)
class Case:
    """A model's connector, its stand-in, and how the one differs from the other's."""

    name: str
    connector: type[GeminiModel | OllamaModel]
    service: type[FakeService]
    key: str
    models: tuple[str, str]  # the second refuses to be told how long to think
    effort: Callable[[Any], object]  # of a question as it was sent
    answered: Callable[..., dict[str, Any]]

    @property
    def asked(self) -> Any:
        return QUESTION.model_copy(update={"model": self.models[0]})

    def open(self, transport: httpx.AsyncBaseTransport, url: str, *, key: str | None = None) -> HttpModel:
        prefix = self.name.upper()
        given = ConnectorContext(
            client=lambda: httpx.AsyncClient(transport=transport),
            home=Path("unused"),
            database=sqlalchemy.create_engine("sqlite://"),
            clock=lambda: datetime(2026, 11, 24, tzinfo=UTC),
            environment={f"{prefix}_API_KEY": key or self.key, f"{prefix}_BASE_URL": url},
            own_domain="larkfield.example",
            ai_model=self.models[0],
        )
        return self.connector.open(Connection(connector=self.name), given)

    def scripted(self, answer: Answering) -> HttpModel:
        return self.open(httpx.MockTransport(answer), "http://127.0.0.1:9")

    def failing(self, reply: Reply) -> HttpModel:
        return self.scripted(lambda _request: httpx.Response(reply.status, json=reply.body))


GEMINI = Case(
    "gemini",
    GeminiModel,
    FakeGemini,
    gemini.KEY,
    gemini.MODELS,
    lambda body: body["generationConfig"].get("thinkingConfig"),
    gemini.generated,
)
OLLAMA = Case(
    "ollama", OllamaModel, FakeOllama, "unused", ollama.MODELS, lambda body: body.get("think"), ollama.chat
)
BOTH = pytest.mark.parametrize("case", [GEMINI, OLLAMA], ids=lambda case: case.name)


@BOTH
async def test_an_answer_is_one_that_the_decision_layer_takes(case: Case) -> None:
    service = case.service()
    model = case.open(in_memory(service), service.base_url)
    answer = await model.ask(case.asked)
    scoring = judge_answer(answer, a_context(), PLAYBOOK, model.service)
    assert scoring.status is ScoreStatus.SCORED
    assert answer.model == case.models[0]
    assert answer.usage.input_tokens > answer.usage.output_tokens > 0


@BOTH
async def test_a_model_that_refuses_an_effort_is_asked_without_it_from_then_on(case: Case) -> None:
    service = case.service()
    model = case.open(in_memory(service), service.base_url)
    older = case.asked.model_copy(update={"model": case.models[1]})
    await model.ask(older)
    await model.ask(older)
    assert [bool(case.effort(sent.body)) for sent in service.requests] == [True, False, False]


async def test_gemini_is_held_to_the_schema_and_is_sent_no_temperature() -> None:
    service = FakeGemini()
    await GEMINI.open(in_memory(service), service.base_url).ask(GEMINI.asked)
    [sent] = service.requests
    assert sent.path == "/v1beta/models/gemini-3.5-flash-lite:generateContent"
    assert sent.body["generationConfig"] == {
        "responseMimeType": "application/json",
        "responseJsonSchema": QUESTION.answer_schema,
        "maxOutputTokens": QUESTION.most_tokens,
        "candidateCount": 1,
        "thinkingConfig": {"thinkingLevel": "low"},
    }
    assert "key" not in sent.query, "it stands in a header, and so in no log of addresses"


async def test_ollama_is_held_to_the_schema_in_a_window_that_takes_the_whole_question() -> None:
    service = FakeOllama()
    model = OLLAMA.open(in_memory(service), service.base_url)
    await model.ask(OLLAMA.asked)
    long = OLLAMA.asked.model_copy(update={"user": OLLAMA.asked.user + " word" * 10_000})
    await model.ask(long)
    short, longer = service.requests
    assert short.body["format"] == QUESTION.answer_schema
    assert short.body["stream"] is False
    assert short.body["options"] == {"temperature": 0, "num_predict": QUESTION.most_tokens, "num_ctx": 8_192}
    assert longer.body["options"]["num_ctx"] == 24_576
    assert "authorization" not in short.headers or short.headers["authorization"] == "Bearer unused"


async def test_an_answer_of_ollama_costs_nothing_and_that_is_said() -> None:
    service = FakeOllama()
    model = OLLAMA.open(in_memory(service), service.base_url)
    ai = PLAYBOOK.ai.model_copy(update={"model": OLLAMA.models[0]})
    playbook = PLAYBOOK.model_copy(update={"ai": ai})
    scoring = judge_answer(await model.ask(OLLAMA.asked), a_context(), playbook, model.service)
    assert scoring.usage is not None
    assert scoring.usage.cost_usd == Decimal(0)
    assert "costs nothing" in (await model.check()).says


@pytest.mark.parametrize(
    ("case", "ended", "refusal", "cut_off"),
    [
        (GEMINI, {"finish_reason": "STOP"}, None, False),
        (GEMINI, {"finish_reason": "SAFETY"}, "SAFETY", False),
        (GEMINI, {"finish_reason": "MAX_TOKENS"}, None, True),
        (OLLAMA, {"done_reason": "stop"}, None, False),
        (OLLAMA, {"done_reason": "length"}, None, True),
    ],
)
async def test_why_it_stopped_is_told(
    case: Case, ended: dict[str, str], refusal: str | None, cut_off: bool
) -> None:
    told = case.answered("{}", **ended)
    answer = await case.scripted(lambda _request: httpx.Response(200, json=told)).ask(case.asked)
    assert (answer.refusal, answer.cut_off) == (refusal, cut_off)


async def test_a_question_that_gemini_blocks_has_no_answer_and_is_a_refusal() -> None:
    blocked = {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": {}}
    answer = await GEMINI.scripted(lambda _request: httpx.Response(200, json=blocked)).ask(GEMINI.asked)
    assert (answer.text, answer.refusal) == (None, "PROHIBITED_CONTENT")


async def test_what_gemini_thinks_is_no_part_of_the_answer_and_is_paid_for() -> None:
    told = gemini.generated('{"score": 8}')
    told["candidates"][0]["content"]["parts"].insert(0, {"text": "Hm.", "thought": True})
    told["usageMetadata"]["thoughtsTokenCount"] = 300
    answer = await GEMINI.scripted(lambda _request: httpx.Response(200, json=told)).ask(GEMINI.asked)
    assert json.loads(answer.text or "") == {"score": 8}
    assert answer.usage.output_tokens == 500


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (gemini.refused(400, "INVALID_ARGUMENT", "no", reason="API_KEY_INVALID"), CredentialError),
        (gemini.refused(403, "PERMISSION_DENIED", "no"), CredentialError),
        (gemini.refused(402, "RESOURCE_EXHAUSTED", "pay"), SetupError),
        (gemini.refused(429, "RESOURCE_EXHAUSTED", "Your prepayment credits are depleted."), SetupError),
        (gemini.refused(400, "FAILED_PRECONDITION", "User location is not supported"), SetupError),
        (gemini.refused(404, "NOT_FOUND", "models/x is not found"), SetupError),
        (
            gemini.refused(400, "INVALID_ARGUMENT", "input exceeds the maximum number of tokens allowed"),
            LeadRefusedError,
        ),
        (gemini.refused(400, "INVALID_ARGUMENT", "quoted ann@acme.example"), PermanentServiceError),
        (gemini.refused(429, "RESOURCE_EXHAUSTED", "slow down", retry_delay="60s"), ModelRateLimitedError),
        (gemini.refused(500, "INTERNAL", "oops"), TransientServiceError),
        (gemini.refused(503, "UNAVAILABLE", "The model is overloaded."), TransientServiceError),
    ],
)
async def test_each_refusal_of_gemini_is_told_for_what_it_is(reply: Reply, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        await GEMINI.failing(reply).ask(GEMINI.asked)
    assert type(caught.value) is error
    assert "ann@acme.example" not in str(caught.value)


async def test_how_long_gemini_wants_one_to_wait_stands_in_its_body() -> None:
    with pytest.raises(ModelRateLimitedError) as caught:
        await GEMINI.failing(gemini.refused(429, "RESOURCE_EXHAUSTED", "slow", retry_delay="34.5s")).ask(
            GEMINI.asked
        )
    assert caught.value.retry_after == 34.5


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (ollama.refused(401, "unauthorized"), CredentialError),
        (ollama.refused(404, "model 'qwen3:8b' not found"), SetupError),
        (ollama.refused(500, "model requires more system memory (9.1 GiB) than is available"), SetupError),
        (ollama.refused(400, "invalid format: quoted ann@acme.example"), PermanentServiceError),
        (
            ollama.refused(503, "server busy, please try again."),
            ModelRateLimitedError,
        ),
        (ollama.refused(500, "llama runner process has terminated"), TransientServiceError),
    ],
)
async def test_each_refusal_of_ollama_is_told_for_what_it_is(reply: Reply, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        await OLLAMA.failing(reply).ask(OLLAMA.asked)
    assert type(caught.value) is error
    assert "ann@acme.example" not in str(caught.value)


@BOTH
@pytest.mark.parametrize(
    ("raised", "error", "tries"),
    [
        (httpx.ConnectError, RefusedForNow, 3),
        (httpx.ReadError, AnswerLostError, 1),
        (httpx.ReadTimeout, ModelTimeoutError, 1),
    ],
)
async def test_a_lost_answer_is_told_from_a_question_that_was_never_sent(
    case: Case, raised: type[httpx.TransportError], error: type[Exception], tries: int
) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        raise raised("gone", request=request)

    with pytest.raises(error):
        await case.scripted(answer).ask(case.asked)
    assert len(asked) == tries, "what may be billed is not asked again by itself"


@BOTH
async def test_check_asks_for_the_playbooks_model(case: Case) -> None:
    service = case.service()
    health = await case.open(in_memory(service), service.base_url).check()
    assert health.ok
    told, _, until = health.says.partition(f"The model is {case.models[0]}.")
    assert told and ("deprecations" in until) is (case is GEMINI), "what is fetched stays"


async def test_a_wrong_key_of_gemini_and_a_model_that_ollama_has_not_fetched_say_what_to_do() -> None:
    google, own = FakeGemini(), FakeOllama()
    wrong = await GEMINI.open(in_memory(google), google.base_url, key="AIza-old").check()
    assert not wrong.ok
    assert "GEMINI_API_KEY" in wrong.mend
    there = OLLAMA.open(in_memory(own), own.base_url)
    own.next_answer(status(404, {"error": "model 'qwen3:8b' not found"}))
    missing = await there.check()
    assert not missing.ok
    assert "ollama pull" in missing.mend
