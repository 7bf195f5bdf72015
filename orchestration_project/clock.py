"""The real clock. Everything that needs the time takes a `Clock`; only composition roots name this one."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    return datetime.now(UTC)
