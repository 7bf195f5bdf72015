"""Wix's automation of a form: `submissions` with their labels, the same once more as `field:…`, and the
contact.

As "All keys and values" of its webhook action gives it in public code; some send what is in `data` alone.
"""

import re
from collections.abc import Iterator

from orchestration_project.data.senders.form import Answer, Place, answer, mappings, others, texts
from orchestration_project.model import JsonObject

_FIELD = re.compile(r"field:(.+?)(?:_[0-9a-f]{4})?")


def read(payload: JsonObject) -> Iterator[Answer] | None:
    data = payload.get("data") if isinstance(payload.get("data"), dict) else payload
    if isinstance(data, dict) and (
        any(key.startswith("field:") for key in data)
        or ("formName" in data and isinstance(data.get("submissions"), list))
    ):
        return _read(payload, data, "" if data is payload else "data.")
    return None


def _read(payload: JsonObject, data: JsonObject, path: str) -> Iterator[Answer]:
    said: set[str] = set()
    for one in mappings(data.get("submissions")):
        label = next(iter(texts(one, "label")), "question")
        for found in answer(f"{path}submissions.{label}", one.get("value"), label):
            said.add(found.text)
            yield found
    for key, value in data.items():
        field = _FIELD.fullmatch(key)
        if field is not None:
            for found in answer(f"{path}{key}", value, field[1], key):
                if found.text not in said:
                    yield found
    contact = data.get("contact")
    if isinstance(contact, dict):
        # of the person as Wix knows them, perhaps for long: what the form says wins
        yield from others(contact, (), f"{path}contact", Place.NEAR)
    fields = {key for key in data if key.startswith("field:")}
    yield from others(data, {"submissions", "contact", *fields}, path.rstrip("."))
    yield from others(payload, {"data"} if path else payload.keys())
