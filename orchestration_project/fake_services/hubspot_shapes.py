"""What HubSpot's records look like in its answers, and which of them a search finds.

The account itself, and what is answered to which request, is in `hubspot.py`.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from orchestration_project.fake_services.base import Reply


@dataclass
class Thing:
    """Any record."""

    id: str
    properties: dict[str, str]
    created: datetime
    linked: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])  # (type, id)
    indexed: bool = True  # visible to search
    emails: set[str] = field(default_factory=set[str])  # second addresses
    merged: set[str] = field(default_factory=set[str])  # ids of those that were merged into it


def shown(thing: Thing, wanted: set[str]) -> dict[str, Any]:
    always = {"createdate", "hs_object_source"} & wanted | {"createdate"}
    properties = {name: thing.properties.get(name) for name in (*wanted, *always) if name}
    at = thing.properties["createdate"]
    return {"id": thing.id, "properties": properties, "createdAt": at, "updatedAt": at, "archived": False}


def done(results: list[dict[str, Any]]) -> dict[str, Any]:
    """Of a batch."""
    at = "2026-01-01T00:00:00Z"
    return {"status": "COMPLETE", "results": results, "startedAt": at, "completedAt": at}


_CONFIGURATION: dict[str, Any] = {
    "language": "en",
    "createNewContactForNewEmail": False,
    "editable": True,
    "allowLinkToResetKnownValues": False,
    "prePopulateKnownValues": True,
    "cloneable": True,
    "notifyContactOwner": False,
    "recaptchaEnabled": False,
    "archivable": True,
    "notifyRecipients": [],
    "postSubmitAction": {"type": "thank_you", "value": "Thank you."},
}


def form(guid: str) -> dict[str, Any]:
    group = {"groupType": "default_group", "richTextType": "text"}
    return {
        "id": guid,
        "name": "Contact us",
        "formType": "hubspot",
        "archived": False,
        "createdAt": "2026-01-05T09:00:00Z",
        "updatedAt": "2026-01-05T09:00:00Z",
        "fieldGroups": [{**group, "fields": [_question(name)]} for name in ("email", "firstname", "message")],
        "configuration": _CONFIGURATION,
        "displayOptions": {
            "theme": "default_style",
            "submitButtonText": "Send",
            "renderRawHtml": False,
            "style": {},
        },
        "legalConsentOptions": {"type": "none"},
    }


def _question(name: str) -> dict[str, Any]:
    kinds = {"email": "email", "message": "multi_line_text"}
    return {
        "name": name,
        "label": name,
        "objectTypeId": "0-1",
        "fieldType": kinds.get(name, "single_line_text"),
        "required": name == "email",
        "hidden": False,
        "dependentFields": [],
    }


def fits(thing: Thing, filters: list[dict[str, Any]]) -> bool:
    def one(wanted: dict[str, Any]) -> bool:
        value = thing.properties.get(wanted["propertyName"], "")
        if wanted["propertyName"] == "hs_merged_object_ids":
            return wanted["value"] in thing.merged
        match wanted["operator"]:
            case "EQ":
                return value.lower() == wanted["value"].lower()
            case "HAS_PROPERTY":
                return bool(value)
            case "CONTAINS_TOKEN":
                return wanted["value"].lower() in re.findall(r"\w+", value.lower())
            case "GTE":
                at = datetime.fromisoformat(value) if value else thing.created
                return at.timestamp() * 1000 >= int(wanted["value"])
            case other:
                raise NotImplementedError(other)

    return all(one(wanted) for wanted in filters)


def paging(end: int, total: int) -> dict[str, Any]:
    return {"paging": {"next": {"after": str(end)}}} if end < total else {}


def error(code: int, category: str, message: str, **context: list[str]) -> Reply:
    said: dict[str, Any] = {"message": message, "category": category, "correlationId": "c"}
    return Reply(code, {"status": "error", **said, **({"context": context} if context else {})})


def not_found() -> Reply:
    return error(404, "OBJECT_NOT_FOUND", "resource not found")
