"""Finds the next free time for a call: pure calculation with zones, working hours and what is taken.

Asking a calendar what is taken, and writing into it, is `calendar_hold.py`.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from orchestration_project.connectors.calendar.interface import Busy
from orchestration_project.playbook.business import WEEKDAYS, WorkingHours

LOOK_AHEAD = timedelta(days=28)
LEAD_TIME = timedelta(hours=2)
LENGTH = timedelta(minutes=30)
GRID = timedelta(minutes=30)
COURTEOUS_DAYS = 10
"""Working days in which a slot that is polite in the lead's zone comes before an earlier one that is not."""
POLITE_FROM, POLITE_TO = time(8), time(20)


class Slot(NamedTuple):
    """In UTC: arithmetic in local time goes wrong on the days when clocks change."""

    start: datetime
    end: datetime


def next_slot(
    now: datetime,
    hours: WorkingHours,
    owner_zone: tzinfo,
    lead_zone: tzinfo | None,
    busy: Sequence[Busy],
    *,
    length: timedelta = LENGTH,
    lead_time: timedelta = LEAD_TIME,
) -> Slot | None:
    """The first free slot on the half hour in the owner's working hours. None: LOOK_AHEAD has none.

    If the lead's zone is known, a slot in the lead's day, 8 to 20 o'clock, is taken where the next ten
    working days have one.
    """
    earliest = now.astimezone(UTC) + lead_time
    taken = _Taken(busy)
    first: Slot | None = None
    for working_day, slot in _slots(earliest, hours, owner_zone, length):
        if first is not None and working_day > COURTEOUS_DAYS:
            break
        if slot.start < earliest or taken.overlaps(slot):
            continue
        first = first or slot
        if lead_zone is None or (
            working_day <= COURTEOUS_DAYS and _within(slot, lead_zone, POLITE_FROM, POLITE_TO)
        ):
            return slot
    return first


def _slots(
    earliest: datetime, hours: WorkingHours, zone: tzinfo, length: timedelta
) -> Iterator[tuple[int, Slot]]:
    """Every slot of the working days ahead, with the number of its working day, from 1."""
    working_day = 0
    today = earliest.astimezone(zone).date()
    for day in (today + timedelta(days=ahead) for ahead in range(LOOK_AHEAD.days)):
        if WEEKDAYS[day.weekday()] in hours.days:
            working_day += 1
            for slot in _slots_of(day, hours, zone, length):
                yield working_day, slot


def _slots_of(day: date, hours: WorkingHours, zone: tzinfo, length: timedelta) -> Iterator[Slot]:
    opens = datetime.combine(day, hours.start)
    opens += timedelta(minutes=-opens.minute % (GRID // timedelta(minutes=1)))
    start = opens.replace(tzinfo=zone).astimezone(UTC)
    closes = datetime.combine(day, hours.end, zone).astimezone(UTC)
    while start + length <= closes:
        slot = Slot(start, start + length)
        # where the clocks change in working hours, their ends are not where they seem to be
        if _within(slot, zone, hours.start, hours.end):
            yield slot
        start += GRID


def _within(slot: Slot, zone: tzinfo, opens: time, closes: time) -> bool:
    """On one day of that zone, and between these times of it."""
    start, end = slot.start.astimezone(zone), slot.end.astimezone(zone)
    return start.date() == end.date() and opens <= start.time() and end.time() <= closes


class _Taken:
    """Times that are taken, joined where they overlap: a full calendar has hundreds, and as many slots."""

    def __init__(self, busy: Sequence[Busy]) -> None:
        self._starts: list[datetime] = []
        self._ends: list[datetime] = []
        for start, end in sorted((one.start.astimezone(UTC), one.end.astimezone(UTC)) for one in busy):
            if self._ends and start < self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)

    def overlaps(self, slot: Slot) -> bool:
        last = bisect_left(self._starts, slot.end) - 1  # of those that begin before the slot ends
        return last >= 0 and slot.start < self._ends[last]
