"""HubSpot: the submissions of a form (`values`), and a contact as its workflows post it (`properties`).

As developers.hubspot.com has form submissions v1 and the contact of a workflow's webhook.
"""

from collections.abc import Iterator

from pydantic import JsonValue

from orchestration_project.data.senders.form import Answer, Place, answer, mappings, others, texts
from orchestration_project.model import JsonObject

_COMPANY = "0-2"
"""The kind of object whose property a question fills; `0-1` is the contact."""
_OF_A_COMPANY = {
    "name": "company",
    "domain": "website",
    "website": "website",
    "industry": "industry",
    "numberofemployees": "employees",
}


def read(payload: JsonObject) -> Iterator[Answer] | None:
    match payload:
        case {"values": list(values)} if values and all(
            isinstance(value, dict) and {"name", "value"} <= value.keys() for value in values
        ):
            return _submission(payload)
        case {"properties": dict(properties)} if properties and ("vid" in payload or "portal-id" in payload):
            return _contact(payload, properties)
        case _:
            return None


def _submission(payload: JsonObject) -> Iterator[Answer]:
    together: dict[tuple[str, str], list[JsonValue]] = {}
    for value in mappings(payload["values"]):
        kind, _, name = str(value["name"]).rpartition("/")  # an embedded form says `0-2/name`
        key = (str(value.get("objectTypeId") or kind), name)
        together.setdefault(key, []).append(value["value"])
    for (kind, name), said in together.items():
        of_company = kind == _COMPANY
        called = _OF_A_COMPANY.get(name, f"company {name}") if of_company else name
        path = f"values.{kind}/{name}" if of_company else f"values.{name}"
        yield from answer(
            path, [_choices(one) for one in said] if len(said) > 1 else _choices(said[0]), called
        )
    yield from others(payload, {"values"}, place=Place.AROUND)


def _contact(payload: JsonObject, properties: JsonObject) -> Iterator[Answer]:
    for name, told in properties.items():
        value = told.get("value") if isinstance(told, dict) else told
        yield from answer(f"properties.{name}", _choices(value), name)
    for submission in mappings(payload.get("form-submissions")):
        page = texts(submission, "page-url")
        yield from (
            Answer("form-submissions.page-url", url, ("page_url",), place=Place.AROUND) for url in page
        )
        break  # the newest stands first
    yield from others(payload, {"properties", "form-submissions", "identity-profiles", "merge-audits"})


def _choices(value: JsonValue) -> JsonValue:
    """Several ticked boxes are `a;b`."""
    if isinstance(value, str) and ";" in value and " " not in value.replace("; ", ";"):
        return [part.strip() for part in value.split(";")]
    return value
