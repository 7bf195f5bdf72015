"""A stand-in for Google's Gemini API, whose answers are made up as those of the one for OpenAI are.

Known from ai.google.dev (generateContent, Models, Structured outputs, Troubleshooting): header, the shape of
a question, an answer and an error, `API_KEY_INVALID` under a 400, a blocked question without any candidate.
Known from reports of users: the words in which a thinking level is refused. Assumed: which model takes one.
"""

import json
from typing import Any

from orchestration_project.fake_services.base import FakeService, Reply, Request
from orchestration_project.fake_services.openai import CHARACTERS_PER_TOKEN, answer_to

KEY = "AIza-stand-in"
MODELS = ("gemini-3.5-flash-lite", "gemini-2.5-flash")
_WITHOUT_LEVELS = "gemini-2.5-flash"


class FakeGemini(FakeService):
    def writes(self, request: Request) -> bool:  # noqa: ARG002 - whatever is asked
        return False  # a question leaves nothing behind

    def handle(self, request: Request) -> Reply:
        if request.headers.get("x-goog-api-key") != KEY:
            return refused(400, "INVALID_ARGUMENT", "API key not valid.", reason="API_KEY_INVALID")
        match request.method, *request.segments:
            case "GET", "v1beta", "models":
                return Reply(200, {"models": [{"name": f"models/{name}"} for name in MODELS]})
            case "GET", "v1beta", "models", name if name in MODELS:
                return Reply(200, {"name": f"models/{name}", "displayName": name})
            case "POST", "v1beta", "models", str(asked) if asked.endswith(":generateContent"):
                return self._answer(asked.removesuffix(":generateContent"), request.body)
            case _:
                return refused(404, "NOT_FOUND", "Requested entity was not found.")

    def _answer(self, model: str, body: dict[str, Any]) -> Reply:
        if model not in MODELS:
            return refused(404, "NOT_FOUND", f"models/{model} is not found for API version v1beta.")
        config = body["generationConfig"]
        if "thinkingConfig" in config and model == _WITHOUT_LEVELS:
            return refused(400, "INVALID_ARGUMENT", "Thinking level is not supported for this model.")
        if config.get("responseMimeType") != "application/json":
            words = "Unsupported response mime type with a response schema."
            return refused(400, "INVALID_ARGUMENT", words)
        system, user = (
            "".join(part["text"] for part in content["parts"])
            for content in (body["systemInstruction"], *body["contents"])
        )
        answer = answer_to(system, user, config["responseJsonSchema"], "Gemini")
        if answer is None:
            return refused(400, "INVALID_ARGUMENT", "The stand-in answers about a submission only.")
        text = json.dumps(answer, ensure_ascii=False)
        asked, said = (len(told) // CHARACTERS_PER_TOKEN for told in (system + user, text))
        return Reply(200, generated(text, model=model, tokens=(asked, said)))


def generated(
    text: str, *, model: str = MODELS[0], finish_reason: str = "STOP", tokens: tuple[int, int] = (1_000, 200)
) -> dict[str, Any]:
    return {
        "candidates": [
            {
                "content": {"parts": [{"text": text}], "role": "model"},
                "finishReason": finish_reason,
                "index": 0,
            }
        ],
        "usageMetadata": {
            "promptTokenCount": tokens[0],
            "candidatesTokenCount": tokens[1],
            "totalTokenCount": sum(tokens),
        },
        "modelVersion": model,
        "responseId": "stand-in",
    }


def refused(status: int, kind: str, words: str, *, reason: str = "", retry_delay: str = "") -> Reply:
    details: list[dict[str, Any]] = []
    if reason:
        details.append({"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason})
    if retry_delay:
        details.append({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": retry_delay})
    error = {"code": status, "message": words, "status": kind, "details": details}
    return Reply(status, {"error": error})
