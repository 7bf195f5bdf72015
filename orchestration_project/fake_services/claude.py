"""A stand-in for Anthropic's Messages API, whose answers are made up as those of the one for OpenAI are.

Known from platform.claude.com (Messages, Models, Structured outputs, Errors): headers, that `max_tokens` and
`additionalProperties: false` are demanded, the shape of answers and errors. Known from reports of users: that
Haiku 4.5 refuses an effort, with these words. Assumed: the words in which the others are refused.
"""

import json
from typing import Any

from orchestration_project.fake_services.base import FakeService, Reply, Request
from orchestration_project.fake_services.openai import CHARACTERS_PER_TOKEN, answer_to

KEY = "sk-ant-stand-in"
MODELS = ("claude-haiku-5-5", "claude-haiku-4-5")
_NO_EFFORT = "claude-haiku-4-5"


class FakeClaude(FakeService):
    def __init__(self) -> None:
        super().__init__()
        self.models = [*MODELS]

    def writes(self, request: Request) -> bool:  # noqa: ARG002 - whatever is asked
        return False  # a question leaves nothing behind

    def handle(self, request: Request) -> Reply:
        if request.headers.get("x-api-key") != KEY:
            return refused(401, "authentication_error", "invalid x-api-key")
        if not request.headers.get("anthropic-version"):
            return refused(400, "invalid_request_error", "anthropic-version: header is required")
        match request.method, *request.segments:
            case "GET", "v1", "models":
                return Reply(200, {"data": [_model(name) for name in self.models], "has_more": False})
            case "GET", "v1", "models", name if name in self.models:
                return Reply(200, _model(name))
            case "POST", "v1", "messages":
                return self._answer(request.body)
            case _:
                return refused(404, "not_found_error", "Not found")

    def _answer(self, body: dict[str, Any]) -> Reply:
        if body["model"] not in self.models:
            return refused(404, "not_found_error", f"model: {body['model']}")
        if (wrong := _wrong(body)) is not None:
            return refused(400, "invalid_request_error", wrong)
        user = body["messages"][0]["content"]
        answer = answer_to(body["system"], user, body["output_config"]["format"]["schema"], "Claude")
        if answer is None:
            return refused(400, "invalid_request_error", "The stand-in answers about a submission only.")
        text = json.dumps(answer, ensure_ascii=False)
        asked, said = (len(told) // CHARACTERS_PER_TOKEN for told in (body["system"] + user, text))
        return Reply(200, message(text, model=body["model"], tokens=(asked, said)))


def _wrong(body: dict[str, Any]) -> str | None:
    config = body["output_config"]
    if "max_tokens" not in body:
        return "max_tokens: Field required"
    if "temperature" in body:
        return "`temperature` is deprecated for this model."
    if "effort" in config and body["model"] == _NO_EFFORT:
        return "This model does not support the effort parameter."
    given = config["format"]
    if given["type"] != "json_schema" or given["schema"].get("additionalProperties") is not False:
        return "output_config.format.schema: 'additionalProperties' must be explicitly set to false"
    return None


def message(
    text: str,
    *,
    model: str = MODELS[0],
    stop_reason: str = "end_turn",
    tokens: tuple[int, int] = (1_000, 200),
) -> dict[str, Any]:
    return {
        "id": "msg_stand_in",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [{"type": "text", "text": text}],
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "usage": {
            "input_tokens": tokens[0],
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": tokens[1],
        },
    }


def refused(status: int, kind: str, words: str) -> Reply:
    error = {"type": kind, "message": words}
    return Reply(status, {"type": "error", "error": error, "request_id": "req_stand_in"})


def _model(name: str) -> dict[str, Any]:
    return {"type": "model", "id": name, "display_name": name, "created_at": "2026-10-01T00:00:00Z"}
