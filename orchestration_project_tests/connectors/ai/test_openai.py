"""OpenAiModel asks a local server that speaks the real protocol: every way that can go."""

import json

import httpx
import pytest
import stamina
from stamina.instrumentation import RetryDetails, set_on_retry_hooks

from orchestration_project.connectors.ai.interface import (
    AnswerLostError,
    ModelRateLimitedError,
    ModelTimeoutError,
)
from orchestration_project.connectors.ai.openai import OpenAiModel
from orchestration_project.errors import (
    CredentialError,
    LeadRefusedError,
    PermanentServiceError,
    RefusedForNow,
    SetupError,
    TransientServiceError,
)
from orchestration_project.fake_services.base import Fault, silence
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.refusals import FORGOTTEN_AFTER
from orchestration_project_tests.connectors.ai.opening import QUESTION, open_model
from orchestration_project_tests.fakes.openai_answers import (
    HANG_UP,
    OpenAiServer,
    answered,
    body,
    completion,
    failure,
)
from orchestration_project_tests.hand_clock import HandClock

pytestmark = pytest.mark.anyio

TEMPERATURE_REFUSED = failure(
    400,
    "unsupported_value",
    param="temperature",
    message="Unsupported value: 'temperature' does not support 0 with this model.",
)


async def test_the_answer_comes_with_its_model_and_tokens(model: OpenAiModel) -> None:
    answer = await model.ask(QUESTION)
    assert answer.text is not None
    assert json.loads(answer.text)["score"] == 8
    assert answer.model == "gpt-6.1-terra-2026-10-26"
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (1_000, 200)
    assert answer.usage.cost_usd is None
    assert not answer.cut_off


async def test_a_question_goes_out_with_its_strict_schema(model: OpenAiModel, server: OpenAiServer) -> None:
    await model.ask(QUESTION)
    [request] = server.questions
    assert request.body["model"] == "gpt-6.1-terra"
    assert request.body["temperature"] == 0
    assert request.body["reasoning_effort"] == "low"
    assert request.body["max_completion_tokens"] == QUESTION.most_tokens
    assert [message["role"] for message in request.body["messages"]] == ["system", "user"]
    wanted = request.body["response_format"]["json_schema"]
    assert wanted == {"name": "lead_score", "strict": True, "schema": QUESTION.answer_schema}


async def test_a_refusal_is_told_as_one(model: OpenAiModel, server: OpenAiServer) -> None:
    server.next_answer(completion(None, refusal="I cannot help with that."))
    answer = await model.ask(QUESTION)
    assert answer.refusal == "I cannot help with that."
    assert answer.text is None


async def test_a_content_filter_counts_as_a_refusal(model: OpenAiModel, server: OpenAiServer) -> None:
    server.next_answer(completion("", finish_reason="content_filter"))
    assert (await model.ask(QUESTION)).refusal == "content filter"


async def test_an_answer_at_the_length_limit_is_cut_off(model: OpenAiModel, server: OpenAiServer) -> None:
    server.next_answer(completion('{"score": 8, "ra', finish_reason="length"))
    assert (await model.ask(QUESTION)).cut_off


def refused(parameter: str) -> Fault:
    return failure(400, "unknown_parameter", message=f"Unrecognized request argument supplied: {parameter}")


async def test_what_a_model_refuses_it_is_not_sent_again(model: OpenAiModel, server: OpenAiServer) -> None:
    server.next_answer(TEMPERATURE_REFUSED, refused("max_completion_tokens"), refused("reasoning_effort"))
    await model.ask(QUESTION)
    await model.ask(QUESTION)
    optional = ("temperature", "max_completion_tokens", "reasoning_effort")
    assert [sum(name in request.body for name in optional) for request in server.questions] == [3, 2, 1, 0, 0]


