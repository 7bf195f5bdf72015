"""HubSpot's API over an account in memory, with its rules as far as our connectors rely on them.

What the account holds and people do in it is in `hubspot_account.py`; the server around it is in `base.py`.

Known (developers.hubspot.com, read in 2026): the dated paths; a batch of 100; `Existing ID` in a 409
(HubSpot's own issue tracker); rules of required properties hold for writes since 2026-09; search shows a
write seconds later; a second address finds its contact as the first does (HubSpot's staff, in its forum).
`lastmodifieddate` moves with each write of a contact, ours too; `hs_email_optout` says that somebody has
unsubscribed from all mail; HAS_PROPERTY finds what is filled in (its page on search).
Of many records those with which nothing is associated are errors of a 207, OBJECT_NOT_FOUND with that
subCategory (answers that people have recorded in public repositories).
Assumed: a refusal names required properties in `context.properties`, as older ones of HubSpot do; a batch
that is refused did nothing of it; a reading by the id of a contact that was merged away brings nothing, and
search finds it under `hs_merged_object_ids`; a contact that was deleted is named in the 409 and cannot be
read.
"""

import re
from http import HTTPStatus
from typing import Any

from orchestration_project.connectors import hubspot_api
from orchestration_project.fake_services.base import Reply, Request
from orchestration_project.fake_services.hubspot_account import HubSpotAccount
from orchestration_project.fake_services.hubspot_shapes import (
    done,
    error,
    fits,
    form,
    not_found,
    paging,
    shown,
)

TOKEN = "pat-eu1-stand-in"
_STANDARD = {
    "contacts": {"email", "firstname", "lastname", "phone", "company", "website", "message", "jobtitle"},
    "companies": {"name", "domain", "website", "phone"},
}
_MANY = 100  # associations of each, when many are asked for
_ASSOCIATION_TYPES = {
    ("notes", 202): "contacts",
    ("tasks", 204): "contacts",
    ("calls", 194): "contacts",
    ("emails", 198): "contacts",
    ("contacts", 279): "companies",
}


