"""Netlify's notification of a form: `data` and `ordered_human_fields` say the same, and the top guesses at
it.

As https://docs.netlify.com/manage/forms/notifications/ and payloads in public code have it.
"""

from collections.abc import Iterator

from orchestration_project.data.senders.form import Answer, Place, answer, mappings, others, texts
from orchestration_project.model import JsonObject

_AROUND = frozenset({"ip", "user_agent", "referrer"})
_GUESSED = frozenset({"title", "email", "name", "first_name", "last_name", "company", "summary", "body"})
"""Netlify cuts a name in two at its first space."""
_ALWAYS = _GUESSED - {"title", "company"}


def read(payload: JsonObject) -> Iterator[Answer] | None:
    found = payload.get("payload") if isinstance(payload.get("payload"), dict) else payload
    match found:
        case {"data": dict(data), "ordered_human_fields": list()}:
            return _read(payload, found, data, "" if found is payload else "payload.")
        case _:
            return None


def _read(whole: JsonObject, payload: JsonObject, data: JsonObject, path: str) -> Iterator[Answer]:
    titles = {
        name: title
        for field in mappings(payload["ordered_human_fields"])
        for name in texts(field, "name")
        for title in texts(field, "title")
    }
    for name, value in data.items():
        if name in _AROUND:
            yield from answer(f"{path}data.{name}", value, name, place=Place.AROUND)
        else:
            yield from answer(f"{path}data.{name}", value, titles.get(name), name)
    said = {text for text in data.values() if isinstance(text, str)}
    guessed = {key for key in _GUESSED if key in _ALWAYS or set(texts(payload, key)) & said}
    yield from others(
        payload, {"data", "human_fields", "ordered_human_fields", *guessed}, path.rstrip("."), Place.AROUND
    )
    if path:
        yield from others(whole, {"payload"})
