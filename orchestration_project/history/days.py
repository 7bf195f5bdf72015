"""Days in the business' time zone: when one begins and ends, and where history begins.

What a partition is to Dagster is in `partitions.py`.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

from orchestration_project.errors import LeadsError
from orchestration_project.timezones import zone

_BEGINS = "begins"
AT_LEAST = timedelta(days=30)
"""History reaches back so far even where no lead is that old."""


def bounds(day: date, time_zone: str) -> tuple[datetime, datetime]:
    """From this moment on, and before that one. A day has 23 to 25 hours. Raises LeadsError for the last day
    that there is."""
    where = zone(time_zone)
    if day >= date.max:
        raise LeadsError(f"{day} is further away than a calendar goes.")
    return (
        datetime.combine(day, time.min, where),
        datetime.combine(day + timedelta(days=1), time.min, where),
    )


def day_of(moment: datetime, time_zone: str) -> date:
    return moment.astimezone(zone(time_zone)).date()


def days_between(first: date, last: date) -> Iterator[date]:
    """Both belong to it."""
    while first <= last:
        yield first
        first += timedelta(days=1)


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def kept_beginning(home: Path) -> date | None:
    """The day of the oldest lead, as far as anybody has written it down. Definitions are built from it in
    every process, where asking the database would cost more."""
    try:
        return date.fromisoformat((home / "history" / _BEGINS).read_text(encoding="utf-8").strip())
    except (OSError, ValueError):
        return None


def keep_beginning(home: Path, day: date) -> bool:
    """Writes it down where it is older than what was. True: it was, and who has built partitions since then
    has to build them anew."""
    known = kept_beginning(home)
    if known is not None and known <= day:
        return False
    folder = home / "history"
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f"{_BEGINS}.new"
    fresh.write_text(f"{day.isoformat()}\n", encoding="utf-8")
    fresh.replace(folder / _BEGINS)
    return True


def beginning(rules: date | None, kept: date | None, today: date) -> date:
    """The playbook's line; else the oldest lead, but AT_LEAST so far back."""
    if rules is not None:
        return rules
    least = today - AT_LEAST
    return min(kept, least) if kept is not None else least
