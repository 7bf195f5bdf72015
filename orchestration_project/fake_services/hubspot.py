"""A HubSpot account in memory: contacts, companies, what hangs on them, properties, owners, forms.

Its rules are HubSpot's as far as our connectors rely on them; the server around it is in `base.py`.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any

from orchestration_project.fake_services.base import FakeService, Reply, Request
from orchestration_project.fake_services.hubspot_shapes import (
    Thing,
    error,
    fits,
    form,
    not_found,
    paging,
    shown,
)

TOKEN = "pat-eu1-stand-in"
OWNER = "hannah@larkfield.example"

_STANDARD = {
    "contacts": {"email", "firstname", "lastname", "phone", "company", "website", "message", "jobtitle"},
    "companies": {"name", "domain", "website", "phone"},
}
_ASSOCIATION_TYPES = {
    ("notes", 202): "contacts",
    ("tasks", 204): "contacts",
    ("calls", 194): "contacts",
    ("emails", 198): "contacts",
    ("contacts", 279): "companies",
}


class FakeHubSpot(FakeService):
    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__()
        self.clock = clock
        self.things: dict[str, dict[str, Thing]] = {}
        self.custom: dict[str, dict[str, dict[str, Any]]] = {"contacts": {}, "companies": {}}
        self.owners = {OWNER: "7001"}
        self.submissions: dict[str, list[dict[str, Any]]] = {}
        self.search_lags = False
        """While set, search does not see what is made."""
        self._ids = count(101)

    # what people do in HubSpot

    def enter_contact(self, source: str = "CRM_UI", **properties: str) -> str:
        return self._make("contacts", {**properties, "hs_object_source": source}).id

    def create_form(self, guid: str) -> None:
        self.submissions.setdefault(guid, [])

    def submit(self, guid: str, at: datetime, **values: str) -> str:
        conversion = f"00000000-0000-4000-8000-{next(self._ids):012d}"
        self.submissions.setdefault(guid, []).append(
            {
                "conversionId": conversion,
                "submittedAt": int(at.timestamp() * 1000),
                "values": [{"name": name, "value": value} for name, value in values.items()],
                "pageUrl": "https://larkfield.example/contact?utm_source=google",
            }
        )
        return conversion

    def all(self, kind: str) -> list[Thing]:
        return list(self.things.get(kind, {}).values())

    # the API

    def writes(self, request: Request) -> bool:
        return super().writes(request) and not request.path.endswith(("/search", "/batch/read"))

    def handle(self, request: Request) -> Reply:  # noqa: C901, PLR0911, PLR0912 - a table of routes
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return error(401, "INVALID_AUTHENTICATION", "Authentication credentials not found.")
        match (request.method, *request.segments):
            case ("GET", "account-info", "v3", "details"):
                return Reply(200, {"portalId": 4711, "uiDomain": "app-eu1.hubspot.com", "timeZone": "UTC"})
            case ("GET", "crm", "v3", "owners"):
                return self._owners_of(request.param("email"))
            case ("GET", "crm", "v3", "properties", kind):
                names = _STANDARD[kind] | set(self.custom[kind])
                return Reply(200, {"results": [self._definition(kind, name) for name in sorted(names)]})
            case ("GET", "crm", "v3", "properties", kind, name):
                known = name in _STANDARD[kind] or name in self.custom[kind]
                return Reply(200, self._definition(kind, name)) if known else not_found()
            case ("POST", "crm", "v3", "properties", kind):
                return self._define(kind, request.body)
            case ("POST", "crm", "v3", "objects", kind, "search"):
                return self._search(kind, request.body)
            case ("POST", "crm", "v3", "objects", kind, "batch", "read"):
                return self._batch(kind, request.body)
            case ("POST", "crm", "v3", "objects", kind):
                return self._create(kind, request.body)
            case ("POST", "crm", "v3", "objects", "contacts", "gdpr-delete"):
                return self._purge(request.body["objectId"])
            case ("DELETE", "crm", "v3", "objects", kind, name):
                self.things.get(kind, {}).pop(name, None)
                return Reply(204)
            case ("GET", "crm", "v3", "objects", kind, name):
                return self._get(kind, name, request)
            case ("PATCH", "crm", "v3", "objects", kind, name):
                return self._patch(kind, name, request.body)
            case ("GET", "crm", "v4", "objects", kind, name, "associations", to):
                return self._associations(kind, name, to, request)
            case ("GET", "marketing", "v3", "forms", guid):
                return Reply(200, form(guid)) if guid in self.submissions else not_found()
            case ("GET", "form-integrations", "v1", "submissions", "forms", guid):
                return self._submissions_of(guid, request)
            case _:
                return Reply(404, "<html>Not found</html>")

    def _owners_of(self, email: str) -> Reply:
        owner = self.owners.get(email.casefold())
        at = "2026-01-01T00:00:00Z"
        known = {"id": owner, "email": email, "type": "PERSON", "archived": False}
        return Reply(200, {"results": [{**known, "createdAt": at, "updatedAt": at}] if owner else []})

    def _definition(self, kind: str, name: str) -> dict[str, Any]:
        plain = {"label": name, "type": "string", "fieldType": "text", "groupName": "x", "description": ""}
        return {"name": name, "options": [], **plain, **self.custom[kind].get(name, {})}

    def _define(self, kind: str, body: dict[str, Any]) -> Reply:
        if body["name"] in self.custom[kind]:
            return error(409, "OBJECT_ALREADY_EXISTS", "A property with that name already exists.")
        self.custom[kind][body["name"]] = body
        return Reply(201, self._definition(kind, body["name"]))

    def _create(self, kind: str, body: dict[str, Any]) -> Reply:
        properties = body["properties"]
        if refused := self._refusal(kind, properties):
            return refused
        if kind == "contacts" and (there := self._contact_of(properties.get("email", ""))):
            return error(409, "CONFLICT", f"Contact already exists. Existing ID: {there.id}")
        for name, definition in self.custom.get(kind, {}).items():
            if definition.get("hasUniqueValue") and self._by(kind, name, properties.get(name, "")):
                return error(400, "VALIDATION_ERROR", f"A record already has that value for {name}.")
        thing = self._make(kind, {**properties, "hs_object_source": "INTEGRATION"})
        for link in body.get("associations", ()):
            to = _ASSOCIATION_TYPES.get((kind, link["types"][0]["associationTypeId"]))
            if to is None or link["to"]["id"] not in self.things.get(to, {}):
                del self.things[kind][thing.id]
                return error(400, "VALIDATION_ERROR", "That association is not valid.")
            thing.linked.add((to, link["to"]["id"]))
            self.things[to][link["to"]["id"]].linked.add((kind, thing.id))
        return Reply(201, shown(thing, set(properties)))

    def _purge(self, name: str) -> Reply:
        """With all that hangs on the contact alone."""
        contact = self.things.get("contacts", {}).pop(name, None)
        if contact is None:
            return not_found()
        for kind, thing in contact.linked:
            if kind != "companies":
                self.things[kind].pop(thing, None)
        return Reply(204)

    def _refusal(self, kind: str, properties: dict[str, str]) -> Reply | None:
        known = _STANDARD.get(kind)
        unknown = [name for name in properties if known and name not in known | set(self.custom[kind])]
        if unknown:
            return error(400, "VALIDATION_ERROR", f'Property "{unknown[0]}" does not exist')
        score = properties.get("lead_score", "")
        if score and not re.fullmatch(r"\d+(\.\d+)?", score):
            return error(400, "VALIDATION_ERROR", "lead_score was not a valid number.")
        return None

    def _make(self, kind: str, properties: dict[str, str]) -> Thing:
        now = self.clock()
        values = {**properties, "createdate": now.isoformat(timespec="milliseconds").replace("+00:00", "Z")}
        if "email" in values:
            values["email"] = values["email"].lower()  # as HubSpot does
        thing = Thing(str(next(self._ids)), values, now, indexed=not self.search_lags)
        self.things.setdefault(kind, {})[thing.id] = thing
        return thing

    def _get(self, kind: str, name: str, request: Request) -> Reply:
        key = request.param("idProperty")
        if key and key != "email" and key not in self.custom[kind]:
            return error(400, "VALIDATION_ERROR", f"{key} is not a unique property.")
        thing = self._by(kind, key, name) if key else self.things.get(kind, {}).get(name)
        wanted = set(request.param("properties").split(","))
        return Reply(200, shown(thing, wanted)) if thing else not_found()

    def _patch(self, kind: str, name: str, body: dict[str, Any]) -> Reply:
        thing = self.things.get(kind, {}).get(name)
        if thing is None:
            return not_found()
        if refused := self._refusal(kind, body["properties"]):
            return refused
        thing.properties.update(body["properties"])
        return Reply(200, shown(thing, set(body["properties"])))

    def _search(self, kind: str, body: dict[str, Any]) -> Reply:
        found = [
            thing
            for thing in self.all(kind)
            if thing.indexed and any(fits(thing, group["filters"]) for group in body["filterGroups"])
        ]
        found.sort(key=lambda thing: thing.created)
        start, limit = int(body.get("after", 0)), body["limit"]
        page = [shown(thing, set(body["properties"])) for thing in found[start : start + limit]]
        return Reply(200, {"total": len(found), "results": page, **paging(start + limit, len(found))})

    def _batch(self, kind: str, body: dict[str, Any]) -> Reply:
        there = self.things.get(kind, {})
        found = [there[each["id"]] for each in body["inputs"] if each["id"] in there]
        results = [shown(thing, set(body["properties"])) for thing in found]
        return Reply(200, {"status": "COMPLETE", "results": results})

    def _associations(self, kind: str, name: str, to: str, request: Request) -> Reply:
        thing = self.things.get(kind, {}).get(name)
        if thing is None:
            return not_found()
        ids = sorted((linked for other, linked in thing.linked if other == to), key=int)
        start, limit = int(request.param("after", "0")), int(request.param("limit", "500"))
        page = [{"toObjectId": int(each), "associationTypes": []} for each in ids[start : start + limit]]
        return Reply(200, {"results": page, **paging(start + limit, len(ids))})

    def _submissions_of(self, guid: str, request: Request) -> Reply:
        if guid not in self.submissions:
            return not_found()
        newest = sorted(self.submissions[guid], key=lambda each: -each["submittedAt"])
        start, limit = int(request.param("after", "0")), int(request.param("limit", "20"))
        return Reply(200, {"results": newest[start : start + limit], **paging(start + limit, len(newest))})

    def _contact_of(self, email: str) -> Thing | None:
        return self._by("contacts", "email", email)

    def _by(self, kind: str, name: str, value: str) -> Thing | None:
        wanted = value.lower()
        return next(
            (
                thing
                for thing in self.all(kind)
                if wanted and thing.properties.get(name, "").lower() == wanted
            ),
            None,
        )
