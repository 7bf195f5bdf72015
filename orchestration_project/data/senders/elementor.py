"""Elementor's webhook action: `fields[email][title]` and `fields[email][value]` with its advanced data, and
without them what people see as names, or `No Label email` where there is nothing to see.

As Elementor Pro's forms send it (elementor/elementor issues 3389, 8015, 27399).
"""

from collections.abc import Iterator

from orchestration_project.data.senders.form import Answer, Place, answer, others, texts
from orchestration_project.model import JsonObject

_MEANT = {"email": "email", "tel": "phone"}
_NO_LABEL = "No Label "


def read(payload: JsonObject) -> Iterator[Answer] | None:
    match payload:
        case {"form": dict(), "fields": dict(fields)} if fields and all(
            isinstance(field, dict) and "id" in field and {"value", "raw_value"} & field.keys()
            for field in fields.values()
        ):
            return _advanced(payload, fields)
        case {"form_id": _, "form_name": _} if any(key.startswith(_NO_LABEL) for key in payload):
            return _simple(payload)
        case _:
            return None


def _advanced(payload: JsonObject, fields: JsonObject) -> Iterator[Answer]:
    for key, field in fields.items():
        if not isinstance(field, dict):
            continue
        value = field.get("value")
        yield from answer(
            f"fields.{key}.value",
            value if value not in (None, "") else field.get("raw_value"),
            *texts(field, "title", "id"),
            meant=_MEANT.get(str(field.get("type"))),
            place=Place.NEAR if field.get("type") == "hidden" else Place.ANSWER,
        )
    meta = payload.get("meta")
    if isinstance(meta, dict):
        for key, told in meta.items():
            value = told.get("value") if isinstance(told, dict) else told
            yield from answer(f"meta.{key}", value, key, place=Place.AROUND)
    yield from others(payload, {"fields", "meta"})


def _simple(payload: JsonObject) -> Iterator[Answer]:
    around = {"form_id", "form_name", "Date", "Time", "Page URL", "User Agent", "Remote IP", "Powered by"}
    for key, value in payload.items():
        if key not in around:
            yield from answer(key, value, key.removeprefix(_NO_LABEL), key)
    yield from others(payload, payload.keys() - around)
