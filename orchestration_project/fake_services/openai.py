"""A stand-in for OpenAI's chat completions that makes its answers up by counting, and says so in each.

No language is understood here, so its scores are worth nothing; a scorer worth trusting without a model is
`decision/offline.py`.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from orchestration_project.fake_services.base import FakeService, Reply, Request
from orchestration_project.fake_services.openai_batches import FakeBatches
from orchestration_project.playbook.model import AiRules

KEY = "sk-stand-in"
HONEST = "Made up by the demo's stand-in for {}, which counts instead of reading: "
"""How each rationale begins."""
_LONG_MESSAGE = 25  # words
_LONG_WORD = 6  # letters; shorter ones occur everywhere
_TELLTALES = {
    "personal_tax": ("self assessment", "my tax return"),
    "job_seeker": ("my cv", "placement", "vacancy"),
    "vendor": ("firms like yours", "our agency"),
}
"""Of the sample playbook's categories: what only such a message says."""
_FENCE = re.compile(r"<submission>\n(.*?)\n</submission>", re.DOTALL)
_MASK = "[left out]"
CHARACTERS_PER_TOKEN = 4


class FakeOpenAi(FakeService):
    base_path = "/v1"

    def __init__(self) -> None:
        super().__init__()
        self.batches = FakeBatches()
        self.shutdown_date: str | None = None
        """Of its model; assumed, as such a field stands in no description."""

    def writes(self, request: Request) -> bool:
        # a question leaves nothing behind
        return super().writes(request) and request.segments[1:2] in (("files",), ("batches",))

    def handle(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return failure(401, "invalid_api_key", "Incorrect API key provided: sk-st***in.")
        match request.method, *request.segments:
            case "GET", "v1", "models":
                model = {"id": AiRules().model, "object": "model", "created": 1, "owned_by": "stand-in"}
                if self.shutdown_date:
                    model["shutdown_date"] = self.shutdown_date
                return Reply(200, {"object": "list", "data": [model]})
            case "POST", "v1", "chat", "completions":
                return self.complete(request.body)
            case _, "v1", "files" | "batches", *_:
                return self.batches.handle(request, self.complete)
            case _:
                return failure(404, "unknown_url", "Unknown request URL.")

    def complete(self, body: dict[str, Any]) -> Reply:
        system, user = (message["content"] for message in body["messages"])
        schema = body["response_format"]["json_schema"]["schema"]
        answer = answer_to(system, user, schema, "OpenAI")
        if answer is None:
            return failure(400, "invalid_value", "The stand-in answers questions about a submission only.")
        text = json.dumps(answer, ensure_ascii=False)
        tokens_in, tokens_out = (len(told) // CHARACTERS_PER_TOKEN for told in (system + user, text))
        return completion(text, model=f"{body['model']}-stand-in", tokens=(tokens_in, tokens_out))


def completion(
    content: str | None,
    *,
    model: str,
    tokens: tuple[int, int],  # of the question and of the answer
    refusal: str | None = None,
    finish_reason: str = "stop",
) -> Reply:
    body = {
        "id": "chatcmpl-stand-in",
        "object": "chat.completion",
        "created": 1_790_000_000,
        "model": model,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": content, "refusal": refusal},
                "finish_reason": finish_reason,
                "logprobs": None,
            }
        ],
        "usage": {
            "prompt_tokens": tokens[0],
            "completion_tokens": tokens[1],
            "total_tokens": sum(tokens),
        },
    }
    return Reply(200, body)


def failure(status: int, code: str | None, message: str, param: str | None = None) -> Reply:
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
    return Reply(status, {"error": error})


def answer_to(system: str, user: str, schema: Mapping[str, Any], service: str) -> dict[str, Any] | None:
    """What the stand-in for `service` answers to a question of ours; None: it is none."""
    fenced = _FENCE.search(user)
    if fenced is None:
        return None
    fields = schema["properties"]
    services = {name: _words_about(name, system) for name in fields["service"]["enum"] if name}
    answer = make_up(json.loads(fenced[1]), services, fields["category"]["enum"])
    return {**answer, "rationale": f"{HONEST.format(service)}{answer['rationale']}"}


def make_up(
    submission: Mapping[str, Any], services: Mapping[str, frozenset[str]], categories: Sequence[str]
) -> dict[str, Any]:
    """The same answer for the same submission. `services`: the words that speak for each; `categories`:
    the first one is that of an inquiry."""
    message: str = submission.get("message") or ""
    category = next((name for name in categories if _tells(message, name)), categories[0])
    words = _words(f"{message} {submission.get('asked_service') or ''}")
    service = max(services, key=lambda name: len(services[name] & words), default=None)
    if service is not None and not services[service] & words:
        service = None
    signals = {
        "words of a service occur": (3, service is not None),
        "a budget is named": (2, submission.get("budget") is not None),
        "the address is a company's": (1, not submission.get("free_mail_address")),
        "a phone number was left": (1, bool(submission.get("left_a_phone_number"))),
        "the message is long": (1, len(message.split()) >= _LONG_MESSAGE),
        "the person is known": (1, bool(submission.get("already_known_to_us"))),
        "it is no inquiry": (-6, category != categories[0]),
    }
    held = [why for why, (_points, holds) in signals.items() if holds]
    points = sum(points for points, holds in signals.values() if holds)
    return {
        "score": max(0, min(10, 2 + points)),
        "service": service,
        "category": category,
        "rationale": f"{'; '.join(held) or 'nothing that it counts'}.",
        "evidence": _quotes(message),
        "confidence": 0.1,
        "opening": "",  # it would go to a person, and made-up words do not belong there
    }


def _tells(message: str, category: str) -> bool:
    return any(words in message.casefold() for words in _TELLTALES.get(category, ()))


def _quotes(message: str) -> list[str]:
    """The first sentence that was not masked, as it stands."""
    sentences = re.split(r"(?<=[.!?])\s+", message)
    return [part.strip() for part in sentences if part.strip() and _MASK not in part][:1]


def _words_about(name: str, system: str) -> frozenset[str]:
    """Of the service's line among the instructions, `- name: title. description`."""
    line = re.search(rf"^- {re.escape(name)}: (.*)$", system, re.MULTILINE)
    return _words(f"{name} {line[1] if line else ''}")


def _words(text: str) -> frozenset[str]:
    words = re.findall(r"\w+", text.casefold().replace("_", " "))
    return frozenset(word for word in words if len(word) >= _LONG_WORD)
