"""A stand-in for Brevo: contacts, and the lists they are in.

Known (developers.brevo.com, and its own description): creating one that exists is an error unless
`updateEnabled`; `emailBlacklisted` and `listUnsubscribed` say who gets no mail; double opt-in makes the
contact when the person confirms. Assumed: putting somebody who left a list into it again changes nothing.
"""

from typing import Any

from orchestration_project.fake_services.base import FakeService, Reply, Request

KEY = "xkeysib-stand-in"


class FakeBrevo(FakeService):
    base_path = "/v3"
    wait_header = "x-sib-ratelimit-reset"

    def __init__(self) -> None:
        super().__init__()
        self.contacts: dict[str, dict[str, Any]] = {}
        self.lists = {7, 8}
        self.asked_to_confirm: list[str] = []

    def add(self, email: str, *, blocked: bool = False, **attributes: str) -> None:
        self.contacts[email.lower()] = {
            "id": len(self.contacts) + 1,
            "email": email.lower(),
            "emailBlacklisted": blocked,
            "listIds": [],
            "listUnsubscribed": None,
            "attributes": attributes,
        }

    def handle(self, request: Request) -> Reply:  # noqa: PLR0911 - a table of routes
        if request.headers.get("api-key") != KEY:
            return Reply(401, {"code": "unauthorized", "message": "Key not found"})
        match request.method, *request.segments[1:]:
            case "GET", "account":
                return Reply(200, {"email": "owner@larkfield.example", "companyName": "Larkfield"})
            case "GET", "contacts", str(email) if email.lower() in self.contacts:
                return Reply(200, self.contacts[email.lower()])
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
        contact["listIds"] = sorted({*contact["listIds"], *body.get("listIds", [])})
        return Reply(204) if existed else Reply(201, {"id": contact["id"]})
