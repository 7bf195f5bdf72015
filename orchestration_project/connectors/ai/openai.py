"""OpenAI, or any server that speaks its chat completions: one question, one structured answer.

Whether the answer is to be believed is decided in `decision/answer.py`.
"""

import logging
from collections.abc import Generator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import anyio
import httpx
import stamina
from pydantic import BaseModel, Field, SecretStr, ValidationError

from orchestration_project.connectors.ai.interface import (
    Answer,
    ModelTimeoutError,
    Question,
)
from orchestration_project.connectors.ai.openai_errors import (
    REPLAY,
    SERVICE,
    TemperatureRefusedError,
    classified_errors,
)
from orchestration_project.connectors.base import Connection, ConnectorContext, Health
from orchestration_project.connectors.http import wait_before_retry
from orchestration_project.connectors.settings import base_url, secret
from orchestration_project.errors import (
    PermanentServiceError,
    ServiceError,
    TransientServiceError,
)
from orchestration_project.model import JsonObject, Usage

if TYPE_CHECKING:
    import openai

# at DEBUG the library writes the whole question
logging.getLogger("openai").setLevel(logging.WARNING)

BASE_URL = "https://api.openai.com/v1"
ATTEMPTS = 3
CHECK_SECONDS = 10.0


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Tokens(BaseModel):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _Completion(BaseModel):
    """What we read of a chat completion. The library would take any JSON with status 200 for one."""

    model: str
    choices: list[_Choice] = Field(min_length=1)
    usage: _Tokens | None = None


class OpenAiModel:
    embedded = False
    service = SERVICE

    def __init__(self, http: httpx.AsyncClient, api_key: SecretStr, base_url: httpx.URL) -> None:
        self._http = http
        self._api_key = api_key
        self._base_url = base_url
        self._without_temperature: set[str] = set()  # models that take only their own

    @classmethod
    def open(cls, connection: Connection, given: ConnectorContext) -> Self:  # noqa: ARG003 - it has no options
        api_key = secret(given, "OPENAI_API_KEY", "ai: {connector: openai}")
        return cls(given.http, api_key, httpx.URL(base_url(given, "OPENAI_BASE_URL", BASE_URL)))

    async def check(self) -> Health:
        try:
            with _deadline(CHECK_SECONDS), classified_errors():
                await self._client.models.with_raw_response.list(timeout=CHECK_SECONDS)
        except ServiceError as error:
            return Health(ok=False, says=error.said, mend=error.mend)
        return Health(ok=True, says=f"{self._base_url.host} accepts the key.")

    async def ask(self, question: Question) -> Answer:
        # around every try and every wait: the lead waits no longer than this in all
        with _deadline(question.timeout_seconds):
            try:
                return await self._ask_patiently(question)
            except TemperatureRefusedError:
                self._without_temperature.add(question.model)
                return await self._ask_patiently(question)

    async def _ask_patiently(self, question: Question) -> Answer:
        # not by the library, which waits for minutes where Retry-After asks for them
        attempts = stamina.retry_context(
            on=lambda error: wait_before_retry(error, repeatable=True),
            attempts=ATTEMPTS,
            timeout=None,
            wait_initial=0.3,
            wait_max=3.0,
        )
        async for attempt in attempts:
            with attempt:
                return await self._ask(question)
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _ask(self, question: Question) -> Answer:
        with classified_errors():
            response = await self._client.chat.completions.with_raw_response.create(
                model=question.model,
                messages=[
                    {"role": "system", "content": question.system},
                    {"role": "user", "content": question.user},
                ],
                response_format={
                    "type": "json_schema",
                    "json_schema": {
                        "name": question.schema_name,
                        "strict": True,
                        "schema": dict[str, object](question.answer_schema),
                    },
                },
                extra_body=self._extra_body(question.model),
                timeout=question.timeout_seconds,
            )
        return _answer(response.text)

    def _extra_body(self, model: str) -> JsonObject:
        body: JsonObject = {}
        if model not in self._without_temperature:
            body["temperature"] = 0
        if self._base_url.host.endswith("openai.com"):
            # leads are not to be kept in OpenAI's logs; compatible servers may not know the word
            body["store"] = False
        return body

    @cached_property
    def _client(self) -> "openai.AsyncOpenAI":
        import openai  # noqa: PLC0415 - a second of start-up time, not spent by those who score offline

        http: Any = self._http  # openai 3 takes a client of httpx, but is typed for its successor only
        return openai.AsyncOpenAI(
            api_key=self._api_key.get_secret_value(),
            base_url=str(self._base_url),
            http_client=http,
            max_retries=0,
        )


def _answer(text: str) -> Answer:
    try:
        completion = _Completion.model_validate_json(text)
    except ValidationError as error:
        # a proxy's page or a cut line will pass, another schema will not
        is_json = error.errors(include_input=False)[0]["type"] != "json_invalid"
        kind = PermanentServiceError if is_json else TransientServiceError
        told = "answered with something that is no chat completion."
        # without its cause, which quotes the answer
        raise kind(SERVICE, told, "Check OPENAI_BASE_URL.") from None
    choice = completion.choices[0]
    filtered = choice.finish_reason == "content_filter"
    tokens = completion.usage or _Tokens()
    return Answer(
        text=choice.message.content,
        refusal=choice.message.refusal or ("content filter" if filtered else None),
        model=completion.model,
        usage=Usage(input_tokens=tokens.prompt_tokens, output_tokens=tokens.completion_tokens),
        cut_off=choice.finish_reason == "length",
    )


@contextmanager
def _deadline(seconds: float) -> Generator[None]:
    try:
        with anyio.fail_after(seconds):
            yield
    except TimeoutError:
        raise ModelTimeoutError(SERVICE, f"did not answer within {seconds:g} seconds.", REPLAY) from None
