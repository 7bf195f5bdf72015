"""The files and batches of an OpenAI account in memory: questions handed in by the file, answered later.

Who asks, and how one question is answered, is `openai.py`.
"""

import json
from collections.abc import Callable
from email import message_from_bytes
from email.message import Message
from email.policy import default
from itertools import count
from typing import Any

from orchestration_project.fake_services.base import Reply, Request

Complete = Callable[[dict[str, Any]], Reply]
_MADE = 1_790_000_000


class FakeBatches:
    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []
        """The custom ids of all questions that were handed in."""
        self.looks = 1
        """So often a batch is looked at before it is done."""
        self.ends_as = "completed"
        """Or `expired`: then the last half of its questions has no answer."""
        self._ids = count(1)
        self._looks: dict[str, int] = {}

    def handle(self, request: Request, complete: Complete) -> Reply:  # noqa: PLR0911 - a table of routes
        match request.method, *request.segments:
            case "POST", "v1", "files":
                return self._upload(request)
            case "GET", "v1", "files", name, "content" if name in self.files:
                return Reply(200, self.files[name])
            case "DELETE", "v1", "files", name if name in self.files:
                del self.files[name]
                return Reply(200, {"id": name, "object": "file", "deleted": True})
            case "POST", "v1", "batches":
                return self._create(request.body)
            case "GET", "v1", "batches":
                found = list(self.batches.values())[::-1]
                return Reply(200, {"object": "list", "data": found, "has_more": False})
            case "GET", "v1", "batches", name if name in self.batches:
                return Reply(200, self._looked_at(self.batches[name], complete))
            case _:
                says = {"message": "No such object.", "type": "invalid_request_error", "param": None}
                return Reply(404, {"error": {**says, "code": "not_found"}})

    def _upload(self, request: Request) -> Reply:
        head = f"Content-Type: {request.headers['content-type']}\n\n".encode()
        parts = message_from_bytes(head + request.raw, policy=default).iter_parts()
        by_name = {part.get_param("name", header="content-disposition"): _content(part) for part in parts}
        content, purpose = by_name["file"], by_name["purpose"].decode()
        name = self._keep(content)
        told = {"id": name, "object": "file", "bytes": len(content), "created_at": _MADE, "purpose": purpose}
        return Reply(200, {**told, "filename": "questions.jsonl", "status": "processed"})

    def _create(self, body: dict[str, Any]) -> Reply:
        questions = self._questions(body["input_file_id"])
        self.asked += [each["custom_id"] for each in questions]
        batch: dict[str, Any] = {
            **body,
            "id": f"batch_{next(self._ids)}",
            "object": "batch",
            "status": "validating",
            "created_at": _MADE,
            "request_counts": {"total": len(questions), "completed": 0, "failed": 0},
        }
        self._looks[batch["id"]] = self.looks
        self.batches[batch["id"]] = batch
        return Reply(200, batch)

    def _looked_at(self, batch: dict[str, Any], complete: Complete) -> dict[str, Any]:
        self._looks[batch["id"]] -= 1
        if self._looks[batch["id"]] >= 0:
            batch["status"] = "in_progress"
        elif batch["status"] == "in_progress":
            questions = self._questions(batch["input_file_id"])
            answered = questions if self.ends_as == "completed" else questions[: len(questions) // 2]
            lines = [self._line(each, complete(each["body"])) for each in answered]
            batch["status"] = self.ends_as
            batch["output_file_id"] = self._keep("\n".join(lines).encode())
            batch["request_counts"]["completed"] = len(lines)
        return batch

    def _line(self, question: dict[str, Any], reply: Reply) -> str:
        response = {"status_code": reply.status, "request_id": "req", "body": reply.body}
        return json.dumps(
            {"id": "line", "custom_id": question["custom_id"], "response": response, "error": None}
        )

    def _questions(self, file: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.files[file].splitlines()]

    def _keep(self, content: bytes) -> str:
        name = f"file-{next(self._ids)}"
        self.files[name] = content
        return name


def _content(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""