class FakeHubSpot(HubSpotAccount):
    """The API of such an account."""

    scopes: frozenset[str] = frozenset(
        {
            *(
                f"crm.{what}.{of}.{right}"
                for what in ("objects", "schemas")
                for of in ("contacts", "companies")
                for right in ("read", "write")
            ),
            "crm.objects.owners.read",
            "crm.objects.deals.read",
            "forms",
        }
    )
    """Of its token."""

    def writes(self, request: Request) -> bool:
        return super().writes(request) and not request.path.endswith(
            ("/search", "/batch/read", "/access-token-info")
        )

    def handle(self, request: Request) -> Reply:  # noqa: C901, PLR0911, PLR0912 - a table of routes
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return error(401, "INVALID_AUTHENTICATION", "Authentication credentials not found.")
        match (request.method, *request.segments):
            case ("POST", "oauth", "v2", "private-apps", "get", "access-token-info"):
                return Reply(200, {"hubId": 4711, "scopes": sorted(self.scopes)})
            case ("GET", "account-info", hubspot_api.VERSION, "details"):
                return Reply(200, {"portalId": 4711, "uiDomain": "app-eu1.hubspot.com", "timeZone": "UTC"})
            case ("GET", "crm", "owners", hubspot_api.VERSION):
                return self._owners_of(request.param("email"))
            case ("GET", "crm", "properties", hubspot_api.VERSION, kind):
                names = _STANDARD[kind] | set(self.custom[kind])
                return Reply(200, {"results": [self._definition(kind, name) for name in sorted(names)]})
            case ("GET", "crm", "properties", hubspot_api.VERSION, kind, name):
                known = name in _STANDARD[kind] or name in self.custom[kind]
                return Reply(200, self._definition(kind, name)) if known else not_found()
            case ("POST", "crm", "properties", hubspot_api.VERSION, kind):
                return self._define(kind, request.body)
            case ("POST", "crm", "objects", hubspot_api.VERSION, kind, "search"):
                return self._search(kind, request.body)
            case ("POST", "crm", "objects", hubspot_api.VERSION, kind, "batch", "read"):
                return self._batch(kind, request.body)
            case ("POST", "crm", "objects", hubspot_api.VERSION, kind, "batch", "create"):
                return self._create_many(kind, request.body)
            case ("POST", "crm", "objects", hubspot_api.VERSION, kind):
                return self._create(kind, request.body)
            case ("POST", "crm", "objects", hubspot_api.VERSION, "contacts", "gdpr-delete"):
                return self._purge(request.body["objectId"])
            case ("DELETE", "crm", "objects", hubspot_api.VERSION, kind, name):
                self.things.get(kind, {}).pop(name, None)
                return Reply(204)
            case ("GET", "crm", "objects", hubspot_api.VERSION, kind, name):
                return self._get(kind, name, request)
            case ("PATCH", "crm", "objects", hubspot_api.VERSION, kind, name):
                return self._patch(kind, name, request.body)
            case ("GET", "crm", "objects", hubspot_api.VERSION, kind, name, "associations", to):
                return self._associations(kind, name, to, request)
            case ("POST", "crm", "associations", hubspot_api.VERSION, kind, to, "batch", "read"):
                return self._associations_of_many(kind, to, request.body)
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
        if kind == "contacts" and (there := self._holder_of(properties.get("email", ""))):
            return error(409, "CONFLICT", f"Contact already exists. Existing ID: {there.id}")
        for name, definition in self.custom.get(kind, {}).items():
            if definition.get("hasUniqueValue") and self._by(kind, name, properties.get(name, "")):
                return error(400, "VALIDATION_ERROR", f"A record already has that value for {name}.")
        lacking = sorted(name for name in self.required.get(kind, ()) if not properties.get(name))
        if lacking:
            told = f"Error creating {kind.removesuffix('s').upper()}. Some required properties were not set."
            return error(400, "VALIDATION_ERROR", told, properties=lacking)
        thing = self._make(kind, {**properties, "hs_object_source": "INTEGRATION"})
        for link in body.get("associations", ()):
            to = _ASSOCIATION_TYPES.get((kind, link["types"][0]["associationTypeId"]))
            if to is None or link["to"]["id"] not in self.things.get(to, {}):
                del self.things[kind][thing.id]
                return error(400, "VALIDATION_ERROR", "That association is not valid.")
            thing.linked.add((to, link["to"]["id"]))
            self.things[to][link["to"]["id"]].linked.add((kind, thing.id))
        return Reply(201, shown(thing, set(properties)))

    def _create_many(self, kind: str, body: dict[str, Any]) -> Reply:
        before = {name: dict(things) for name, things in self.things.items()}
        made: list[dict[str, Any]] = []
        for each in body["inputs"]:
            reply = self._create(kind, each)
            if reply.status != HTTPStatus.CREATED:
                self.things = before
                return reply
            made.insert(0, reply.body)  # in no promised order
        return Reply(201, done(made))

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
        thing.properties.update({**body["properties"], "lastmodifieddate": self._stamp()})
        return Reply(200, shown(thing, set(body["properties"])))

    def _search(self, kind: str, body: dict[str, Any]) -> Reply:
        found = [
            thing
            for thing in self.all(kind)
            if thing.indexed and any(fits(thing, group["filters"]) for group in body["filterGroups"])
        ]
        by = body["sorts"][0]["propertyName"]
        found.sort(key=lambda thing: (thing.properties.get(by) or "", thing.created))
        start, limit = int(body.get("after", 0)), body["limit"]
        page = [shown(thing, set(body["properties"])) for thing in found[start : start + limit]]
        return Reply(200, {"total": len(found), "results": page, **paging(start + limit, len(found))})

    def _batch(self, kind: str, body: dict[str, Any]) -> Reply:
        key, names = body.get("idProperty"), [each["id"] for each in body["inputs"]]
        if key and key != "email" and key not in self.custom[kind]:
            return error(400, "VALIDATION_ERROR", f"{key} is not a unique property.")
        there = self.things.get(kind, {})
        asked = [self._by(kind, key, name) if key else there.get(name) for name in names]
        found = [thing for thing in reversed(asked) if thing is not None]  # in no promised order
        results = [shown(thing, set(body["properties"])) for thing in found]
        return Reply(200, done(results))

    def _associations(self, kind: str, name: str, to: str, request: Request) -> Reply:
        thing = self.things.get(kind, {}).get(name)
        if thing is None:
            return not_found()
        ids = sorted((linked for other, linked in thing.linked if other == to), key=int)
        start, limit = int(request.param("after", "0")), int(request.param("limit", "500"))
        page = [{"toObjectId": str(each), "associationTypes": []} for each in ids[start : start + limit]]
        return Reply(200, {"results": page, **paging(start + limit, len(ids))})

    def _associations_of_many(self, kind: str, to: str, body: dict[str, Any]) -> Reply:
        results: list[dict[str, Any]] = []
        errors: list[dict[str, Any]] = []
        for each in body["inputs"]:
            thing = self.things.get(kind, {}).get(each["id"])
            ids = sorted(int(linked) for other, linked in thing.linked if other == to) if thing else []
            if ids:
                links = [{"toObjectId": str(one), "associationTypes": []} for one in ids[:_MANY]]
                results.append({"from": {"id": each["id"]}, "to": links, **paging(_MANY, len(ids))})
            else:
                says = f"No {to} is associated with {kind} {each['id']}."
                lacking = {"category": "OBJECT_NOT_FOUND", "status": "error", "message": says}
                which = {"fromObjectId": [each["id"]], "fromObjectType": [kind], "toObjectType": [to]}
                sub = "crm.associations.NO_ASSOCIATIONS_FOUND"
                errors.append({**lacking, "subCategory": sub, "context": which, "links": {}})
        if not errors:
            return Reply(200, done(results))
        return Reply(207, {**done(results), "numErrors": len(errors), "errors": errors})

    def _submissions_of(self, guid: str, request: Request) -> Reply:
        if guid not in self.submissions:
            return not_found()
        newest = sorted(self.submissions[guid], key=lambda each: -each["submittedAt"])
        start, limit = int(request.param("after", "0")), int(request.param("limit", "20"))
        return Reply(200, {"results": newest[start : start + limit], **paging(start + limit, len(newest))})
