"""OpenAI, or any server that speaks its chat completions: one question, one structured answer.

How an answer is read is `openai_answer.py`; whether it is to be believed is decided in `decision/answer.py`.
"""

import logging
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import anyio
import httpx
from pydantic import SecretStr

from orchestration_project.clock import utc_now
from orchestration_project.connectors.ai.failures import REPLAY, ParameterRefusedError
from orchestration_project.connectors.ai.interface import (
    Answer,
    AnswerLostError,
    ModelTimeoutError,
    Question,
)
from orchestration_project.connectors.ai.openai_answer import read_answer
from orchestration_project.connectors.ai.openai_errors import SERVICE, classified_errors
from orchestration_project.connectors.ai.openai_models import model_health
from orchestration_project.connectors.ai.refused import Refused
from orchestration_project.connectors.base import Connection, ConnectorContext, Health, says_what_is_wrong
from orchestration_project.connectors.retries import tries
from orchestration_project.connectors.settings import base_url, secret
from orchestration_project.errors import (
    ServiceError,
)
from orchestration_project.model import Clock, JsonObject
from orchestration_project.model.ports import RefusedParameters

if TYPE_CHECKING:
    import openai

# at DEBUG the library writes the whole question
logging.getLogger("openai").setLevel(logging.WARNING)

BASE_URL = "https://api.openai.com/v1"
CHECK_SECONDS = 10.0


class OpenAiModel:
    embedded = False
    service = SERVICE

    def __init__(
        self,
        http: httpx.AsyncClient,
        api_key: SecretStr,
        base_url: httpx.URL,
        *,
        model: str = "",  # that `check` asks for
        refusals: RefusedParameters | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self._http = http
        self._api_key = api_key
        self._base_url = base_url
        self._model = model
        self._refused = Refused(str(base_url), refusals)
        self._clock = clock

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:  # noqa: ARG003 - it has no options
        api_key = secret(context, "OPENAI_API_KEY", "ai: {connector: openai}")
        return cls(
            context.http,
            api_key,
            httpx.URL(base_url(context, "OPENAI_BASE_URL", BASE_URL)),
            model=context.ai_model,
            refusals=context.ai_refusals,
            clock=context.clock,
        )

    @says_what_is_wrong
    async def check(self) -> Health:
        """Whether the key is accepted and the playbook's model there, and until when. Costs nothing."""
        with _deadline(CHECK_SECONDS), classified_errors():
            response = await self.client.models.with_raw_response.list(timeout=CHECK_SECONDS)
        accepted = f"{self._base_url.host} accepts the key."
        return model_health(accepted, response.text, self._model, self._clock().date(), own=self._is_openai)

    async def ask(self, question: Question) -> Answer:
        lost = _Lost()
        try:
            # around every try and every wait: the lead waits no longer than this in all
            with _deadline(question.timeout_seconds):
                answer = await self._ask_without_what_it_refuses(question, lost)
        except AnswerLostError as error:
            error.lost = lost.count
            raise
        return answer.model_copy(update={"lost": lost.count})

    async def _ask_without_what_it_refuses(self, question: Question, lost: "_Lost") -> Answer:
        refused = await self._refused.by(question.model)
        while True:
            try:
                return await self._ask_patiently(question, lost)
            except ParameterRefusedError as error:
                if error.parameter in refused:
                    raise  # it was not even sent
                await self._refused.add(question.model, error.parameter)

    async def _ask_patiently(self, question: Question, lost: "_Lost") -> Answer:
        # not by the library, which waits for minutes where Retry-After asks for them
        async for attempt in tries(repeatable=True, timeout=None):
            with attempt, lost.unless_answered():
                return await self._ask(question)
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _ask(self, question: Question) -> Answer:
        with classified_errors():
            response = await self.client.chat.completions.with_raw_response.create(
                model=question.model,
                messages=[
                    {"role": "system", "content": question.system},
                    {"role": "user", "content": question.user},
                ],
                # beside the library's own parameters, through which it goes piece by piece each time
                extra_body={"response_format": _format(question), **self._extra_body(question)},
                timeout=question.timeout_seconds,
            )
        return read_answer(response.text)

    async def body(self, question: Question) -> JsonObject:
        """What is sent, for those who send it otherwise: without what the model has refused so far."""
        await self._refused.by(question.model)
        return {
            "model": question.model,
            "messages": [
                {"role": "system", "content": question.system},
                {"role": "user", "content": question.user},
            ],
            "response_format": _format(question),
            **self._extra_body(question),
        }

    @property
    def _is_openai(self) -> bool:
        return self._base_url.host.endswith("openai.com")

    def _extra_body(self, question: Question) -> JsonObject:
        optional: JsonObject = {"temperature": 0, "max_completion_tokens": question.most_tokens}
        if question.reasoning_effort is not None:
            optional["reasoning_effort"] = question.reasoning_effort
        refused = self._refused.so_far(question.model)
        body: JsonObject = {name: value for name, value in optional.items() if name not in refused}
        if self._is_openai:
            # leads are not to be kept in OpenAI's logs; compatible servers may not know the word
            body["store"] = False
            if body.get("reasoning_effort", "none") != "none":
                # while they think, they take none (developers.openai.com, deployment checklist)
                body.pop("temperature", None)
        return body

    @cached_property
    def client(self) -> "openai.AsyncOpenAI":
        import openai  # noqa: PLC0415 - a second of start-up time, not spent by those who score offline

        http: Any = self._http  # openai 3 takes a client of httpx, but is typed for its successor only
        return openai.AsyncOpenAI(
            api_key=self._api_key.get_secret_value(),
            base_url=str(self._base_url),
            http_client=http,
            max_retries=0,
        )


def _format(question: Question) -> JsonObject:
    schema: JsonObject = {"name": question.schema_name, "strict": True, "schema": {**question.answer_schema}}
    return {"type": "json_schema", "json_schema": schema}


@dataclass
class _Lost:
    """Counts the tries that were sent and got no answer."""

    count: int = 0

    @contextmanager
    def unless_answered(self) -> Generator[None]:
        self.count += 1
        try:
            yield
        except ServiceError as error:
            if not isinstance(error, AnswerLostError):
                self.count -= 1
            raise
        self.count -= 1


@contextmanager
def _deadline(seconds: float) -> Generator[None]:
    try:
        with anyio.fail_after(seconds):
            yield
    except TimeoutError:
        raise ModelTimeoutError(SERVICE, f"did not answer within {seconds:g} seconds.", REPLAY) from None
