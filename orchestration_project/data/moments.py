"""When a form says it was sent, and in which time zone the person is.

A time without a zone is the business's own: that is where its form, its sheet and its clock are.
"""

import re
import zoneinfo
from datetime import UTC, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime
from functools import cache

from pydantic import TypeAdapter, ValidationError

from orchestration_project.data.month_names import month_named
from orchestration_project.model import Problem
from orchestration_project.text import one_line, words
from orchestration_project.timezones import zone

_MAX_CHARACTERS = 200
_CLOCK_SKEW = timedelta(minutes=5)  # a form's clock may be this much ahead of ours without a word
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)  # small numbers read as times of 1970
_SHORT_AGO = timedelta(days=2)
_DATETIME = TypeAdapter(datetime)
_MONTH_FIRST = frozenset({"US", "PH", "FM", "MH", "PW", "PR", "GU", "AS", "VI", "MP"})
_NUMBERS = re.compile(
    r"(\d{1,4})(?:[/-]|\.\s?)(\d{1,2})(?:[/-]|\.\s?)(\d{1,4})(?:(?:,|\s|T|at|um|à|"
    r"-)*(\d{1,2})[:.h](\d{2})(?:[:.](\d{2}))?(?:\.\d+)?\s*([ap]\.?m\.?)?)?"
    r"\s*(?:uhr)?\s*(z|utc|gmt|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"(\d{1,2})[:.h](\d{2})(?:[:.](\d{2}))?(?:\.\d+)?\s*([ap]\.?m\b\.?)?"
    r"\s*(?:\b(?:z|utc|gmt)\b)?\s*(?P<zone>[+-]\d{2}:?\d{2}(?:\s*\(.*\))?|(?<=[A-Za-z])(?=\s|$))?",
    re.IGNORECASE,
)
_IN_SIGNS = re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]")
_IN_ONE = re.compile(r"(20\d{2})(\d{2})(\d{2})(?:[T ]?(\d{2})(\d{2})(\d{2})?(Z?))?")
_OF_A_SHEET = re.compile(r"[3-7]\d{4}(?:\.\d+)?")
"""Days since the end of 1899: as a Unix time it would be of 1970."""
_FINE = re.compile(r"(1\d{9})(?:\d{6}|\d{9})")  # a Unix time in millionths of a second, or finer
_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - its zone is put to it
_OF_DOTNET = re.compile(r"/Date\((\d+)(?:[+-]\d{4})?\)/")
_OFFSET = re.compile(r"[\s(]*\b(?:GMT|UTC)\s*([+-])(\d{1,2})(?::?(\d{2}))?\)?$", re.IGNORECASE)
_ZONE_BEHIND = re.compile(r"\s*[\[( ]\s*([A-Za-z]+(?:/[A-Za-z_+-]+)+|[A-Z]{3,5})\s*[\])]?$")
_BETWEEN = words(
    "at um à de del uhr the of kl alle às a las on le om h st nd rd th alle ore uur klo godz v ve o"
)
_HALF_A_DAY = 12
_CENTURY = 100


def read_submitted_at(
    text: str, received_at: datetime, home: tzinfo = UTC, region: str = ""
) -> tuple[datetime, Problem | None]:
    """ISO 8601, a Unix time, or a date as people and sheets write it; without a zone it is on the clocks of
    `home`. Which of two numbers is the day, `region` decides where the date of receipt does not."""
    received_at = received_at.astimezone(UTC)
    if not text.strip():
        return received_at, None
    stated, unclear = _stated(text.strip(), received_at, home, region)
    if stated is None:
        return received_at, _invalid("is no date and time that we can read")
    if stated > received_at + _CLOCK_SKEW:
        return received_at, _invalid("lies in the future")
    if stated < _EARLIEST:
        return received_at, _invalid("lies before the year 2000")
    return min(stated, received_at), _UNCLEAR if unclear else None


def _stated(text: str, received_at: datetime, home: tzinfo, region: str) -> tuple[datetime | None, bool]:
    """The moment in UTC, and whether the day and the month may be the other way round."""
    if (one := _IN_ONE.fullmatch(text)) is not None:
        text = f"{one[1]}-{one[2]}-{one[3]} {one[4] or '00'}:{one[5] or '00'}:{one[6] or '00'}{one[7] or ''}"
    elif _OF_A_SHEET.fullmatch(text):
        return _in_utc(_DAY_ZERO + timedelta(days=float(text)), home), False
    text, there, letters = _zone_behind(_FINE.sub(r"\1", _OF_DOTNET.sub(r"\1", text)), home)
    moment, unclear = _without_zone(text, received_at, there, region)
    if letters and moment is not None and moment.astimezone(there).tzname() != letters:
        return None, False
    return moment, unclear


def _zone_behind(text: str, home: tzinfo) -> tuple[str, tzinfo, str]:
    """`10:30 Europe/Berlin`, `10:30 (UTC+2)`. Letters such as CEST may be several zones': they come along,
    for the clocks of the business have to be called so at that moment."""
    text = _OFFSET.sub(lambda at: f"{at[1]}{int(at[2]):02}:{at[3] or '00'}", text)
    behind = _ZONE_BEHIND.search(text)
    if behind is None:
        return text, home, ""
    before, name = text[: behind.start()].rstrip(), str(behind[1])
    if "/" in name:
        return (before, zone(name), "") if name in _time_zones() else (text, home, "")
    ours = {datetime(2026, month, 1, tzinfo=home).tzname() for month in (1, 7)}
    return (before, home, name) if name in ours and name != "UTC" else (text, home, "")


