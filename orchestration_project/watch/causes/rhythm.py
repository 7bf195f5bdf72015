"""How often something comes from a source at each hour of the week, and how strange its silence is. Pure.

It counts hours in which anything came, not how much: a campaign's flood teaches nothing about a quiet week.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

LEARNED = timedelta(weeks=8)
LEAST_WEEKS, LEAST_HOURS = 2, 20
"""Before so many weeks, and so many hours in which something came, nothing is known."""
STRANGE = 0.001
"""How likely a silence may be by chance before it is told."""
FLOOR = timedelta(hours=2)
"""No silence is told that is shorter, whatever the rhythm."""
_HOUR = timedelta(hours=1)


def chance_of_silence(heard: Sequence[datetime], last: datetime, now: datetime, zone: tzinfo) -> float | None:
    """How likely it is by the rhythm of `heard` (hours in which something came) that nothing came since
    `last`. From 0 to 1; None: too little is known.

    Each hour of the week counts by itself, by the owner's clocks: of n such hours so many had something, and
    (n - k + 0.5) / (n + 0.5) is the chance that the next has not.
    """
    learned = [hour for hour in heard if hour < last]
    if len(learned) < LEAST_HOURS or last - learned[0] < timedelta(weeks=LEAST_WEEKS):
        return None
    weeks = (last - learned[0]) / timedelta(weeks=1)
    had = Counter(_slot(hour, zone) for hour in learned)
    chance = 1.0
    hour = last.replace(minute=0, second=0, microsecond=0) + _HOUR
    # hours that have begun are no silence yet
    while hour + _HOUR <= now:
        active = min(had[_slot(hour, zone)], weeks)
        chance *= (weeks - active + 0.5) / (weeks + 0.5)
        hour += _HOUR
        if chance < STRANGE / 1000:
            break
    return chance


def _slot(hour: datetime, zone: tzinfo) -> tuple[int, int]:
    local = hour.astimezone(zone)
    return local.weekday(), local.hour
