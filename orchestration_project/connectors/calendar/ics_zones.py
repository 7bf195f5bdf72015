"""The names of time zones in a calendar file: those it defines, those we know, and those that nobody knows.

What an event takes is `ics_format.py`.
"""

import re
from collections.abc import Collection, Mapping
from datetime import timedelta
from functools import partial

from orchestration_project.timezones import is_zone

UNKNOWN = "X-LEADS-UNKNOWN-ZONE"
"""A property that we give an event whose zone nobody knows: its name."""
WIDEST_WEST, WIDEST_EAST = timedelta(hours=12), timedelta(hours=14)
"""Of all zones there are: so far local time lies behind and before UTC."""

_TZID = re.compile(rb"(;TZID=)(\"[^\"\r\n]*\"|[^:;\r\n]*)")
_EVENT = re.compile(rb"(BEGIN:VEVENT.*?)(END:VEVENT)", re.DOTALL)
_START = re.compile(rb"^DTSTART[^:\r\n]*;TZID=(\"[^\"\r\n]*\"|[^:;\r\n]*)", re.MULTILINE)
_DEFINED = re.compile(rb"BEGIN:VTIMEZONE.*?^TZID[^:\r\n]*:([^\r\n]*)", re.DOTALL | re.MULTILINE)
_OFFSET = re.compile(r"^\(?(?:UTC|GMT) ?([+-])(\d{1,2}):?(\d\d)?\)?$", re.IGNORECASE)


def resolved(content: bytes) -> tuple[bytes, frozenset[str]]:
    """The file with the names it does not define replaced by IANA names, and those that stay unknown."""
    defined = {name.strip() for name in _DEFINED.findall(content)}
    unknown: set[str] = set()

    def replace(found: re.Match[bytes]) -> bytes:
        name = found.group(2).strip(b'"')
        if name in defined:
            return found.group()
        text = name.decode("utf-8", "replace").strip()
        known = iana_name(text)
        if known is None:
            unknown.add(text)
            return found.group()
        return found.group(1) + known.encode()

    content = _TZID.sub(replace, content)
    return (_EVENT.sub(partial(_marked, unknown), content) if unknown else content), frozenset(unknown)


def _marked(unknown: Collection[str], found: re.Match[bytes]) -> bytes:
    """Reading drops the names that it does not know, so the event carries them along."""
    start = _START.search(found.group())
    name = start.group(1).strip(b'"').decode("utf-8", "replace").strip() if start else ""
    if name not in unknown:
        return found.group()
    return found.group(1) + f"{UNKNOWN}:{name}\r\n".encode() + found.group(2)


def iana_name(name: str) -> str | None:
    """`Europe/Berlin` of itself, of `W. Europe Standard Time` and of `/some.program/Europe/Berlin`."""
    if is_zone(name):
        return name
    if offset := _OFFSET.match(name):
        sign, hours, minutes = offset.groups()
        # POSIX turns the sign round; there are no such names for half hours
        whole = f"Etc/GMT{'-' if sign == '+' else '+'}{int(hours)}"
        return whole if not int(minutes or 0) and is_zone(whole) else None
    parts = name.strip("/").split("/")
    for number in range(1, len(parts)):
        if is_zone(path := "/".join(parts[number:])):
            return path
    return _windows().get(name.casefold()) or _by_case(name)


def _by_case(name: str) -> str | None:
    """`europe/berlin`, `Europe/Berlin ` and `utc` are written by some programs."""
    plain = name.strip().replace(" ", "_")
    tidy = "/".join(part.title() for part in plain.split("/")) if "/" in plain else plain.upper()
    return tidy if is_zone(tidy) else None


def _windows() -> Mapping[str, str]:
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON  # noqa: PLC0415 - as icalendar itself

    return {name.casefold(): zone for name, zone in WINDOWS_TO_OLSON.items()}
