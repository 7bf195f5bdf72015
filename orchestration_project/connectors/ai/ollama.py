"""Ollama, a model on a machine of one's own: one question, one answer that keeps to the schema, for nothing.

Whether an answer is to be believed is decided in `decision/answer.py`.
"""

from collections.abc import Collection
from decimal import Decimal
from http import HTTPStatus
from typing import Self

from pydantic import BaseModel, JsonValue

from orchestration_project.connectors.ai.failures import NO_SCHEMA, REPLAY, ParameterRefusedError
from orchestration_project.connectors.ai.http_model import HttpModel
from orchestration_project.connectors.ai.interface import Answer, Question
from orchestration_project.connectors.base import Connection, ConnectorContext
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.http_status import is_transient
from orchestration_project.connectors.settings import base_url
from orchestration_project.errors import (
    CredentialError,
    PermanentServiceError,
    RefusedForNow,
    ServiceError,
    SetupError,
)
from orchestration_project.model import JsonObject, Usage

SERVICE = "Ollama"
BASE_URL = "http://127.0.0.1:11434"
THINK = "think"
_LEVELS: dict[str, JsonValue] = {"none": False, "minimal": False, "xhigh": "high", "max": "high"}
_NOT_THERE = "Fetch it with `ollama pull`, or name one of `ollama list` as `model` in playbook.yaml."
_MEMORY = "Give the machine more memory, or name a smaller `model` under `ai` in playbook.yaml."
_KEY = "Set OLLAMA_API_KEY, which only Ollama's own cloud and some proxies want."
_BYTES_A_TOKEN = 3
_WINDOW = 8_192
"""Tokens. Beyond its window it forgets the beginning of a question in silence, and its own may be as small as
4,096. In steps, since a model is loaded anew for another window."""


class _Said(BaseModel):
    content: str = ""


class _Chat(BaseModel):
    model: str
    message: _Said
    done_reason: str = ""
    prompt_eval_count: int = 0
    eval_count: int = 0


class OllamaModel(HttpModel):
    service = SERVICE

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:  # noqa: ARG003 - it has no options
        key = context.environment.get("OLLAMA_API_KEY", "").strip()
        api = Api(
            name=SERVICE,
            base_url=base_url(context, "OLLAMA_BASE_URL", BASE_URL),
            client=context.http,
            headers={"Authorization": f"Bearer {key}"} if key else {},
            judge=judge,
        )
        return cls(api, model=context.ai_model, refusals=context.ai_refusals)

    def _accepts(self) -> str:
        return f"Ollama answers at {self._api.base_url}; what it is asked costs nothing."

    async def _look(self, model: str) -> None:
        if model:
            await self._api.send("POST", "/api/show", json={"model": model}, repeatable=True)
        else:
            await self._api.send("GET", "/api/version")

    async def _answer(self, question: Question, refused: Collection[str]) -> Answer:
        body, timeout = _body(question, refused), question.timeout_seconds
        chat = await self._api.ask(_Chat, "POST", "/api/chat", json=body, timeout=timeout)
        return Answer(
            text=chat.message.content or None,
            model=chat.model,
            usage=Usage(
                input_tokens=chat.prompt_eval_count, output_tokens=chat.eval_count, cost_usd=Decimal(0)
            ),
            cut_off=chat.done_reason == "length",
        )


def _body(question: Question, refused: Collection[str]) -> JsonObject:
    read = len((question.system + question.user).encode()) // _BYTES_A_TOKEN
    window = -(-(read + question.most_tokens) // _WINDOW) * _WINDOW
    body: JsonObject = {
        "model": question.model,
        "messages": [
            {"role": "system", "content": question.system},
            {"role": "user", "content": question.user},
        ],
        "stream": False,
        "format": {**question.answer_schema},
        "options": {"temperature": 0, "num_predict": question.most_tokens, "num_ctx": window},
    }
    if (effort := question.reasoning_effort) is not None and THINK not in refused:
        body[THINK] = _LEVELS.get(effort, effort)
    return body


def judge(status: int, body: JsonValue) -> ServiceError | None:
    """Its words are looked at only: they may quote the question."""
    words = body.get("error") if isinstance(body, dict) else None
    if status < HTTPStatus.BAD_REQUEST or not isinstance(words, str):
        return None
    return _refused(status, words.casefold())


def _refused(status: int, said: str) -> ServiceError | None:
    told = f"answered {status}."
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return CredentialError(SERVICE, told, _KEY)
    if status == HTTPStatus.NOT_FOUND:
        return SetupError(SERVICE, "does not have the model.", _NOT_THERE)
    if "more system memory" in said:
        return SetupError(SERVICE, "does not have the memory for the model.", _MEMORY)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return RefusedForNow(SERVICE, told, REPLAY, answered=True)  # its queue is full
    if "does not support thinking" in said or "think value" in said:
        return ParameterRefusedError(SERVICE, told, THINK)
    return None if is_transient(status) else PermanentServiceError(SERVICE, told, NO_SCHEMA)
