"""The real clock. Everything that needs the time takes a `Clock`; only composition roots name this one."""

from datetime import UTC, datetime, timedelta

SKEW = timedelta(minutes=1)
"""So far apart may the clocks of two machines be, and one that was set right."""


def utc_now() -> datetime:
    return datetime.now(UTC)


def has_passed(span: timedelta, since: datetime, now: datetime) -> bool:
    """Whether so much time went by since then. What was noted while a clock ran ahead lies in the future once
    it is set right; nobody waits until then."""
    return now - since >= span or since - now > SKEW
