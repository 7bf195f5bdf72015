"""A server on this machine that speaks the protocol of OpenAI's chat completions, as far as we use it.

What it answers next is scripted by the test; what it was asked is kept in `requests`.
"""

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from orchestration_project.model import JsonObject

KEY = "sk-test-key"
REPLY: JsonObject = {
    "score": 8,
    "service": "bookkeeping",
    "category": "inquiry",
    "rationale": "A company of twelve with a date and a need we serve.",
    "evidence": ["Our bookkeeper has just left"],
    "confidence": 0.8,
    "opening": "Thank you for writing to us.",
}


@dataclass(frozen=True)
class Reply:
    """One answer: a status with its body, and headers besides."""

    status: int
    body: str
    headers: dict[str, str] = field(default_factory=dict[str, str])


class Silence:
    """No answer until the test is over."""


class HangUp:
    """The connection ends instead of an answer."""


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: Any


def completion(
    content: str | None,
    *,
    refusal: str | None = None,
    finish_reason: str = "stop",
    model: str = "gpt-6.1-terra",
) -> Reply:
    body = {
        "id": "chatcmpl-1",
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
        "usage": {"prompt_tokens": 1_000, "completion_tokens": 200, "total_tokens": 1_200},
    }
    return Reply(200, json.dumps(body))


def answered(**changes: Any) -> Reply:
    """A good answer, with what the test wants different."""
    return completion(json.dumps({**REPLY, **changes}), model="gpt-6.1-terra-2026-10-26")


def failure(
    status: int,
    code: str | None = None,
    *,
    message: str = "No.",
    param: str | None = None,
    headers: dict[str, str] | None = None,
) -> Reply:
    error = {"message": message, "type": "some_error", "param": param, "code": code}
    return Reply(status, json.dumps({"error": error}), headers or {})


class OpenAiServer:
    """Answers from `script` in order, and with a good answer once that is used up. A wrong key gets 401,
    as from the real one."""

    def __init__(self) -> None:
        self.script: list[Reply | Silence | HangUp] = []
        self.shutdown_date: str | None = None
        self.requests: list[Request] = []
        self.base_url = ""
        self.test_is_over = threading.Event()

    @property
    def asked(self) -> list[Request]:
        return [request for request in self.requests if request.path == "/v1/chat/completions"]

    def reply_to(self, request: Request) -> Reply | Silence | HangUp:
        self.requests.append(request)
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return failure(401, "invalid_api_key", message="Incorrect API key provided: sk-te***ey.")
        match request.method, request.path:
            case "POST", "/v1/chat/completions":
                return self.script.pop(0) if self.script else answered()
            case "GET", "/v1/models":
                model = {"id": "gpt-6.1-terra", "object": "model", "created": 1, "owned_by": "system"}
                models = [model | {"shutdown_date": self.shutdown_date}]
                return Reply(200, json.dumps({"object": "list", "data": models}))
            case _:
                return failure(404, "unknown_url")


@contextmanager
def openai_server() -> Generator[OpenAiServer]:
    server = OpenAiServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def _answer(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = json.loads(raw) if raw else None
            reply = server.reply_to(Request(self.command, self.path, headers, body))
            if isinstance(reply, Silence):
                server.test_is_over.wait(timeout=30)
                self.close_connection = True
                return
            if isinstance(reply, HangUp):
                self.close_connection = True
                return
            data = reply.body.encode()
            self.send_response(reply.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
            """Silent: a test prints nothing."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    server.base_url = f"http://127.0.0.1:{http.server_port}/v1"
    try:
        yield server
    finally:
        server.test_is_over.set()
        http.shutdown()
        http.server_close()
        thread.join()
