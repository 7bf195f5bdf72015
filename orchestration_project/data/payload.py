"""From the bytes a source delivered to a JSON object, and from that to flat `path: text` pairs.

Which of them is the e-mail address or the message is decided in `fields.py`.
"""

import json
import math
from collections.abc import Iterator
from decimal import Decimal
from typing import cast

from pydantic import JsonValue

from orchestration_project.errors import LeadsError
from orchestration_project.model import JsonObject
from orchestration_project.text import storable

_MAX_DEPTH = 50
_MAX_DIGITS = 18  # what a 64-bit integer surely holds; longer ones are ids and stay text
_LABELS = ("name", "label", "key")


class UnreadableSubmission(LeadsError):  # noqa: N818 - a state of a submission, as in Reason.UNREADABLE
    """The bytes are no JSON object. The text says why and never quotes them."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"The submission cannot be read: {why}. Its bytes are kept; "
            "correct what the form or its integration sends, then submit it again."
        )


def parse_payload(raw: bytes) -> JsonObject:
    """The JSON object in `raw`, fit for PostgreSQL. Raises UnreadableSubmission."""
    text = _decoded(raw)
    try:
        # strict=False: some form builders send line breaks inside strings unescaped
        parsed: JsonValue = json.loads(
            text, strict=False, parse_constant=str, parse_float=_float, parse_int=_integer
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise UnreadableSubmission(f"it is not JSON ({where}: {error.msg})") from None
    except RecursionError:
        raise UnreadableSubmission(f"it is nested more than {_MAX_DEPTH} levels deep") from None
    if not isinstance(parsed, dict):
        raise UnreadableSubmission("it is JSON, but not an object with named fields")
    return cast("JsonObject", _storable(parsed, depth=0))


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
                yield path, ", ".join(_text(part) for part in value if part is not None)
                return
            for number, part in enumerate(value):
                key, inner = _answer(part) or (str(number), part)
                yield from flatten(inner, f"{path}.{key}" if path else key)
        case _:
            yield path, _text(value)


def _answer(part: JsonValue) -> tuple[str, JsonValue] | None:
    if not isinstance(part, dict) or "value" not in part:
        return None
    labels = (part.get(label) for label in _LABELS)
    return next(((label, part["value"]) for label in labels if isinstance(label, str) and label), None)


def _text(value: JsonValue) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case float() if math.isfinite(value):
            return format(Decimal(repr(value)), "f")  # never 1e+22, which reads as two numbers
        case _:
            return storable(str(value))


def _decoded(raw: bytes) -> str:
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
