"""A stand-in for Mailchimp: one audience with its members and their tags.

Known (mailchimp.com/developer, and its own description): the six states of a member; `status_if_new` is for
new ones only; a required field refuses a member unless `skip_merge_validation`; who was deleted for good,
unsubscribed or bounced is refused with the titles used here; `since_last_changed`, `sort_field`, `count` and
`offset` of the members' list; a member can be unsubscribed by PATCH. Assumed: setting `status` takes an
archived or transactional member in at once.
"""

import base64
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from orchestration_project.fake_services.base import FakeService, Reply, Request

KEY = "standin-us21"
AUDIENCE = "a1b2c3d4e5"


class FakeMailchimp(FakeService):
    base_path = "/3.0"

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__()
        self.clock = clock
        self.members: dict[str, dict[str, Any]] = {}
        self.required: set[str] = set()
        """Fields that the audience wants of every new member."""

    def member(self, email: str) -> dict[str, Any]:
        return self.members[_key(email)]

    def add(self, email: str, status: str = "subscribed", **merge_fields: str) -> None:
        self.members[_key(email)] = {
            "id": _key(email),
            "email_address": email,
            "status": status,
            "merge_fields": {"FNAME": "", "LNAME": "", **merge_fields},
            "tags": [],
            "last_changed": self._now(),
        }

    def change(self, email: str, status: str = "", **merge_fields: str) -> None:
        """The person unsubscribes, or somebody edits them in Mailchimp."""
        member = self.member(email)
        member["status"] = status or member["status"]
        member["merge_fields"] |= merge_fields
        member["last_changed"] = self._now()

    def delete(self, email: str) -> None:
        del self.members[_key(email)]

    def _now(self) -> str:
        return self.clock().astimezone(UTC).isoformat(timespec="seconds")

    def handle(self, request: Request) -> Reply:  # noqa: PLR0911 - a table of routes
        expected = base64.b64encode(f"leads:{KEY}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {expected}":
            return Reply(
                401, {"title": "API Key Invalid", "status": 401, "detail": "Your API key may be invalid."}
            )
        match request.method, *request.segments[1:]:
            case "GET", "lists", str(audience) if audience == AUDIENCE:
                return Reply(200, {"id": AUDIENCE, "name": "Newsletter"})
            case "GET", "lists", str(audience), "members" if audience == AUDIENCE:
                return self._list(request)
            case "PATCH", "lists", _, "members", key if key in self.members:
                return self._patch(self.members[key], request.body)
            case "GET", "lists", str(audience), "members", key if (
                audience == AUDIENCE and key in self.members
            ):
                return Reply(200, self.members[key])
            case "PUT", "lists", str(audience), "members", key if audience == AUDIENCE:
                return self._put(key, request.body, request.param("skip_merge_validation"))
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

    def _list(self, request: Request) -> Reply:
        since = datetime.fromisoformat(request.param("since_last_changed"))
        found = [one for one in self.members.values() if datetime.fromisoformat(one["last_changed"]) > since]
        found.sort(key=lambda one: one["last_changed"])
        start = int(request.param("offset", "0"))
        return Reply(200, {"members": found[start : start + int(request.param("count", "10"))]})

    def _patch(self, member: dict[str, Any], body: dict[str, Any]) -> Reply:
        if member["status"] == "cleaned" and "status" in body:
            return Reply(400, {"title": "Member In Compliance State", "status": 400, "detail": "No."})
        member |= {"status": body.get("status", member["status"]), "last_changed": self._now()}
        member["merge_fields"] |= body.get("merge_fields", {})
        return Reply(200, member)

    def _put(self, key: str, body: dict[str, Any], skips: str) -> Reply:
        if _key(body["email_address"]) != key:
            return Reply(
                400, {"title": "Invalid Resource", "status": 400, "detail": "hash and address differ"}
            )
        there = self.members.get(key)
        lacking = [name for name in self.required if not body.get("merge_fields", {}).get(name)]
        if there is None and lacking and skips != "true":
            wanted = [{"field": name, "message": "Please enter a value"} for name in lacking]
            problem = {
                "title": "Invalid Resource",
                "status": 400,
                "detail": "Your merge fields were invalid.",
            }
            return Reply(400, {**problem, "errors": wanted})
        if there is None:
            self.add(body["email_address"], body["status_if_new"])
        elif "status" in body and there["status"] in ("unsubscribed", "cleaned"):
            return Reply(400, {"title": "Member In Compliance State", "status": 400, "detail": "No."})
        elif "status" in body:
            there["status"] = body["status"]
        self.members[key]["merge_fields"] |= body.get("merge_fields", {})
        self.members[key]["last_changed"] = self._now()
        return Reply(200, self.members[key])


def _key(email: str) -> str:
    return hashlib.md5(email.lower().encode(errors="replace"), usedforsecurity=False).hexdigest()