def _without_zone(
    text: str, received_at: datetime, home: tzinfo, region: str
) -> tuple[datetime | None, bool]:
    try:
        return _in_utc(_DATETIME.validate_python(text), home), False
    except ValidationError:
        pass
    text = _IN_SIGNS.sub(r"\1-\2-\3", text)
    numbers = _NUMBERS.fullmatch(text)
    if numbers is not None:
        return _by_numbers(numbers, received_at, home, region)
    if (moment := _by_words(text, home)) is not None:
        return moment, False
    try:
        return _in_utc(parsedate_to_datetime(text), home), False
    except (ValueError, OverflowError, TypeError, IndexError):
        return None, False


def _by_words(text: str, home: tzinfo) -> datetime | None:
    """`24. November 2026, 10:30 Uhr`, `Tue Nov 24 2026 10:30:00 GMT+0100 (CET)`. None also where a word is
    left that may mean something, such as the name of a zone."""
    time = _TIME.search(text)
    day = f"{text[: time.start()]} {text[time.end() :]}" if time else text
    words_of = re.findall(r"[^\W\d_]+", day.casefold())
    numbers = re.findall(r"\d+", day)
    months = {month for word in words_of if (month := month_named(word)) is not None}
    first = re.match(r"\W*([^\W\d_]+)", day.casefold())
    weekday = {first[1]} if first else set[str]()
    left = {word for word in words_of if month_named(word) is None} - _BETWEEN - weekday
    if len(numbers) != 2 or len(months) != 1 or left:  # noqa: PLR2004 - the day and the year
        return None
    date, year = numbers if len(numbers[0]) <= 2 else numbers[::-1]  # noqa: PLR2004 - a year may stand first
    hour, minute, second, half = time.groups()[:4] if time else (None,) * 4
    zone = re.match(r"[+-]\d{2}:?\d{2}", (time["zone"] or "") if time else "")
    of_utc = time is not None and re.search(r"\b(?:z|utc|gmt)\b", time[0], re.IGNORECASE)
    stated = zone[0] if zone else "utc" if of_utc else None
    parts = [str(part or 0) for part in (hour, minute, second)]
    return _moment((year, str(months.pop()), date), parts, half, stated, home)


def _by_numbers(
    numbers: re.Match[str], received_at: datetime, home: tzinfo, region: str
) -> tuple[datetime | None, bool]:
    one, two, three, *time, half, zone = numbers.groups()
    if len(one) == 4:  # noqa: PLR2004 - the year
        orders = [(one, two, three)]
    elif len(three) == 1:
        return None, False
    else:
        day_first, month_first = (three, two, one), (three, one, two)
        # with dots nobody begins with the month
        american = region in _MONTH_FIRST and "." not in numbers[0][:6]
        orders = [month_first, day_first] if american else [day_first, month_first]
    read = [moment for order in orders if (moment := _moment(order, time, half, zone, home)) is not None]
    possible = [moment for moment in read if moment <= received_at + _CLOCK_SKEW] or read
    if not possible:
        return None, False
    near = [moment for moment in possible if abs(received_at - moment) <= _SHORT_AGO]
    sure = len(set(possible)) == 1 or len(near) == 1 or "." in numbers[0][:6]
    return (near or possible)[0], not sure


def _moment(
    day: tuple[str, str, str], time: list[str], half: str | None, zone: str | None, home: tzinfo
) -> datetime | None:
    hour, minute, second = (int(part or 0) for part in time)
    if half is not None:
        if not 1 <= hour <= _HALF_A_DAY:
            return None
        hour = hour % _HALF_A_DAY + (_HALF_A_DAY if half[0] in "pP" else 0)
    year = int(day[0]) + (2000 if int(day[0]) < _CENTURY else 0)
    try:
        moment = datetime(year, int(day[1]), int(day[2]), hour, minute, second)  # noqa: DTZ001 - its zone is put to it
        if zone and zone[0] in "+-":
            sign = -1 if zone[0] == "-" else 1
            ahead = sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
            return (moment - ahead).replace(tzinfo=UTC)
        return moment.replace(tzinfo=UTC) if zone else _in_utc(moment, home)
    except (ValueError, OverflowError):
        return None


def _in_utc(moment: datetime, home: tzinfo) -> datetime | None:
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=home)).astimezone(UTC)
    except OverflowError:  # at the very end of the calendar
        return moment.replace(tzinfo=UTC)


def _invalid(why: str) -> Problem:
    return Problem(
        field="submitted_at",
        code="invalid",
        message=f"The time of submission {why}; the time it reached us is used instead. "
        "Check the clock and the time format of the form.",
    )


_UNCLEAR = Problem(
    field="submitted_at",
    code="unclear",
    message="Which of the two numbers in the time of submission is the day cannot be told; it is read as is "
    "usual in the region of the business. Let the form send dates as 2026-11-24.",
)


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def read_time_zone(text: str) -> tuple[str | None, Problem | None]:
    name = one_line(text, _MAX_CHARACTERS)
    if name in _time_zones():
        return name, None
    return None, Problem(
        field="time_zone",
        code="invalid",
        message="The form states a time zone that is not an IANA name such as Europe/London. "
        "Correct the form; meanwhile the phone number decides.",
    )
