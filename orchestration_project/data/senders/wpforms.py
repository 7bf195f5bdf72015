"""WPForms: its fields by number, each with its name, its value, and the parts of a name beside the whole.

As wpforms.com documents `$fields` of a processed entry, which its webhooks and hooks hand on.
"""

from collections.abc import Iterator

from orchestration_project.data.senders.form import Answer, Place, answer, mappings, others, texts
from orchestration_project.model import JsonObject

_MEANT = {"email": "email", "phone": "phone"}


def read(payload: JsonObject) -> Iterator[Answer] | None:
    fields = payload.get("fields")
    found = list(mappings(fields))
    if (
        found
        and len(found) == len(fields if isinstance(fields, dict | list) else ())
        and all({"name", "value", "id", "type"} <= field.keys() for field in found)
    ):
        return _read(payload)
    return None


def _read(payload: JsonObject) -> Iterator[Answer]:
    for field in mappings(payload["fields"]):
        key, kind = str(field["id"]), str(field["type"])
        names = texts(field, "name")
        parts = {"first": "first_name", "last": "last_name"} if kind == "name" else {}
        for part, meant in parts.items():
            if field.get(part):
                yield from answer(
                    f"fields.{key}.{part}", field[part], *(f"{name}.{part}" for name in names), meant=meant
                )
        # the choice as it reads, where its value is another
        value = field.get("value_choice") or field["value"]
        several = (
            isinstance(value, str) and kind in {"checkbox", "select", "payment-checkbox"} and "\n" in value
        )
        yield from answer(
            f"fields.{key}.value",
            [line for line in str(value).splitlines() if line] if several else value,
            *names,
            key,
            meant=_MEANT.get(kind),
            place=Place.NEAR if kind == "hidden" else Place.ANSWER,
        )
    yield from others(payload, {"fields"})
