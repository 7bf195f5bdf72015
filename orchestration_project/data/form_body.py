"""A form's body as browsers and plugins send it: `application/x-www-form-urlencoded` and
`multipart/form-data`.

The kind is told from the bytes, which is all that is kept of a submission. What the answers mean is
`fields.py`'s.
"""

import re
from collections.abc import Iterable
from urllib.parse import unquote_to_bytes

from pydantic import JsonValue

from orchestration_project.model import JsonObject

_BOUNDARY = re.compile(rb"\s*--([^\r\n]{1,200})\r?\n(?i:content-)")
_URLENCODED = re.compile(rb"[^\s=&{}\[\]\"<>]{1,500}(?:(?:%5B|\[)[^\s=&]*)?=[^\s\"<>]*")
_PARTS = re.compile(r"\[([^\[\]]*)\]")
_MOST_PARTS = 20


class NotAForm(Exception):  # noqa: N818 - an answer, not an error
    """The bytes are no such body."""


def parse_form(raw: bytes) -> JsonObject:
    """`fields[name][value]=Jo` is `{"fields": {"name": {"value": "Jo"}}}`, as PHP reads it; several entries
    of one name are a list, and a blank one wipes nothing. Of an uploaded file its name. Raises NotAForm."""
    if (boundary := _BOUNDARY.match(raw)) is not None:
        return nested(_multipart(raw.lstrip(), boundary[1]))
    body = raw.strip()
    if _URLENCODED.fullmatch(body):
        return nested(_urlencoded(body))
    raise NotAForm


def is_form(raw: bytes) -> bool:
    try:
        parse_form(raw)
    except NotAForm:
        return False
    return True


def nested(pairs: Iterable[tuple[str, JsonValue]]) -> JsonObject:
    """The values under their names, taken apart at the brackets."""
    found: JsonObject = {}
    for name, value in pairs:
        first, bracket, rest = name.partition("[")
        parts = _PARTS.findall(bracket + rest) if first and bracket else []
        if len(parts) > _MOST_PARTS or "".join(f"[{part}]" for part in parts) != bracket + rest:
            first, parts = name, []
        place = found
        while parts and parts[0]:
            inner = place.setdefault(first, {})
            if not isinstance(inner, dict):
                # the name stood for a value before: both stay
                inner = {"": inner}
                place[first] = inner
            place, first, parts = inner, parts[0], parts[1:]
        _add(place, first, value)
    return found


def _add(place: JsonObject, key: str, value: JsonValue) -> None:
    if key not in place or place[key] in ("", None, []):
        place[key] = value
    elif value not in ("", None):
        before = place[key]
        if isinstance(before, dict) and isinstance(value, dict):
            for inner, said in value.items():
                _add(before, inner, said)
        elif isinstance(before, dict):
            _add(before, "", value)
        else:
            place[key] = [*(before if isinstance(before, list) else [before]), value]


def _urlencoded(body: bytes) -> list[tuple[str, JsonValue]]:
    pairs = (pair.partition(b"=") for pair in body.split(b"&") if pair)
    return [(_text(_unquoted(name)), _text(_unquoted(value))) for name, _, value in pairs]


def _unquoted(quoted: bytes) -> bytes:
    return unquote_to_bytes(quoted.replace(b"+", b" "))


def _multipart(raw: bytes, boundary: bytes) -> list[tuple[str, JsonValue]]:
    head = (
        b'Content-Type: multipart/form-data; boundary="' + boundary.rstrip().replace(b'"', b"") + b'"\r\n\r\n'
    )
    # most forms send no files, and so none of this
    from email.message import EmailMessage  # noqa: PLC0415
    from email.parser import BytesParser  # noqa: PLC0415
    from email.policy import HTTP  # noqa: PLC0415

    whole = BytesParser(EmailMessage, policy=HTTP).parsebytes(head + raw)
    if not whole.is_multipart():
        raise NotAForm
    pairs: list[tuple[str, JsonValue]] = []
    for part in whole.iter_parts():
        name = part.get_param("name", header="content-disposition")
        if not isinstance(name, str):
            continue
        file = part.get_filename()
        content = part.get_payload(decode=True)
        said = content if isinstance(content, bytes) else b""
        pairs.append((_repaired(name), _repaired(file) if file is not None else _text(said)))
    if not pairs:
        raise NotAForm
    return pairs


def _repaired(name: str) -> str:
    """Browsers write names in UTF-8, which a parser of mails takes for unknown bytes."""
    return _text(name.encode("utf-8", "surrogateescape"))


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")
