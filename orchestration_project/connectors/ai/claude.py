"""Claude, by Anthropic's Messages API: one question, one answer that keeps to the schema.

What its refusals mean is `claude_errors.py`; whether an answer is to be believed, `decision/answer.py`.
"""

from typing import Self

import anyio
import httpx
from anyio import to_thread
from pydantic import BaseModel, Field, SecretStr

from orchestration_project.connectors.ai.claude_errors import (
    REPLAY,
    SERVICE,
    EffortRefusedError,
    in_our_words,
    judge,
)
from orchestration_project.connectors.ai.interface import Answer, ModelTimeoutError, Question
from orchestration_project.connectors.base import Connection, ConnectorContext, Health, says_what_is_wrong
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.settings import base_url, secret
from orchestration_project.model import JsonObject, Usage
from orchestration_project.model.ports import RefusedParameters

BASE_URL = "https://api.anthropic.com"
VERSION = "2023-06-01"
_EFFORT = "effort"


class _Block(BaseModel):
    type: str
    text: str = ""


class _Tokens(BaseModel):
    input_tokens: int = 0
    output_tokens: int = 0
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None


class _Message(BaseModel):
    model: str
    content: list[_Block]
    stop_reason: str | None = None
    usage: _Tokens = Field(default_factory=_Tokens)


class _Model(BaseModel):
    id: str


class ClaudeModel:
    embedded = False
    service = SERVICE

    def __init__(self, api: Api, *, model: str = "", refusals: RefusedParameters | None = None) -> None:
        self._api = api
        self._model = model  # that `check` asks for
        self._refusals = refusals
        self._without_effort: dict[str, bool] = {}  # by model, whether it takes no effort

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:  # noqa: ARG003 - it has no options
        key = secret(context, "ANTHROPIC_API_KEY", "ai: {connector: claude}")
        api = claude_api(context.http, key, base_url(context, "ANTHROPIC_BASE_URL", BASE_URL))
        return cls(api, model=context.ai_model, refusals=context.ai_refusals)

    @says_what_is_wrong
    async def check(self) -> Health:
        """Whether the key is accepted and the playbook's model there. Costs nothing."""
        path = f"/v1/models/{self._model}" if self._model else "/v1/models"
        if self._model:
            await self._api.ask(_Model, "GET", path)
        else:
            await self._api.send("GET", path)
        told = f" The model is {self._model}." if self._model else ""
        return Health(ok=True, says=f"Claude accepts the key.{told}")

    async def ask(self, question: Question) -> Answer:
        while True:
            effort = None if await self._takes_no_effort(question.model) else question.reasoning_effort
            try:
                return await self._ask(question, effort)
            except EffortRefusedError:
                if effort is None:
                    raise  # it was not even sent
                self._without_effort[question.model] = True
                if self._refusals is not None:
                    await to_thread.run_sync(self._refusals.add, self._api.base_url, question.model, _EFFORT)

    async def _ask(self, question: Question, effort: str | None) -> Answer:
        try:
            # around every try and every wait: the lead waits no longer than this in all
            with anyio.fail_after(question.timeout_seconds), in_our_words():
                message = await self._api.ask(
                    _Message,
                    "POST",
                    "/v1/messages",
                    json=_body(question, effort),
                    timeout=question.timeout_seconds,
                )
        except TimeoutError:
            told = f"did not answer within {question.timeout_seconds:g} seconds."
            raise ModelTimeoutError(SERVICE, told, REPLAY) from None
        return _answer(message)

    async def _takes_no_effort(self, model: str) -> bool:
        if model not in self._without_effort:
            known = frozenset[str]()
            if self._refusals is not None:
                known = await to_thread.run_sync(self._refusals.known, self._api.base_url, model)
            self._without_effort.setdefault(model, _EFFORT in known)
        return self._without_effort[model]


def claude_api(http: httpx.AsyncClient, key: SecretStr, url: str) -> Api:
    headers = {"x-api-key": key.get_secret_value(), "anthropic-version": VERSION}
    return Api(name=SERVICE, base_url=url, client=http, headers=headers, judge=judge)


def _body(question: Question, effort: str | None) -> JsonObject:
    """Without a temperature: models from Opus 4.7 on refuse one."""
    config: JsonObject = {"format": {"type": "json_schema", "schema": {**question.answer_schema}}}
    if effort is not None:
        config[_EFFORT] = "low" if effort in ("none", "minimal") else effort  # words that it does not have
    return {
        "model": question.model,
        "max_tokens": question.most_tokens,
        "system": question.system,
        "messages": [{"role": "user", "content": question.user}],
        "output_config": config,
    }


def _answer(message: _Message) -> Answer:
    text = "".join(block.text for block in message.content if block.type == "text")
    tokens = message.usage
    cached = (tokens.cache_creation_input_tokens or 0) + (tokens.cache_read_input_tokens or 0)
    return Answer(
        text=text or None,
        refusal="refusal" if message.stop_reason == "refusal" else None,
        model=message.model,
        usage=Usage(input_tokens=tokens.input_tokens + cached, output_tokens=tokens.output_tokens),
        cut_off=message.stop_reason in ("max_tokens", "model_context_window_exceeded"),
    )
