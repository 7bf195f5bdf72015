"""Gemini, by Google's generateContent: one question, one answer that keeps to the schema.

What its refusals mean is `gemini_errors.py`; whether an answer is to be believed, `decision/answer.py`.
"""

from collections.abc import Collection
from typing import Self
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from orchestration_project.connectors.ai.gemini_errors import LEVEL, SERVICE, judge
from orchestration_project.connectors.ai.http_model import HttpModel
from orchestration_project.connectors.ai.interface import Answer, Question
from orchestration_project.connectors.base import Connection, ConnectorContext
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.settings import base_url, secret
from orchestration_project.model import JsonObject, Usage

BASE_URL = "https://generativelanguage.googleapis.com"
_LEVELS = {"none": "minimal", "xhigh": "high", "max": "high"}
"""Efforts that it has another word for, or none."""


class _Camel(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)


class _Part(_Camel):
    text: str = ""
    thought: bool = False


class _Content(_Camel):
    parts: list[_Part] = Field(default_factory=list[_Part])


class _Candidate(_Camel):
    content: _Content = Field(default_factory=_Content)
    finish_reason: str = ""


class _Feedback(_Camel):
    block_reason: str | None = None


class _Tokens(_Camel):
    prompt_token_count: int = 0
    candidates_token_count: int = 0
    thoughts_token_count: int = 0


class _Generated(_Camel):
    candidates: list[_Candidate] = Field(default_factory=list[_Candidate])
    prompt_feedback: _Feedback = Field(default_factory=_Feedback)
    usage_metadata: _Tokens = Field(default_factory=_Tokens)
    model_version: str = ""


class _Model(_Camel):
    name: str


class GeminiModel(HttpModel):
    service = SERVICE
    ends_told_at = "ai.google.dev/gemini-api/docs/deprecations"

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:  # noqa: ARG003 - it has no options
        key = secret(context, "GEMINI_API_KEY", "ai: {connector: gemini}")
        api = Api(
            name=SERVICE,
            base_url=base_url(context, "GEMINI_BASE_URL", BASE_URL),
            client=context.http,
            headers={"x-goog-api-key": key.get_secret_value()},
            judge=judge,
        )
        return cls(api, model=context.ai_model, refusals=context.ai_refusals)

    def _accepts(self) -> str:
        return "Gemini accepts the key."

    async def _look(self, model: str) -> None:
        if model:
            await self._api.ask(_Model, "GET", _path(model))
        else:
            await self._api.send("GET", "/v1beta/models", params={"pageSize": 1})

    async def _answer(self, question: Question, refused: Collection[str]) -> Answer:
        path, body = f"{_path(question.model)}:generateContent", _body(question, refused)
        timeout = question.timeout_seconds
        generated = await self._api.ask(_Generated, "POST", path, json=body, timeout=timeout)
        return _read(generated, question.model)


def _path(model: str) -> str:
    return f"/v1beta/models/{quote(model, safe='')}"


def _body(question: Question, refused: Collection[str]) -> JsonObject:
    """Without a temperature: Google advises against one from Gemini 3 on."""
    config: JsonObject = {
        "responseMimeType": "application/json",
        "responseJsonSchema": {**question.answer_schema},
        "maxOutputTokens": question.most_tokens,
        "candidateCount": 1,
    }
    if (effort := question.reasoning_effort) is not None and LEVEL not in refused:
        config["thinkingConfig"] = {LEVEL: _LEVELS.get(effort, effort)}
    return {
        "systemInstruction": {"parts": [{"text": question.system}]},
        "contents": [{"role": "user", "parts": [{"text": question.user}]}],
        "generationConfig": config,
    }


def _read(generated: _Generated, model: str) -> Answer:
    """None is given only where something is wrong with the question; else one, and why it ended."""
    given = generated.candidates[0] if generated.candidates else _Candidate()
    text = "".join(part.text for part in given.content.parts if not part.thought)
    ended = given.finish_reason if given.finish_reason not in ("", "STOP", "MAX_TOKENS") else None
    tokens = generated.usage_metadata
    return Answer(
        text=text or None,
        refusal=generated.prompt_feedback.block_reason or ended,
        model=generated.model_version or model,
        usage=Usage(
            input_tokens=tokens.prompt_token_count,
            output_tokens=tokens.candidates_token_count + tokens.thoughts_token_count,
        ),
        cut_off=given.finish_reason == "MAX_TOKENS",
    )
