"""Tally's webhook: fields with their labels, choices as ids with their words beside them.

As https://tally.so/help/webhooks has it. The list of submissions is a connector.
"""

from collections.abc import Iterator

from orchestration_project.data.senders.form import Answer, Place, answer, as_words, mappings, others, texts
from orchestration_project.model import JsonObject

_MEANT = {"INPUT_EMAIL": "email", "INPUT_PHONE_NUMBER": "phone"}
_NOT_ASKED = {"HIDDEN_FIELDS", "CALCULATED_FIELDS"}


def read(payload: JsonObject) -> Iterator[Answer] | None:
    match payload:
        case {"data": {"fields": list(fields)} as data} if fields and all(
            isinstance(field, dict) and {"key", "label", "type", "value"} <= field.keys() for field in fields
        ):
            return _read(payload, data)
        case _:
            return None


def _read(payload: JsonObject, data: JsonObject) -> Iterator[Answer]:
    chosen = {
        str(field["key"]) for field in mappings(data["fields"]) if isinstance(field.get("options"), list)
    }
    for field in mappings(data["fields"]):
        key, kind = str(field["key"]), str(field["type"])
        if isinstance(field["value"], bool) and any(key.startswith(f"{one}_") for one in chosen):
            continue  # each box of a question once more by itself
        options = {
            str(option.get("id")): str(option.get("text") or option.get("name") or option.get("id"))
            for option in mappings(field.get("options"))
        }
        columns = {str(row.get("id")): str(row.get("text")) for row in mappings(field.get("columns"))}
        rows = {str(row.get("id")): str(row.get("text")) for row in mappings(field.get("rows"))}
        value = as_words(field["value"], options)
        if isinstance(value, dict):
            value = {rows.get(row, row): as_words(column, columns) for row, column in value.items()}
        yield from answer(
            f"data.fields.{key}",
            value,
            *texts(field, "label", "key"),
            meant=_MEANT.get(kind),
            place=Place.NEAR if kind in _NOT_ASKED else Place.ANSWER,
        )
    yield from others(data, {"fields"}, "data")
    yield from others(payload, {"data"})
