"""Claude, by Anthropic's Messages API: one question, one answer that keeps to the schema.

What its refusals mean is `claude_errors.py`; whether an answer is to be believed, `decision/answer.py`.
"""

from collections.abc import Collection
from typing import Self

from pydantic import BaseModel, Field

from orchestration_project.connectors.ai.claude_errors import EFFORT, SERVICE, judge
from orchestration_project.connectors.ai.http_model import HttpModel
from orchestration_project.connectors.ai.interface import Answer, Question
from orchestration_project.connectors.base import Connection, ConnectorContext
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.settings import base_url, secret
from orchestration_project.model import JsonObject, Usage

BASE_URL = "https://api.anthropic.com"
VERSION = "2023-06-01"


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


class ClaudeModel(HttpModel):
    service = SERVICE
    ends_told_at = "platform.claude.com/docs/en/about-claude/model-deprecations"

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:  # noqa: ARG003 - it has no options
        key = secret(context, "ANTHROPIC_API_KEY", "ai: {connector: claude}")
        api = Api(
            name=SERVICE,
            base_url=base_url(context, "ANTHROPIC_BASE_URL", BASE_URL),
            client=context.http,
            headers={"x-api-key": key.get_secret_value(), "anthropic-version": VERSION},
            judge=judge,
        )
        return cls(api, model=context.ai_model, refusals=context.ai_refusals)

    def _accepts(self) -> str:
        return "Claude accepts the key."

    async def _look(self, model: str) -> None:
        if model:
            await self._api.ask(_Model, "GET", f"/v1/models/{model}")
        else:
            await self._api.send("GET", "/v1/models")

    async def _answer(self, question: Question, refused: Collection[str]) -> Answer:
        body, timeout = _body(question, refused), question.timeout_seconds
        return _read(await self._api.ask(_Message, "POST", "/v1/messages", json=body, timeout=timeout))


def _body(question: Question, refused: Collection[str]) -> JsonObject:
    """Without a temperature: models from Opus 4.7 on refuse one."""
    config: JsonObject = {"format": {"type": "json_schema", "schema": {**question.answer_schema}}}
    effort = question.reasoning_effort
    if effort is not None and EFFORT not in refused:
        config[EFFORT] = "low" if effort in ("none", "minimal") else effort  # words that it does not have
    return {
        "model": question.model,
        "max_tokens": question.most_tokens,
        "system": question.system,
        "messages": [{"role": "user", "content": question.user}],
        "output_config": config,
    }


def _read(message: _Message) -> Answer:
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
