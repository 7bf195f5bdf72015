"""A stand-in for Slack's Web API: one workspace with one channel, and an app that is in it.

As with the real one, most failures come inside a 200.
"""

import itertools
import time
from dataclasses import dataclass, field
from typing import Any, ClassVar

from orchestration_project.fake_services.base import FakeService, Fault, Reply, Request, inside_200

TOKEN = "xoxb-demo-token"
CHANNEL = "C0DEMO1234"


def refused(error: str) -> Fault:
    """The way in which Slack says no."""
    return inside_200({"ok": False, "error": error})


@dataclass(frozen=True)
class Message:
    ts: str
    text: str
    metadata: dict[str, Any] = field(default_factory=dict[str, Any])
    sent: dict[str, Any] = field(default_factory=dict[str, Any])  # the whole request


class SlackService(FakeService):
    base_path: ClassVar[str] = "/api"

    def __init__(self) -> None:
        super().__init__()
        self.token = TOKEN
        self.scopes = "chat:write,channels:history"
        self.is_member = True
        self.messages: list[Message] = []
        self._numbers = itertools.count(1)

    @property
    def environment(self) -> dict[str, str]:
        return {"SLACK_TOKEN": TOKEN, "SLACK_BASE_URL": self.base_url}

    def say(self, text: str, at: float | None = None, **metadata: Any) -> Message:
        """Somebody writes in the channel."""
        seconds = int(time.time() if at is None else at)
        message = Message(f"{seconds}.{next(self._numbers):06}", text, metadata)
        self.messages.append(message)
        return message

    def failure_inside(self) -> Reply:
        return _no("internal_error")

    def handle(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return _no("token_revoked" if not self.token else "invalid_auth")
        match request.method, *request.segments:
            case "POST", "api", "chat.postMessage":
                reply = self._post(request.body)
            case "POST", "api", "chat.delete":
                reply = self._delete(request.body["ts"])
            case "POST", "api", "auth.test":
                reply = Reply(body={"ok": True, "team": "Larkfield", "user": "leads"})
            case "GET", "api", "conversations.history":
                reply = self._history(request)
            case "GET", "api", "chat.getPermalink":
                reply = self._permalink(request)
            case _:
                reply = _no("unknown_method")
        return Reply(reply.status, reply.body, {"X-OAuth-Scopes": self.scopes})

    def _post(self, body: dict[str, Any]) -> Reply:
        if body["channel"] != CHANNEL:
            return _no("channel_not_found")
        if not self.is_member:
            return _no("not_in_channel")
        if "chat:write" not in self.scopes:
            return Reply(body={"ok": False, "error": "missing_scope", "needed": "chat:write"})
        message = Message(
            f"{int(time.time())}.{next(self._numbers):06}", body["text"], body.get("metadata", {}), body
        )
        self.messages.append(message)
        shown = {"type": "message", "ts": message.ts, "text": message.text}
        return Reply(body={"ok": True, "channel": CHANNEL, "ts": message.ts, "message": shown})

    def _delete(self, ts: str) -> Reply:
        if not any(message.ts == ts for message in self.messages):
            return _no("message_not_found")
        self.messages = [message for message in self.messages if message.ts != ts]
        return Reply(body={"ok": True, "channel": CHANNEL, "ts": ts})

    def _history(self, request: Request) -> Reply:
        if request.param("channel") != CHANNEL:
            return _no("channel_not_found")
        if not self.is_member:
            return _no("not_in_channel")
        oldest = float(request.param("oldest", "0"))
        found = [message for message in reversed(self.messages) if float(message.ts) >= oldest]
        start, limit = int(request.param("cursor", "0")), int(request.param("limit", "100"))
        with_metadata = request.param("include_all_metadata") == "true"
        shown = [
            {
                "type": "message",
                "ts": message.ts,
                "text": message.text,
                **({"metadata": message.metadata} if with_metadata and message.metadata else {}),
            }
            for message in found[start : start + limit]
        ]
        has_more = len(found) > start + limit
        more = {"response_metadata": {"next_cursor": str(start + limit)}} if has_more else {}
        return Reply(body={"ok": True, "messages": shown, "has_more": has_more, **more})

    def _permalink(self, request: Request) -> Reply:
        ts = request.param("message_ts")
        if not any(message.ts == ts for message in self.messages):
            return _no("message_not_found")
        link = f"https://demo.slack.com/archives/{CHANNEL}/p{ts.replace('.', '')}"
        return Reply(body={"ok": True, "channel": CHANNEL, "permalink": link})


def _no(error: str) -> Reply:
    return Reply(body={"ok": False, "error": error})
