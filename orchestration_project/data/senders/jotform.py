"""Jotform's webhook: the answers are JSON in a field `rawRequest` of a multipart body, `q3_name` and the
like.

As https://www.jotform.com/help/245-how-to-setup-a-webhook-with-jotform/ has it, and payloads in public
code.
"""

import json
import re
from collections.abc import Iterator

from pydantic import JsonValue

from orchestration_project.data.senders.form import Answer, answer, others
from orchestration_project.model import JsonObject

_QUESTION = re.compile(r"q(\d+)_(.+?)(?:(?<=[A-Za-z])\1)?")
"""Its number comes once more behind the names that Jotform gives: `q4_email4`."""
_OF_THE_PAGE = frozenset(
    {"slug", "path", "event_id", "uploadServerUrl", "timeToSubmit", "validatedNewRequiredFieldIDs"}
)


def read(payload: JsonObject) -> Iterator[Answer] | None:
    raw = payload.get("rawRequest")
    try:
        request = json.loads(raw) if isinstance(raw, str) else raw
    except (ValueError, RecursionError):
        return None
    if isinstance(request, dict) and any(_QUESTION.fullmatch(key) for key in request):
        return _read(payload, request)
    if "formID" in payload and any(_QUESTION.fullmatch(key) for key in payload):
        return _read({}, payload)
    return None


def _read(payload: JsonObject, request: JsonObject) -> Iterator[Answer]:
    titles = _titles(payload.get("pretty"), request)
    for key, value in request.items():
        asked = _QUESTION.fullmatch(key)
        if asked is not None:
            yield from answer(f"rawRequest.{key}", _value(value), titles.get(key), asked[2], key)
    yield from others(request, {key for key in request if _QUESTION.fullmatch(key)}, "rawRequest")
    yield from others(payload, {"rawRequest", "pretty"})


def _value(value: JsonValue) -> JsonValue:
    match value:
        case {"full": str(full)}:
            return full
        case {"area": str(area), "phone": str(number)}:
            country = value.get("country")
            return " ".join(filter(None, [f"+{country}" if country else "", area, number]))
        case {"year": year, "month": month, "day": day}:
            return "-".join(str(part) for part in (year, month, day) if part)
        case {"other": str(other)} if len(value) == 1:
            return other
        case _:
            return value


def _titles(pretty: JsonValue, request: JsonObject) -> dict[str, str]:
    """What the questions are called: `Full name:Jo Bloggs, Your e-mail:jo@firm.example` stands beside the
    answers, in their order. Only a title whose answer can be found again counts."""
    titles: dict[str, str] = {}
    rest = pretty if isinstance(pretty, str) else ""
    for key, value in request.items():
        said = value if isinstance(value, str) else None
        if not _QUESTION.fullmatch(key) or not said or "," in said or f":{said}" not in rest:
            continue
        before, _, after = rest.partition(f":{said}")
        title = before.rpartition(", ")[2].strip()
        if title and (not after or after.startswith(",")):
            titles[key], rest = title, after.removeprefix(", ")
    return titles
