"""A stand-in for Mailchimp: one audience with its members and their tags.

A member that unsubscribed stays so whatever `status_if_new` says, as in the real one.
"""

import base64
import hashlib
from typing import Any

from orchestration_project.fake_services.base import FakeService, Reply, Request

KEY = "standin-us21"
AUDIENCE = "a1b2c3d4e5"


class FakeMailchimp(FakeService):
    base_path = "/3.0"

    def __init__(self) -> None:
        super().__init__()
        self.members: dict[str, dict[str, Any]] = {}

    def member(self, email: str) -> dict[str, Any]:
        return self.members[_key(email)]

    def add(self, email: str, status: str = "subscribed", **merge_fields: str) -> None:
        self.members[_key(email)] = {
            "id": _key(email),
            "email_address": email,
            "status": status,
            "merge_fields": {"FNAME": "", "LNAME": "", **merge_fields},
            "tags": [],
        }

    def handle(self, request: Request) -> Reply:  # noqa: PLR0911 - a table of routes
        expected = base64.b64encode(f"leads:{KEY}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {expected}":
            return Reply(
                401, {"title": "API Key Invalid", "status": 401, "detail": "Your API key may be invalid."}
            )
        match request.method, *request.segments[1:]:
            case "GET", "lists", str(audience) if audience == AUDIENCE:
                return Reply(200, {"id": AUDIENCE, "name": "Newsletter"})
            case "GET", "lists", str(audience), "members", key if (
                audience == AUDIENCE and key in self.members
            ):
                return Reply(200, self.members[key])
            case "PUT", "lists", str(audience), "members", key if audience == AUDIENCE:
                return self._put(key, request.body)
            case "POST", "lists", _, "members", key, "actions", "delete-permanent" if key in self.members:
                del self.members[key]
                return Reply(204)
            case "POST", "lists", _, "members", key, "tags" if key in self.members:
                names = {tag["name"] for tag in self.members[key]["tags"]}
                names |= {tag["name"] for tag in request.body["tags"] if tag["status"] == "active"}
                self.members[key]["tags"] = [{"id": 1, "name": name} for name in sorted(names)]
                return Reply(204)
            case _:
                return Reply(404, {"title": "Resource Not Found", "status": 404, "detail": "Not found."})

    def _put(self, key: str, body: dict[str, Any]) -> Reply:
        if _key(body["email_address"]) != key:
            return Reply(
                400, {"title": "Invalid Resource", "status": 400, "detail": "hash and address differ"}
            )
        if key not in self.members:
            self.add(body["email_address"], body["status_if_new"])
        self.members[key]["merge_fields"] |= body.get("merge_fields", {})
        return Reply(200, self.members[key])


def _key(email: str) -> str:
    return hashlib.md5(email.lower().encode(errors="replace"), usedforsecurity=False).hexdigest()
