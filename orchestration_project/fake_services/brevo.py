"""A stand-in for Brevo: contacts, and the lists they are in.

Known (developers.brevo.com, and its own description): creating one that exists is an error unless
`updateEnabled`; `emailBlacklisted` and `listUnsubscribed` say who gets no mail; double opt-in makes the
contact when the person confirms; `modifiedSince`, `limit` and `offset` of the list of contacts; a contact is
found by its number too. Assumed: unsubscribing moves `modifiedAt`; putting somebody who left a list into it
again changes nothing.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from orchestration_project.fake_services.base import FakeService, Reply, Request

KEY = "xkeysib-stand-in"

_ACCOUNT = {
    "email": "owner@larkfield.example",
    "firstName": "Hannah",
    "lastName": "Lark",
    "companyName": "Larkfield",
    "address": {"street": "1 High Street", "city": "Bristol", "zipCode": "BS1 1AA", "country": "GB"},
    "plan": [{"type": "free", "credits": 300, "creditsType": "sendLimit"}],
    "relay": {"enabled": False, "data": {"userName": "", "relay": "", "port": 587}},
}


class FakeBrevo(FakeService):
    base_path = "/v3"
    wait_header = "x-sib-ratelimit-reset"

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__()
        self.clock = clock
        self.contacts: dict[str, dict[str, Any]] = {}
        self.lists = {7, 8}
        self.asked_to_confirm: list[str] = []

    def add(self, email: str, *, blocked: bool = False, **attributes: str) -> None:
        self.contacts[email.lower()] = {
            "id": len(self.contacts) + 1,
            "email": email.lower(),
            "emailBlacklisted": blocked,
            "smsBlacklisted": False,
            "createdAt": self._now(),
            "listIds": [],
            "listUnsubscribed": None,
            "attributes": attributes,
            "modifiedAt": self._now(),
        }

    def change(
        self, email: str, *, blocked: bool = False, left: int | None = None, **attributes: str
    ) -> None:
        """The person unsubscribes from all or from one list, or somebody edits them in Brevo."""
        contact = self.contacts[email.lower()]
        contact["emailBlacklisted"] = blocked or contact["emailBlacklisted"]
        if left is not None:
            contact["listUnsubscribed"] = [*(contact["listUnsubscribed"] or []), left]
            contact["listIds"] = [number for number in contact["listIds"] if number != left]
        contact["attributes"] |= attributes
        contact["modifiedAt"] = self._now()

    def _now(self) -> str:
        return self.clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")

    def _of(self, name: str) -> dict[str, Any] | None:
        """By address, or by the contact's number."""
        by_number = (one for one in self.contacts.values() if str(one["id"]) == name)
        return self.contacts.get(name.lower()) or next(by_number, None)

    def _shown(self, number: int) -> dict[str, Any]:
        members = [one for one in self.contacts.values() if number in one["listIds"]]
        blocked = sum(one["emailBlacklisted"] for one in members)
        counts = {"totalBlacklisted": blocked, "totalSubscribers": len(members) - blocked}
        return {"id": number, "name": f"List {number}", "folderId": 1, "uniqueSubscribers": 0, **counts}

    def _list(self, request: Request) -> Reply:
        since = request.param("modifiedSince")
        found = [one for one in self.contacts.values() if one["modifiedAt"] >= since]
        start = int(request.param("offset", "0"))
        page = found[start : start + int(request.param("limit", "50"))]
        return Reply(200, {"contacts": page, "count": len(found)})

    def _update(self, contact: dict[str, Any], body: dict[str, Any]) -> Reply:
        contact["emailBlacklisted"] = body.get("emailBlacklisted", contact["emailBlacklisted"])
        out = body.get("unlinkListIds", [])
        contact["listIds"] = [number for number in contact["listIds"] if number not in out]
        contact["attributes"] |= body.get("attributes", {})
        contact["modifiedAt"] = self._now()
        return Reply(204)

    def handle(self, request: Request) -> Reply:  # noqa: PLR0911 - a table of routes
        if request.headers.get("api-key") != KEY:
            return Reply(401, {"code": "unauthorized", "message": "Key not found"})
        match request.method, *request.segments[1:]:
            case "GET", "account":
                return Reply(200, _ACCOUNT)
            case "GET", "contacts", "lists":
                start, size = int(request.param("offset", "0")), int(request.param("limit", "10"))
                page = [self._shown(number) for number in sorted(self.lists)]
                return Reply(200, {"lists": page[start : start + size], "count": len(page)})
            case "GET", "contacts":
                return self._list(request)
            case "GET", "contacts", str(name) if contact := self._of(name):
                return Reply(200, {**contact, "statistics": {}})
            case "PUT", "contacts", str(name) if contact := self._of(name):
                return self._update(contact, request.body)
            case "POST", "contacts", "doubleOptinConfirmation":
                self.asked_to_confirm.append(request.body["email"])
                return Reply(201, {"id": 0})
            case "DELETE", "contacts", str(email) if email.lower() in self.contacts:
                del self.contacts[email.lower()]
                return Reply(204)
            case "POST", "contacts":
                return self._create(request.body)
            case _:
                return Reply(404, {"code": "document_not_found", "message": "Contact does not exist"})

    def _create(self, body: dict[str, Any]) -> Reply:
        email = body["email"].lower()
        if not self.lists.issuperset(body.get("listIds", [])):
            return Reply(400, {"code": "invalid_parameter", "message": "List does not exist"})
        existed = email in self.contacts
        if existed and not body.get("updateEnabled"):
            return Reply(400, {"code": "duplicate_parameter", "message": "Contact already exist"})
        if not existed:
            self.add(email)
        contact = self.contacts[email]
        contact["attributes"] |= body.get("attributes", {})
        contact["modifiedAt"] = self._now()
        contact["listIds"] = sorted({*contact["listIds"], *body.get("listIds", [])})
        return Reply(204) if existed else Reply(201, {"id": contact["id"]})
