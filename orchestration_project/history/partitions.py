"""The partitions of history: days in the business' time zone, today included, and weeks for the report.

When a day begins is told by `days.py`.
"""

from collections.abc import Iterator, Sequence
from datetime import date

import dagster as dg

from orchestration_project.history.days import monday_of

TOGETHER = 7
"""So many days are read and worked out at once: memory stays flat however long a backfill is."""


def day_partitions(begins: date, time_zone: str) -> dg.DailyPartitionsDefinition:
    return dg.DailyPartitionsDefinition(start_date=begins.isoformat(), timezone=time_zone, end_offset=1)


def week_partitions(begins: date, time_zone: str) -> dg.WeeklyPartitionsDefinition:
    """From Monday to Sunday; a week is there once it is over."""
    return dg.WeeklyPartitionsDefinition(
        start_date=monday_of(begins).isoformat(), timezone=time_zone, day_offset=1
    )


def spans(days: Sequence[str]) -> Iterator[list[str]]:
    """The days in order, in spans without gaps of at most TOGETHER."""
    span: list[str] = []
    for day in sorted(days):
        if span and (len(span) == TOGETHER or _after(span[-1]) != day):
            yield span
            span = []
        span.append(day)
    if span:
        yield span


def _after(day: str) -> str:
    return date.fromordinal(date.fromisoformat(day).toordinal() + 1).isoformat()
