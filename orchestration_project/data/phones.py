"""Reading a phone number, and what it tells about where the person is.

Time zones that a form states itself are read in `normalise.py`.
"""

from dataclasses import dataclass

import phonenumbers
from phonenumbers import timezone

from orchestration_project.model import Problem
from orchestration_project.text import one_line

_MAX_CHARACTERS = 100
_REGION_LETTERS = 2  # numbers of no country, such as +800, have the region "001"


@dataclass(frozen=True)
class Phone:
    """A number in E.164, and what it tells: the region's ISO 3166 code, the IANA time zone."""

    number: str | None = None  # E.164
    region: str | None = None  # ISO 3166
    time_zone: str | None = None  # only where the number leaves no choice


def read_phone(text: str, home: str) -> tuple[Phone, Problem | None]:
    """`home` is the region whose national numbers need no country code."""
    try:
        parsed = phonenumbers.parse(one_line(text, _MAX_CHARACTERS), home)
    except phonenumbers.NumberParseException:
        return Phone(), _invalid(home)
    if not phonenumbers.is_valid_number(parsed):
        return Phone(), _invalid(home)
    region = phonenumbers.region_code_for_number(parsed)
    zones = timezone.time_zones_for_number(parsed)
    return (
        Phone(
            number=phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164),
            region=region if region and len(region) == _REGION_LETTERS else None,
            time_zone=zones[0] if len(zones) == 1 and zones[0] != timezone.UNKNOWN_TIMEZONE else None,
        ),
        None,
    )


def _invalid(home: str) -> Problem:
    return Problem(
        field="phone",
        code="invalid",
        message=f"No such phone number exists in {home}, nor abroad with this country code. "
        "Ask for it in the reply.",
    )
