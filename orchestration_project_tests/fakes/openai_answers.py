"""The stand-in for OpenAI with a good answer of the tests' own, and what else it may be told to answer.

What OpenAI's answers look like is said in `fake_services/openai.py`.
"""

import json
from dataclasses import replace
from typing import Any

from orchestration_project.fake_services import openai
from orchestration_project.fake_services.base import Fault, Request
from orchestration_project.fake_services.server import Reply
from orchestration_project.model import JsonObject

REPLY: JsonObject = {
    "score": 8,
    "service": "bookkeeping",
    "category": "inquiry",
    "rationale": "A company of twelve with a date and a need we serve.",
    "evidence": ["Our bookkeeper has just left"],
    "confidence": 0.8,
    "opening": "Thank you for writing to us.",
}
HANG_UP = Fault(hang_up=True)


class OpenAiServer(openai.FakeOpenAi):
    """Answers as `next_answer` has it, and with a good answer once that is used up."""

    def complete(self, body: dict[str, Any]) -> Reply:
        return good()

    @property
    def questions(self) -> list[Request]:
        return self.asked("POST /v1/chat/completions")


def good(**changes: Any) -> Reply:
    """A good answer, with what the test wants different."""
    return _completion(json.dumps({**REPLY, **changes}), model="gpt-6.1-terra-2026-10-26")


def answered(**changes: Any) -> Fault:
    return Fault(good(**changes))


def completion(content: str | None, *, refusal: str | None = None, finish_reason: str = "stop") -> Fault:
    return Fault(_completion(content, refusal=refusal, finish_reason=finish_reason))


def _completion(content: str | None, *, model: str = "gpt-6.1-terra", **told: Any) -> Reply:
    return openai.completion(content, model=model, tokens=(1_000, 200), **told)


def failure(
    status: int,
    code: str | None = None,
    *,
    message: str = "No.",
    param: str | None = None,
    headers: dict[str, str] | None = None,
) -> Fault:
    return Fault(replace(openai.failure(status, code, message, param), headers=headers or {}))


def body(text: str) -> Fault:
    """A 200 with that instead of JSON of the right shape."""
    return Fault(Reply(200, text.encode()))
