"""HubSpot: the submissions of a form (`values`; `fields`, as pages send them to its form API), and a contact
as its workflows post it (`properties`).

As developers.hubspot.com has form submissions v1, submitting to the form API v3, and the contact of a
workflow's webhook.
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
            return _submission(payload, "values")
        case {"fields": list(fields)} if fields and all(
            isinstance(field, dict) and {"objectTypeId", "name", "value"} <= field.keys() for field in fields
        ):
            return _submission(payload, "fields")
        case {"properties": dict(properties)} if properties and ("vid" in payload or "portal-id" in payload):
            return _contact(payload, properties)
        case _:
            return None


def _submission(payload: JsonObject, place: str) -> Iterator[Answer]:
    together: dict[tuple[str, str], list[JsonValue]] = {}
    for value in mappings(payload[place]):
        kind, _, name = str(value["name"]).rpartition("/")  # an embedded form says `0-2/name`
        key = (str(value.get("objectTypeId") or kind), name)
        together.setdefault(key, []).append(value["value"])
    for (kind, name), said in together.items():
        of_company = kind == _COMPANY
        called = _OF_A_COMPANY.get(name, f"company {name}") if of_company else name
        path = f"{place}.{kind}/{name}" if of_company else f"{place}.{name}"
        yield from answer(
            path, [_choices(one) for one in said] if len(said) > 1 else _choices(said[0]), called
        )
    yield from _agreed(payload.get("legalConsentOptions"))
    yield from others(payload, {place}, place=Place.AROUND)


def _agreed(options: JsonValue) -> Iterator[Answer]:
    """Whether they take mails stands apart from the questions: each list that was ticked, or not."""
    match options:
        case {"consent": {"communications": list(ticked)}}:
            said = [tick.get("value") for tick in mappings(ticked)]
            if said:
                path = "legalConsentOptions.consent.communications"
                yield from answer(path, all(one is True for one in said), meant="consent")
        case _:
            return


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
