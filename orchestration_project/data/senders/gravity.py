"""Gravity Forms' entry, as its webhook and REST API give it: the answers stand under the numbers of their
questions.

As https://docs.gravityforms.com/entry-object/ has it. Numbers tell nothing of a question but that a name
and an address have parts of known numbers; the rest is for `fields:`, which names a number here and never
a position.
"""

import re
from collections.abc import Iterator, Mapping

from orchestration_project.data.senders.form import Answer, Place, answer, others
from orchestration_project.model import JsonObject

_FIELD = re.compile(r"(\d+)(?:\.(\d+))?")
_NAME = {"2": "prefix", "3": "first", "4": "middle", "6": "last", "8": "suffix"}
_LEAST_OF_AN_ADDRESS = 4  # else it may be boxes that somebody ticked
_ADDRESS = {"1": "street", "2": "line 2", "3": "city", "4": "state", "5": "zip", "6": "country"}


def read(payload: JsonObject) -> Iterator[Answer] | None:
    entry = payload.get("entry") if isinstance(payload.get("entry"), dict) else payload
    if not isinstance(entry, dict) or not {"form_id", "source_url"} <= entry.keys():
        return None
    if not any(_FIELD.fullmatch(key) for key in entry):
        return None
    return _read(payload, entry, "" if entry is payload else "entry.")


def _read(payload: JsonObject, entry: JsonObject, path: str) -> Iterator[Answer]:
    labels = _labels(payload.get("form"))
    parts: dict[str, set[str]] = {}
    for key in entry:
        if (found := _FIELD.fullmatch(key)) and found[2]:
            parts.setdefault(found[1], set()).add(found[2])
    ticked: dict[str, list[str]] = {}
    for key, value in entry.items():
        found = _FIELD.fullmatch(key)
        if found is None:
            continue
        number, part = found[1], found[2]
        label = labels.get(key) or labels.get(number)
        if part is None:
            yield from answer(f"{path}{key}", value, label, key)
        elif parts[number] <= _NAME.keys() and {"3", "6"} <= parts[number]:
            yield from _part(path, key, value, label, _NAME[part])
        elif parts[number] <= _ADDRESS.keys() and len(parts[number]) >= _LEAST_OF_AN_ADDRESS:
            yield Answer(
                f"{path}{key}",
                "" if value is None else str(value),
                (f"{label or 'address'}.{_ADDRESS[part]}", key),
            )
        elif isinstance(value, str):
            ticked.setdefault(number, []).append(value)
    for number, said in ticked.items():
        yield from answer(f"{path}{number}", list(said), labels.get(number), number)
    kept = {key for key in entry if _FIELD.fullmatch(key)}
    yield from others(entry, kept, path.rstrip("."))
    yield from others(payload, {"entry", "form"} if path else payload.keys(), place=Place.AROUND)


def _part(path: str, key: str, value: object, label: str | None, part: str) -> Iterator[Answer]:
    meant = {"first": "first_name", "last": "last_name"}.get(part)
    yield Answer(
        f"{path}{key}", "" if value is None else str(value), (f"{label or 'name'}.{part}", key), meant
    )


def _labels(form: object) -> Mapping[str, str]:
    """Where the form is sent along, what its questions are called."""
    labels: dict[str, str] = {}
    fields = form.get("fields") if isinstance(form, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    for field in fields if isinstance(fields, list) else ():  # pyright: ignore[reportUnknownVariableType]
        match field:
            case {"id": int() | str() as number, "label": str(label)}:
                labels[str(number)] = label
            case _:
                pass
    return labels
