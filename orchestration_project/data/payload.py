"""From the bytes a source delivered to a JSON object, and from that to flat `path: text` pairs.

What a form body is that is no JSON, is in `form_body.py`; which of the answers is the e-mail address or
the message is decided in `fields.py`.
"""

import json
import math
from collections.abc import Iterator
from decimal import Decimal
from typing import cast

from pydantic import JsonValue

from orchestration_project.data.form_body import NotAForm, parse_form
from orchestration_project.errors import LeadsError
from orchestration_project.model import JsonObject
from orchestration_project.text import storable

_MAX_DEPTH = 50
_MAX_DIGITS = 18  # what a 64-bit integer surely holds; longer ones are ids and stay text
LABELS = ("name", "label", "question", "title", "column_name", "field_name", "field_label", "heading", "key")
VALUES = ("value", "answer", "values", "answers", "response", "string_value", "field_value")
_DESCRIBING = frozenset(
    {"id", "type", "ref", "position", "order", "required", "field_id", "fieldid", "slug"}
    | {"column_id", "field_type"}
)
"""What stands beside a label and its value and is no answer."""


class UnreadableSubmission(LeadsError):  # noqa: N818 - a state of a submission, as in Reason.UNREADABLE
    """The bytes are no JSON object. The text says why and never quotes them."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"The submission cannot be read: {why}. Its bytes are kept; "
            "correct what the form or its integration sends, then submit it again."
        )


def parse_payload(raw: bytes) -> JsonObject:
    """The named answers in `raw`, which is a JSON object, or a form's body as browsers send it (urlencoded or
    multipart), fit for PostgreSQL. Raises UnreadableSubmission."""
    try:
        parsed: JsonValue = parse_form(raw)
    except NotAForm:
        parsed = _json(decoded(raw))
    if isinstance(parsed, list) and len(parsed) == 1:
        parsed = parsed[0]  # some senders deliver a list of one
    if not isinstance(parsed, dict):
        raise UnreadableSubmission("it is JSON, but not an object with named fields")
    return cast("JsonObject", _storable(parsed, depth=0))


def _json(text: str) -> JsonValue:
    try:
        # strict=False: some form builders send line breaks inside strings unescaped
        return json.loads(
            text,
            strict=False,
            parse_constant=str,
            parse_float=_float,
            parse_int=_integer,
            object_pairs_hook=_object,
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise UnreadableSubmission(f"it is not JSON ({where}: {error.msg})") from None
    except RecursionError:
        raise UnreadableSubmission(f"it is nested more than {_MAX_DEPTH} levels deep") from None


def _object(pairs: list[tuple[str, JsonValue]]) -> JsonObject:
    """Of several entries of one name (three ticked boxes) none wipes another."""
    found: JsonObject = {}
    for key, value in pairs:
        if key not in found:
            found[key] = value
            continue
        before = found[key]
        every = [*(before if isinstance(before, list) else [before])]
        every += value if isinstance(value, list) else [value]
        said = [one for one in every if one not in (None, "")]
        found[key] = said if len(said) > 1 else next(iter(said), value)
    return found


def flatten(value: JsonValue, path: str = "") -> Iterator[tuple[str, str]]:
    """Every value as text, with the way to it: `address.city`. A list of plain values is one text, and
    a list of `{"name": …, "value": …}` pairs, as some services send answers, counts as an object."""
    match value:
        case None:
            return
        case dict():
            for key, part in value.items():
                yield from flatten(part, f"{path}.{key}" if path else key)
        case list():
            if not any(isinstance(part, dict | list) for part in value):
                yield path, joined(value)
                return
            for number, part in enumerate(value):
                for key, inner in labelled(part) or [(str(number), part)]:
                    yield from flatten(inner, f"{path}.{key}" if path else key)
        case _:
            yield path, text_of(value)


def labelled(part: JsonValue) -> list[tuple[str, JsonValue]] | None:
    """Of `{"name": …, "value": …}`, however the two are called, the label with its value; and what else it
    holds, under the label. None: it is no answer with a label."""
    if not isinstance(part, dict):
        return None
    value = next((key for key in VALUES if key in part), None)
    label = next((key for key in LABELS if isinstance(part.get(key), str) and part[key]), None)
    if value is None or label is None:
        return None
    title = str(part[label])
    others = {key: inner for key, inner in part.items() if key not in (value, label)}
    more = [
        (f"{title}.{key}", inner)
        for key, inner in others.items()
        if key.casefold() not in _DESCRIBING and key not in LABELS
    ]
    return [(title, part[value]), *more]


def joined(values: list[JsonValue]) -> str:
    """A list of plain values as one text. Blank ones say nothing."""
    texts = [text_of(value) for value in values if value is not None]
    return ", ".join(text for text in texts if text.strip())


def text_of(value: JsonValue) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case float() if math.isfinite(value):
            return format(Decimal(repr(value)), "f")  # never 1e+22, which reads as two numbers
        case _:
            return storable(str(value))


def decoded(raw: bytes) -> str:
    """Text in UTF-8, or else in the old Windows code page. Raises UnreadableSubmission."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    # Text in the old Windows code page is no UTF-8 anywhere. Where parts of it are, it is UTF-8 that
    # was damaged on its way, and reading it as cp1252 would turn names into gibberish.
    if raw.decode("utf-8", "ignore").isascii():
        try:
            text = raw.decode("cp1252")
        except UnicodeDecodeError:
            pass
        else:
            if "\x00" not in text:
                return text
    raise UnreadableSubmission("its text is not UTF-8")


def _float(digits: str) -> float | str:
    number = float(digits)
    return number if math.isfinite(number) else digits


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= _MAX_DIGITS else digits


def _storable(value: JsonValue, depth: int) -> JsonValue:
    if depth > _MAX_DEPTH:
        raise UnreadableSubmission(f"it is nested more than {_MAX_DEPTH} levels deep")
    match value:
        case str():
            return storable(value)
        case list():
            return [_storable(part, depth + 1) for part in value]
        case dict():
            return {storable(key): _storable(part, depth + 1) for key, part in value.items()}
        case _:
            return value
