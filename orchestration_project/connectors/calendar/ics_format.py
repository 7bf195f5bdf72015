"""The iCalendar format: a hold as the bytes of an .ics file, and the busy times such bytes tell.

Where the files are is `ics.py`.
"""

import re
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING

from orchestration_project.connectors.calendar.ics_zones import UNKNOWN, WIDEST_EAST, WIDEST_WEST, resolved
from orchestration_project.connectors.calendar.interface import Busy, HeldTime, Hold
from orchestration_project.model.records import Item, Told
from orchestration_project.text import one_line

if TYPE_CHECKING:
    import icalendar

_MAILTO = "mailto:"
_TOO_OFTEN = re.compile(rb"FREQ=(?:SECONDLY|MINUTELY)", re.IGNORECASE)
"""Half a million repetitions a week would keep everybody waiting."""
_UNTIL_A_DAY = re.compile(rb"UNTIL=\d{8}(?=[;\r\n])")
"""Of an event with a time, too, programs write the last day, and mean all of it."""
_OUTLOOK = "X-MICROSOFT-CDO-BUSYSTATUS"
_DAY = re.compile(rb"^DT(?:START|END)[^:\r\n]*:(\d{8})", re.MULTILINE)
_TEXT = rb"[^\r\n]*\r\n(?: [^\r\n]*\r\n)*"
_TIME = rb"(\d{8}T\d{6})Z\r\n"
_AS_WRITTEN = re.compile(
    rb"BEGIN:VCALENDAR\r\nVERSION:2\.0\r\nPRODID:-//Lead intake orchestrator//EN\r\nBEGIN:VEVENT\r\n"
    rb"SUMMARY:"
    + _TEXT
    + rb"DTSTART:"
    + _TIME
    + rb"DTEND:"
    + _TIME
    + rb"DTSTAMP:"
    + _TIME
    + rb"UID:"
    + _TEXT
    # what follows a description that is there, and no line of a guest, a repetition or another zone
    + rb"(?:DESCRIPTION:"
    + _TEXT
    + rb")?STATUS:TENTATIVE\r\nTRANSP:OPAQUE\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
"""What `event_file` writes, and nobody has changed since but its times and texts."""
_LONGEST_HOLD = timedelta(days=31)
"""What lasts longer was a slip of somebody's hand: of that the library says whether it can be a time."""


def event_uid(key: str, own_domain: str) -> str:
    return f"hold.{key.lower()}@{own_domain}"


def key_of(uid: str) -> str:
    """Of a hold's UID."""
    return uid.removeprefix("hold.").partition("@")[0].upper()


def event_file(hold: Hold, own_domain: str, now: datetime) -> bytes:
    """Times are in UTC: each program shows them in its own zone, and none needs our zone tables."""
    import icalendar  # noqa: PLC0415 - a fifth of a second, and most runs hold no slot

    event = icalendar.Event()
    event.add("uid", event_uid(hold.key, own_domain))
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", hold.start.astimezone(UTC))
    event.add("dtend", hold.end.astimezone(UTC))
    event.add("summary", hold.title)
    event.add("description", hold.description)
    event.add("status", "TENTATIVE")
    event.add("transp", "OPAQUE")
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Lead intake orchestrator//EN")
    calendar.add("version", "2.0")
    calendar.add_component(event)
    return calendar.to_ical()


def busy_times(content: bytes, start: datetime, end: datetime, addresses: Collection[str] = ()) -> list[Busy]:
    """What the events of a file take between start and end, repetitions included. Times without a zone
    are read in the zone of `start`; those in a zone that nobody knows take all the time that they may mean,
    and say so. Invitations that one of the `addresses` declined take none. Raises ValueError if it is no
    calendar."""
    if _is_over(content, start):
        return []
    if (own := _own_hold(content)) is not None:
        return [own] if own.start < end and own.end > start else []
    if _TOO_OFTEN.search(content):
        raise ValueError("an event that repeats every minute is no appointment")
    content = _UNTIL_A_DAY.sub(rb"\g<0>T235959Z", content)
    try:
        content, unknown = resolved(content)
        return list(_busy_times(content, unknown, start, end, addresses))
    # the libraries meet many a mistake only where it hurts them
    except (LookupError, TypeError, AttributeError, ArithmeticError) as error:
        raise ValueError("not a readable calendar") from error


def event_time(content: bytes, uid: str) -> HeldTime | None:
    """When the event of that UID is, and which guests have accepted. A time without a zone is read as UTC.
    None: it is not there, cancelled, or an event of whole days. Raises ValueError if it is no calendar."""
    import icalendar  # noqa: PLC0415 - as above

    try:
        for event in icalendar.Calendar.from_ical(content).walk("VEVENT"):
            if not isinstance(event, icalendar.Event) or event.get("UID") != uid:
                continue
            start, end = event.start, event.end
            if event.get("STATUS") == "CANCELLED" or not isinstance(start, datetime):
                return None
            return HeldTime(
                start=_moment(start, UTC), end=_moment(end, UTC), accepted_by=tuple(_accepted_by(event))
            )
    except (LookupError, TypeError, AttributeError, ArithmeticError) as error:
        raise ValueError("not a readable calendar") from error
    return None


def event_title(content: bytes, uid: str) -> str | None:
    """What the event of that UID is called. None: it is not there, or cancelled. Raises ValueError if it is
    no calendar."""
    event = _event(_calendar(content), uid)
    return str(event.get("SUMMARY", "")) if event is not None else None


def retitled(content: bytes, uid: str, title: str, now: datetime) -> bytes | None:
    """The calendar with that event called so, and all else as it was. None: the event is not there."""
    calendar = _calendar(content)
    event = _event(calendar, uid)
    if event is None:
        return None
    event.pop("SUMMARY", None)
    event.add("summary", title)
    event.pop("DTSTAMP", None)
    event.add("dtstamp", now.astimezone(UTC))
    return calendar.to_ical()


def told_of(content: bytes, uid: str) -> Told:
    """What the file says of the hold. Raises ValueError if it is no calendar."""
    title, held = event_title(content, uid), event_time(content, uid)
    if title is None:
        return Told(outside_id=uid, gone=True)
    values: dict[Item, str] = {"title": title}
    if held is not None:
        values["meeting"] = held.start.astimezone(UTC).isoformat(timespec="minutes")
    return Told(outside_id=uid, values=values)


def _calendar(content: bytes) -> "icalendar.Component":
    import icalendar  # noqa: PLC0415 - as above

    try:
        return icalendar.Calendar.from_ical(content)
    except (LookupError, TypeError, AttributeError, ArithmeticError) as error:
        raise ValueError("not a readable calendar") from error


def _event(calendar: "icalendar.Component", uid: str) -> "icalendar.Component | None":
    found = (event for event in calendar.walk("VEVENT") if event.get("UID") == uid)
    return next((event for event in found if event.get("STATUS") != "CANCELLED"), None)


def _accepted_by(event: "icalendar.Event") -> Iterator[str]:
    return (address for address, answer in _answers(event) if answer == "ACCEPTED")


def _answers(event: "icalendar.Event") -> Iterator[tuple[str, str]]:
    """RFC 5545, 3.8.4.1: an attendee is an address, and its answer a parameter beside it."""
    attendees = event.get("ATTENDEE", [])
    for attendee in attendees if isinstance(attendees, list) else [attendees]:
        address, answer = str(attendee), str(attendee.params.get("PARTSTAT", "")).upper()
        yield (address[len(_MAILTO) :] if address.lower().startswith(_MAILTO) else address), answer


def _busy_times(
    content: bytes, unknown: Collection[str], start: datetime, end: datetime, addresses: Collection[str]
) -> Iterator[Busy]:
    import icalendar  # noqa: PLC0415 - as above
    import recurring_ical_events  # noqa: PLC0415

    calendars = icalendar.Calendar.from_ical(content, multiple=True)
    if not calendars:
        raise ValueError("no calendar in it")
    margin = WIDEST_EAST if unknown else timedelta(0)
    for calendar in calendars:
        for event in recurring_ical_events.of(calendar).between(start - margin, end + margin):
            if not isinstance(event, icalendar.Event) or not _takes_time(event, addresses):
                continue
            name = str(event.get(UNKNOWN, ""))
            if name and isinstance(event.start, datetime):
                yield Busy(
                    start=_moment(event.start, UTC).replace(tzinfo=UTC) - WIDEST_EAST,
                    end=_moment(event.end, UTC).replace(tzinfo=UTC) + WIDEST_WEST,
                    unsure=f"an event is in a time zone that nobody knows ({one_line(name, 60)}), "
                    "so all the time it may mean was kept free",
                )
            else:
                yield Busy(start=_moment(event.start, start.tzinfo), end=_moment(event.end, start.tzinfo))


def _takes_time(event: "icalendar.Event", addresses: Collection[str]) -> bool:
    if event.get("TRANSP") == "TRANSPARENT" or event.get("STATUS") == "CANCELLED":
        return False
    if event.get(_OUTLOOK) in ("FREE", "WORKINGELSEWHERE"):
        return False
    ours = {address.casefold() for address in addresses}
    answers = {answer for address, answer in _answers(event) if address.casefold() in ours}
    return "DECLINED" not in answers


def _is_over(content: bytes, start: datetime) -> bool:
    """Past single events are most of a folder after a year; telling them apart is 100 times as fast as
    reading them."""
    if any(word in content for word in (b"RRULE", b"RDATE", b"DURATION")):
        return False
    days = _DAY.findall(content)
    if len(days) != content.count(b"DTSTART") + content.count(b"DTEND"):
        return False
    # two days: one for the event without an end, one for its zone
    return bool(days) and max(days) < f"{start - timedelta(days=2):%Y%m%d}".encode()


def _own_hold(content: bytes) -> Busy | None:
    """The time of a hold as it was written; None: the library has to read it. Most of a folder are such
    holds, and reading one with the library takes twenty times as long, not counting its import."""
    found = _AS_WRITTEN.fullmatch(content)
    if found is None:
        return None
    try:
        content.decode()
        start, end = (datetime.strptime(found[n].decode(), "%Y%m%dT%H%M%S") for n in (1, 2))  # noqa: DTZ007
    except ValueError:
        return None
    if not timedelta(0) < end - start <= _LONGEST_HOLD:
        return None
    return Busy(start=start.replace(tzinfo=UTC), end=end.replace(tzinfo=UTC))


def _moment(value: date, zone: tzinfo | None) -> datetime:
    if not isinstance(value, datetime):
        return datetime.combine(value, time(), zone)
    return value if value.tzinfo else value.replace(tzinfo=zone)