async def test_what_a_model_refuses_another_process_does_not_send_either(
    http: httpx.AsyncClient, server: OpenAiServer, ledger: Ledger, clock: HandClock
) -> None:
    server.next_answer(TEMPERATURE_REFUSED)
    for _ in range(2):
        await open_model(http, server.base_url, refusals=ledger.refusals).ask(QUESTION)
    assert ["temperature" in request.body for request in server.questions] == [True, False, False]
    other = QUESTION.model_copy(update={"model": "another"})
    await open_model(http, server.base_url, refusals=ledger.refusals).ask(other)
    assert "temperature" in server.questions[-1].body, "that is another model's own affair"
    clock.forward(seconds=FORGOTTEN_AFTER.total_seconds())
    await open_model(http, server.base_url, refusals=ledger.refusals).ask(QUESTION)
    assert "temperature" in server.questions[-1].body, "behind the name there may be another model by now"


async def test_a_lead_that_writes_of_a_temperature_changes_nothing(
    model: OpenAiModel, server: OpenAiServer
) -> None:
    quoted = failure(400, "invalid_value", param="messages", message="Invalid: the temperature in our store")
    server.next_answer(quoted)
    with pytest.raises(PermanentServiceError):
        await model.ask(QUESTION)
    await model.ask(QUESTION)
    assert "temperature" in server.questions[-1].body


async def test_a_temperature_refused_twice_is_not_tried_for_ever(
    model: OpenAiModel, server: OpenAiServer
) -> None:
    server.next_answer(*[TEMPERATURE_REFUSED] * 3)
    with pytest.raises(PermanentServiceError):
        await model.ask(QUESTION)
    assert len(server.questions) == 2


async def test_a_rate_limit_that_passes_is_waited_for(model: OpenAiModel, server: OpenAiServer) -> None:
    server.next_answer(failure(429, "rate_limit_exceeded", headers={"Retry-After": "1"}), answered())
    assert (await model.ask(QUESTION)).text
    assert len(server.questions) == 2


async def test_the_wait_is_what_retry_after_says(model: OpenAiModel, server: OpenAiServer) -> None:
    server.next_answer(failure(429, headers={"Retry-After": "0.05"}), answered())
    waits: list[float] = []

    def remember(details: RetryDetails) -> None:
        waits.append(details.wait_for)

    set_on_retry_hooks([remember])
    stamina.set_testing(False)
    try:
        await model.ask(QUESTION)
    finally:
        set_on_retry_hooks(None)
    assert waits == [0.05]


async def test_a_rate_limit_that_lasts_is_told_with_its_wait(
    model: OpenAiModel, server: OpenAiServer
) -> None:
    server.next_answer(failure(429, "rate_limit_exceeded", headers={"Retry-After": "60"}))
    with pytest.raises(ModelRateLimitedError, match="rate_limit_exceeded") as caught:
        await model.ask(QUESTION)
    assert caught.value.retry_after == 60
    assert len(server.questions) == 1


@pytest.mark.parametrize(
    "code", ["insufficient_quota", "credit_balance_exhausted", "project_spend_limit_exceeded"]
)
async def test_an_account_without_credit_is_told_to_be_topped_up(
    model: OpenAiModel, server: OpenAiServer, code: str
) -> None:
    server.next_answer(failure(429, code))
    with pytest.raises(SetupError, match="top it up"):
        await model.ask(QUESTION)
    assert len(server.questions) == 1


async def test_a_server_error_that_passes_is_tried_again(model: OpenAiModel, server: OpenAiServer) -> None:
    server.next_answer(failure(503), failure(500), answered())
    assert (await model.ask(QUESTION)).text
    assert len(server.questions) == 3


async def test_server_errors_that_last_are_transient(model: OpenAiModel, server: OpenAiServer) -> None:
    server.next_answer(*[failure(500)] * 3)
    with pytest.raises(TransientServiceError, match="500"):
        await model.ask(QUESTION)
    assert len(server.questions) == 3


