"""Formstack's webhook: a name in parts, as an object or as lines `first = Jo`, perhaps each with its type.

As https://developers.formstack.com/docs/webhook-examples has it.
"""

import re
from collections.abc import Iterator

from pydantic import JsonValue

from orchestration_project.data.senders.form import Answer, answer, others
from orchestration_project.model import JsonObject

_AROUND = frozenset({"FormID", "UniqueID", "HandshakeKey"})
_LINE = re.compile(r"(\w+) = (.*)")
_MEANT = {"email": "email", "phone": "phone"}


def read(payload: JsonObject) -> Iterator[Answer] | None:
    return _read(payload) if {"FormID", "UniqueID"} <= payload.keys() else None


def _read(payload: JsonObject) -> Iterator[Answer]:
    for name, given in payload.items():
        if name in _AROUND:
            continue
        value = _parts(given)
        kind: str | None = None
        title: JsonValue = None
        if isinstance(value, dict) and "field_type" in value:
            kind = str(value["field_type"])
            title = value.get("label")
            value = {part: text for part, text in value.items() if part not in ("field_type", "label")}
            if value.keys() == {"value"}:
                value = value["value"]
        yield from answer(name, value, title, name, meant=_MEANT.get(kind or ""))
    yield from others(payload, payload.keys() - _AROUND)


def _parts(given: JsonValue) -> JsonValue:
    if not isinstance(given, str) or " = " not in given:
        return given
    lines = [_LINE.fullmatch(line) for line in given.splitlines() if line.strip()]
    if not all(lines):
        return given
    return {line[1]: line[2] for line in lines if line is not None}
