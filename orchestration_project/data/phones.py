"""Reading a phone number, and what it tells about where the person is.

Which countries the rest of the form speaks of is found in `regions.py`; time zones that a form states
itself are read in `moments.py`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from orchestration_project.model import Problem
from orchestration_project.text import one_line

if TYPE_CHECKING:
    import phonenumbers

_MAX_CHARACTERS = 100
_EXTENSION = re.compile(
    r"[\s,;.(/-]*\b(?:poste|durchwahl|dw|nebenstelle|apparat|app|klappe|kl|ramal|anexo|interno|wewn?|tst|toestel|"
    r"lokal(?:nummer)?|lok|linka|klapka|kl|mellék|dahili|внутр|вн|內線|内線|内线|분기|extn?)[.:]*\s*(\d{1,7})\)?\s*$",
    re.IGNORECASE,
)
_LIBRARYS = re.compile(r"(?:;?\s*ext[a-zó]*|[x#]|доб|int|anexo)[.:=\s]*\d{1,7}\W*$", re.IGNORECASE)
"""How phonenumbers knows an extension."""
_BESIDE = re.compile(
    r"\s*(?:\s/\s|[,;|]|\s[-\u2013]\s(?=[^\W\d_])|\((?=[^\d)])|\s(?=[^\W\d_]{2}))", re.IGNORECASE
)
"""Between a number and a second one, or words about it."""
_WORDS = re.compile(r"[^\W\d_]{2,}")
_IN_ONE = re.compile(r"(?<![\w+])\+?\d[\d().\-/]{6,}(?!\w)")
_AMID = Problem(
    field="phone",
    code="unclear",
    message="The phone number stands among words and other figures. The only one in it that exists counts; "
    "all of it is kept as it was typed.",
)
_NONE_FOUND = Problem(
    field="phone",
    code="invalid",
    message="Words stand in the field for the phone number, and which number is meant cannot be told. All of "
    "it is kept as it was typed. Ask for it in the reply.",
)
_OF_A_SHEET = re.compile(r"\d+\.0|\d\.\d+[eE]\+\d{2}")
_REGION_LETTERS = 2  # numbers of no country, such as +800, have the region "001"


@dataclass(frozen=True)
class Phone:
    """A number in E.164, and what it tells: the region's ISO 3166 code, the IANA time zone."""

    number: str | None = None  # E.164
    region: str | None = None  # ISO 3166
    time_zone: str | None = None  # only where the number leaves no choice
    extension: str | None = None


def read_phone(
    text: str, home: str, hints: Callable[[], Sequence[tuple[str, bool]]] = tuple
) -> tuple[Phone, Problem | None]:
    """`home` is the region whose national numbers need no country code; `hints` tells those that the form
    speaks of. A national number is of a country that is told, if it can be; where one is told and the
    number fits ours alone, it is nobody's for sure."""
    typed = _EXTENSION.sub(r" ext. \1", _whole(one_line(text, _MAX_CHARACTERS)))
    number, beside = _apart(typed)
    if beside:
        phone, _problem = _read(number, home, hints)
        if phone.number is not None:
            return phone, _more(beside)
    phone, problem = _read(typed, home, hints)
    if phone.number is not None or not _WORDS.search(typed):
        return phone, problem
    found = _among(typed, home, hints)
    if found is not None:
        return found, _AMID
    return phone, _NONE_FOUND if problem is not None and problem.code == "invalid" else problem


def _among(typed: str, home: str, hints: Callable[[], Sequence[tuple[str, bool]]]) -> Phone | None:
    """The number that stands whole among words and other figures, if it is the only one that exists."""
    read = [_read(number, home, hints)[0] for number in _IN_ONE.findall(typed)]
    found = {phone.number: phone for phone in read if phone.number is not None}
    return next(iter(found.values())) if len(found) == 1 else None


def _whole(typed: str) -> str:
    """A sheet makes a number of it: `447400123456.0`, and `4.47400123456E+11` where no digit is lost."""
    if _OF_A_SHEET.fullmatch(typed):
        number = Decimal(typed)
        digits = len(number.as_tuple().digits)
        if digits > number.adjusted():
            return format(number.to_integral_value(), "f")
    return typed


def _apart(typed: str) -> tuple[str, str]:
    """The number, and what stands behind it: words, or a second number. Letters that stand for digits
    (`1-800-FLOWERS`) stand behind no blank."""
    if _LIBRARYS.search(typed):
        return typed, ""
    number = typed[re.match(r"[^\d+(]*", typed).end() :]  # pyright: ignore[reportOptionalMemberAccess] - it always matches
    parts = _BESIDE.split(number, maxsplit=1)
    return (parts[0], number[len(parts[0]) :].strip(" ,;|/")) if len(parts) > 1 else (typed, "")


def _read(
    typed: str, home: str, hints: Callable[[], Sequence[tuple[str, bool]]]
) -> tuple[Phone, Problem | None]:
    abroad = _parsed(typed, None)
    if abroad is None and typed.startswith("("):
        abroad = _parsed(typed.removeprefix("(").replace(")", "", 1), None)
    if abroad is not None:
        return (_phone(abroad), None) if _valid(abroad) else (Phone(), _invalid(home))
    ours = _parsed(typed, home)
    if ours is not None and not _valid(ours):
        ours = None
    # dialled with an international prefix, it says its country itself
    if ours is not None and ours.country_code != _code(home):
        return _phone(ours), None
    told = hints()
    for region, _named in told:
        theirs = _parsed(typed, region)
        if theirs is not None and _valid(theirs):
            return _phone(theirs), None
    if ours is None:
        return Phone(), _invalid(home)
    if told and home not in {region for region, _named in told}:
        return Phone(), _unclear(told[0][0])
    return _phone(ours), None


def _phone(parsed: "phonenumbers.PhoneNumber") -> Phone:
    import phonenumbers  # noqa: PLC0415 - costs start-up time
    from phonenumbers import timezone  # noqa: PLC0415

    region = phonenumbers.region_code_for_number(parsed)
    zones = timezone.time_zones_for_number(parsed)
    return Phone(
        number=phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164),
        region=region if region and len(region) == _REGION_LETTERS else None,
        time_zone=zones[0] if len(zones) == 1 and zones[0] != timezone.UNKNOWN_TIMEZONE else None,
        extension=parsed.extension or None,
    )


def _parsed(text: str, region: str | None) -> "phonenumbers.PhoneNumber | None":
    import phonenumbers  # noqa: PLC0415 - as above

    try:
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None


def _valid(parsed: "phonenumbers.PhoneNumber") -> bool:
    import phonenumbers  # noqa: PLC0415 - as above

    return phonenumbers.is_valid_number(parsed)


@cache
def _code(region: str) -> int:
    import phonenumbers  # noqa: PLC0415 - as above

    return phonenumbers.country_code_for_region(region)


def _invalid(home: str) -> Problem:
    return Problem(
        field="phone",
        code="invalid",
        message=f"No such phone number exists in {home}, nor abroad with this country code. "
        "Ask for it in the reply.",
    )


def _more(beside: str) -> Problem:
    return Problem(
        field="phone",
        code="unclear",
        message=f"Beside the phone number stands: {beside[:60]}. The first number counts; all of it is kept "
        "as it was typed.",
    )


def _unclear(region: str) -> Problem:
    return Problem(
        field="phone",
        code="unclear",
        message=f"The phone number has no country code. The form speaks of {region}, where there is no "
        "such number; it is kept as it was typed. Ask for it in the reply.",
    )