async def test_silence_ends_at_the_questions_time_limit(model: OpenAiModel, server: OpenAiServer) -> None:
    server.next_answer(silence())
    with pytest.raises(ModelTimeoutError, match=r"within 0\.2 seconds") as silent:
        await model.ask(QUESTION.model_copy(update={"timeout_seconds": 0.2}))
    assert silent.value.lost == 1


async def test_what_was_sent_and_not_answered_is_counted(model: OpenAiModel, server: OpenAiServer) -> None:
    server.next_answer(HANG_UP, failure(503), HANG_UP)
    with pytest.raises(AnswerLostError, match="broke off") as broken:
        await model.ask(QUESTION)
    assert broken.value.lost == 2
    server.next_answer(HANG_UP)
    assert (await model.ask(QUESTION)).lost == 1
    server.next_answer(failure(503))
    assert (await model.ask(QUESTION)).lost == 0


async def test_a_server_that_is_not_there_is_transient(http: httpx.AsyncClient) -> None:
    with OpenAiServer() as gone:
        model = open_model(http, gone.base_url)
    with pytest.raises(RefusedForNow, match="cannot be reached"):
        await model.ask(QUESTION)


async def test_a_wrong_key_is_a_credential_to_renew(http: httpx.AsyncClient, server: OpenAiServer) -> None:
    with pytest.raises(CredentialError, match="Renew OPENAI_API_KEY") as caught:
        await open_model(http, server.base_url, key="sk-old").ask(QUESTION)
    assert "sk-" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (404, "model_not_found", SetupError),
        (400, "model_not_found", SetupError),
        (402, "payment_required", SetupError),
        (400, "context_length_exceeded", LeadRefusedError),
        (400, "content_filter", LeadRefusedError),
        (400, "invalid_value", PermanentServiceError),
    ],
)
async def test_a_model_that_is_gone_is_told_apart_from_a_question_that_is_too_long(
    model: OpenAiModel, server: OpenAiServer, status: int, code: str, kind: type[Exception]
) -> None:
    server.next_answer(failure(status, code))
    with pytest.raises(PermanentServiceError, match=code) as caught:
        await model.ask(QUESTION)
    assert type(caught.value) is kind


@pytest.mark.parametrize("status", [400, 404, 422])
async def test_a_refused_request_is_permanent_and_does_not_quote_the_question(
    model: OpenAiModel, server: OpenAiServer, status: int
) -> None:
    server.next_answer(failure(status, "bad", message="Invalid input: Our bookkeeper has just left"))
    with pytest.raises(PermanentServiceError) as caught:
        await model.ask(QUESTION)
    assert "bookkeeper" not in str(caught.value)
    assert caught.value.__suppress_context__
    assert len(server.questions) == 1


async def test_a_key_without_the_right_to_the_model_says_which_right_to_give(
    model: OpenAiModel, server: OpenAiServer
) -> None:
    server.next_answer(failure(403, "model_not_found"))
    with pytest.raises(CredentialError, match="Allow the key's project to use the model"):
        await model.ask(QUESTION)
    assert len(server.questions) == 1


@pytest.mark.parametrize("text", ["<html>", '{"model": "gpt-6.1-terra", "choices": [{"mess'])
async def test_a_200_that_is_a_web_page_or_half_an_answer_is_transient(
    model: OpenAiModel, server: OpenAiServer, text: str
) -> None:
    server.next_answer(*[body(text)] * 3)
    with pytest.raises(TransientServiceError, match="no chat completion"):
        await model.ask(QUESTION)


@pytest.mark.parametrize("text", ['{"error": {"message": "No such model"}}', '{"choices": []}', "[]"])
async def test_a_failure_inside_of_a_200_is_seen(model: OpenAiModel, server: OpenAiServer, text: str) -> None:
    server.next_answer(body(text))
    with pytest.raises(PermanentServiceError, match="no chat completion"):
        await model.ask(QUESTION)
