"""Whatever is of no known sender: each value with the way to it, and how near it stands to the answers.

The senders that are known by their structure have a module each.
"""

import json
from collections.abc import Iterator
from copy import deepcopy
from functools import lru_cache

from pydantic import JsonValue

from orchestration_project.data.form_body import nested
from orchestration_project.data.payload import flatten, labelled, text_of
from orchestration_project.data.senders.form import Answer, Place
from orchestration_project.model import JsonObject

ANSWERS = frozenset(
    {
        "answers",
        "contact",
        "customer",
        "data",
        "fields",
        "formdata",
        "formfields",
        "formvalues",
        "human_fields",
    }
    | {
        "lead",
        "person",
        "properties",
        "questions",
        "rawrequest",
        "response",
        "responses",
        "submission",
        "user",
    }
    | {"submissiondata", "values", "user_column_data", "field_data", "profile", "attributes", "subscriber"}
)
"""What services call the object or list in which the answers stand."""
_AROUND = frozenset(
    {
        "account",
        "browser",
        "context",
        "definition",
        "device",
        "event",
        "headers",
        "integration",
        "meta",
        "metadata",
    }
    | {"owner", "page", "request", "schema", "settings", "site", "team", "trigger", "webhook", "workflow"}
    | {"workspace", "created_by", "createdby", "assigned_to", "assignee", "recipient", "to", "server", "env"}
)
_OF_A_FORM = frozenset(
    {
        "id",
        "name",
        "title",
        "url",
        "key",
        "slug",
        "type",
        "version",
        "created_at",
        "createdat",
        "site",
        "language",
    }
    | {"fields", "settings", "pages", "status", "hash", "uuid", "description", "locale"}
)
"""What an object `form` says of the form, and not of who filled it in."""
_MAX_JSON = 200_000
_KEPT = 8_192  # keys: a form sends the same ones again and again


def read(payload: JsonObject) -> Iterator[Answer]:
    return read_unpacked(unpacked(payload))


def read_unpacked(whole: JsonObject) -> Iterator[Answer]:
    inside = _holds_email(whole)
    for path, text, place, counted in _leaves(whole, "", Place.ANSWER, inside, counted=False):
        yield Answer(path, text, place=place, counted=counted)


def unpacked(payload: JsonObject) -> JsonObject:
    """With JSON in a text taken apart (`payload={…}`), and names such as `fields[email]`."""
    if any("[" in key and key.endswith("]") for key in payload):
        payload = nested(deepcopy(payload).items())  # what is named twice is laid together in place
    return {key: _unpacked(key, value) for key, value in payload.items()}


def _unpacked(key: str, value: JsonValue) -> JsonValue:
    if not isinstance(value, str) or value.lstrip()[:1] != "{" or len(value) > _MAX_JSON:
        return value
    if key.casefold() not in ANSWERS | {"payload", "body", "form", "data.json"}:
        return value
    try:
        inner: JsonValue = json.loads(value, strict=False)
    except (ValueError, RecursionError):
        return value
    return inner if isinstance(inner, dict) else value


def _leaves(
    value: JsonValue, path: str, place: Place, inside: bool, *, counted: bool
) -> Iterator[tuple[str, str, Place, bool]]:
    """`inside`: the e-mail address stands in one of the objects for answers, so what stands outside of them
    is near the answers at most."""
    match value:
        case dict():
            named = _in_answers(path.rpartition(".")[2]) and all(labelled(part) for part in value.values())
            for key, part in value.items():
                below = f"{path}.{key}" if path else key
                if named:  # `fields: {"1": {"label": "Name", "value": "Jo"}}`
                    yield from _leaves([part], path, place, inside, counted=counted)
                    continue
                if isinstance(part, str):
                    yield below, text_of(part), _place_of_text(key, path, place, inside), counted
                    continue
                nearer = _place(key, part, path, place, inside)
                yield from _leaves(part, below, nearer, inside, counted=counted)
        case list() if any(isinstance(part, dict | list) for part in value):
            for number, part in enumerate(value):
                for key, inner in labelled(part) or [(str(number), part)]:
                    by_number = counted or labelled(part) is None
                    below = f"{path}.{key}" if path else key
                    yield from _leaves(inner, below, place, inside, counted=by_number)
        case _:
            yield from ((where, text, place, counted) for where, text in flatten(value, path))


def _place(key: str, part: JsonValue, path: str, place: Place, inside: bool) -> Place:
    plain = key.casefold()
    if place is Place.AROUND or plain in _AROUND or (plain == "form" and _describes_a_form(part)):
        return Place.AROUND
    if isinstance(part, dict | list) and plain in ANSWERS:
        return Place.ANSWER
    if not inside or plain in {
        "body",
        "payload",
        "form",
        "formresponse",
        "form_response",
        "hidden",
        "hidden_fields",
    }:
        return place
    if _in_answers(path):
        return place
    return Place.NEAR


@lru_cache(_KEPT)
def _place_of_text(key: str, path: str, place: Place, inside: bool) -> Place:
    return _place(key, "", path, place, inside)


def _in_answers(path: str) -> bool:
    return any(part.casefold() in ANSWERS for part in path.split("."))


def _describes_a_form(part: JsonValue) -> bool:
    """By an id beside its title, unless somebody's address stands in it; or by all that it holds."""
    if not isinstance(part, dict):
        return False
    keys = {key.casefold().removeprefix("form_") for key in part}
    known = {"id", "formid", "uuid", "slug", "internalname", "title"} & keys and not keys & ANSWERS
    return keys <= _OF_A_FORM or (bool(known) and not _speaks_of_somebody(part))


def _speaks_of_somebody(part: JsonObject) -> bool:
    return any(isinstance(value, str) and "@" in value for value in part.values())


def _holds_email(value: JsonValue, within: bool = False) -> bool:
    """Does an e-mail address stand in an object for answers?"""
    match value:
        case str():
            return within and "@" in value
        case dict():
            return any(
                _holds_email(part, within or (key.casefold() in ANSWERS and isinstance(part, dict | list)))
                for key, part in value.items()
                if key.casefold() not in _AROUND
            )
        case list():
            return any(_holds_email(part, within) for part in value)
        case _:
            return False
