"""A stand-in for a local Ollama, whose answers are made up as those of the one for OpenAI are.

Known from docs.ollama.com (chat, show, version, structured outputs, thinking, context length): the shape of a
question and an answer, `format` with a schema, that a window which is too small cuts off. Known from reports
of users: the words in which thinking is refused. Assumed: which model thinks; that the beginning is cut off.
"""

import json
from typing import Any

from orchestration_project.fake_services.base import FakeService, Reply, Request
from orchestration_project.fake_services.openai import CHARACTERS_PER_TOKEN, answer_to

MODELS = ("qwen3:8b", "llama3.1:8b")
_WITHOUT_THINKING = "llama3.1:8b"
_OWN_WINDOW = 4_096


class FakeOllama(FakeService):
    def writes(self, request: Request) -> bool:  # noqa: ARG002 - whatever is asked
        return False  # a question leaves nothing behind

    def handle(self, request: Request) -> Reply:
        match request.method, *request.segments:
            case "GET", "api", "version":
                return Reply(200, {"version": "0.30.10"})
            case "POST", "api", "show" | "chat" if request.body["model"] not in MODELS:
                return refused(404, f"model '{request.body['model']}' not found")
            case "POST", "api", "show":
                return Reply(200, {"capabilities": ["completion"], "details": {"family": "stand-in"}})
            case "POST", "api", "chat":
                return self._answer(request.body)
            case _:
                return Reply(404, "404 page not found")

    def _answer(self, body: dict[str, Any]) -> Reply:
        if body.get("think") and body["model"] == _WITHOUT_THINKING:
            return refused(400, f'"{body["model"]}" does not support thinking')
        system, user = (message["content"] for message in body["messages"])
        options = body.get("options", {})
        window = options.get("num_ctx", _OWN_WINDOW)
        read = system + user
        asked = len(read) // CHARACTERS_PER_TOKEN
        if asked > window:
            # in silence the beginning is forgotten, and with it the instructions
            system, user = "", read[-window * CHARACTERS_PER_TOKEN :]
        answer = answer_to(system, user, body["format"], "Ollama")
        text = "{}" if answer is None else json.dumps(answer, ensure_ascii=False)
        tokens = (min(asked, window), len(text) // CHARACTERS_PER_TOKEN)
        return Reply(200, chat(text, model=body["model"], tokens=tokens))


def chat(
    text: str, *, model: str = MODELS[0], done_reason: str = "stop", tokens: tuple[int, int] = (1_000, 200)
) -> dict[str, Any]:
    return {
        "model": model,
        "created_at": "2026-11-24T09:30:00Z",
        "message": {"role": "assistant", "content": text},
        "done": True,
        "done_reason": done_reason,
        "total_duration": 1,
        "prompt_eval_count": tokens[0],
        "eval_count": tokens[1],
    }


def refused(status: int, words: str) -> Reply:
    return Reply(status, {"error": words})
