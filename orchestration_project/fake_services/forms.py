"""A contact form at each stand-in of a form service: its line of connections.yaml, and how it is filled in.

What such a service answers is its own module's part.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orchestration_project.fake_services import json_list
from orchestration_project.fake_services.base import FakeService
from orchestration_project.fake_services.hubspot import FakeHubSpot
from orchestration_project.fake_services.json_list import FakeJsonList
from orchestration_project.fake_services.tally import FakeTally
from orchestration_project.fake_services.typeform import FakeTypeform

FORM = "contact"
ASKED = ("name", "email", "phone", "company", "website", "service", "budget", "message", "consent")
_KEY = "FORMS_STAND_IN"
JSON_LIST = {_KEY: json_list.KEY, f"{_KEY}_HOST": "127.0.0.1"}
"""The environment of a JSON list's line."""

Fields = Mapping[str, Sequence[str]]
"""`fields:` of the owner's line: by lead field, what the form calls it."""


@dataclass(frozen=True)
class Form:
    """One that people fill in. Beside its questions it has hidden fields, such as the campaign."""

    service: FakeService
    line: Mapping[str, Any]
    fill_in: Callable[[str, datetime, Mapping[str, Any]], None]
    """A key of its own, the moment, and a flat submission by our own names."""


def typeform_form(service: FakeTypeform, fields: Fields) -> Form:
    called = _names(fields)
    service.add_form(FORM, called)

    def fill_in(key: str, at: datetime, given: Mapping[str, Any]) -> None:
        answers = {name: value for name, value in given.items() if name in called}
        service.submit(FORM, key, at, answers, _hidden(given))

    return Form(service, {"connector": "typeform", "form": FORM}, fill_in)


def tally_form(service: FakeTally, fields: Fields) -> Form:
    called = _names(fields)
    service.add_form(FORM, called)

    def fill_in(key: str, at: datetime, given: Mapping[str, Any]) -> None:
        service.submit(FORM, key, at, {name: value for name, value in given.items() if name in called})

    return Form(service, {"connector": "tally", "form": FORM}, fill_in)


def hubspot_form(service: FakeHubSpot, fields: Fields) -> Form:
    """It knows its questions by the names of contact properties, and a person by two names."""
    service.create_form(FORM)
    called = {name: names[0] for name, names in fields.items() if names}

    def fill_in(key: str, at: datetime, given: Mapping[str, Any]) -> None:  # noqa: ARG001 - it gives its own
        first, _, last = str(given.get("name") or "").partition(" ")
        told = {name: str(given[name]) for name in ASKED[1:] if given.get(name)}
        named = {called.get(name, name): value for name, value in told.items()}
        service.submit(FORM, at, firstname=first, lastname=last, **named)

    return Form(service, {"connector": "hubspot_forms", "form": FORM}, fill_in)


def json_form(service: FakeJsonList) -> Form:
    def fill_in(key: str, at: datetime, given: Mapping[str, Any]) -> None:
        service.items.append({**given, "id": key, "submitted_at": at.isoformat()})

    auth = {"variable": _KEY, "header": "X-Form-Key", "scheme": ""}
    line = {
        "connector": "json_list",
        "url": f"{service.base_url}/all",
        "id": "id",
        "submitted_at": "submitted_at",
        "auth": auth,
    }
    return Form(service, line, fill_in)


def _names(fields: Fields) -> dict[str, str]:
    """What the form asks, by our own names: as the owner's line has it, else in plain words."""
    mapped = {name: names[0] for name, names in fields.items() if names}
    return {name: mapped.get(name, name.capitalize()) for name in (*ASKED, *(set(mapped) - set(ASKED)))}


def _hidden(given: Mapping[str, Any]) -> dict[str, str]:
    apart = {*ASKED, "id", "submitted_at"}
    return {name: str(value) for name, value in given.items() if name not in apart and value}
