"""Time zones by name, from the tzdata package: the system's own tables may be years old.

Which zone applies to whom is decided by the callers.
"""

from datetime import datetime, tzinfo
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from orchestration_project.errors import LeadsError


class _BundledZone(ZoneInfo):
    """A zone read from a file cannot be pickled or deep-copied by ZoneInfo itself; by its name it can."""

    def __reduce__(self) -> tuple[Any, ...]:
        return zone, (self.key,)


@cache
def zone(name: str) -> ZoneInfo:
    """The zone of that IANA name, such as `Europe/London`. Raises LeadsError for any other name."""
    if not is_zone(name):
        near = get_close_matches(name, _names(), n=1)
        meant = f"Did you mean {near[0]}?" if near else "Use a name such as Europe/London."
        raise LeadsError(f"There is no time zone called {name!r}. {meant}")
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as table:
        return _BundledZone.from_file(table, key=name)


def is_zone(name: str) -> bool:
    """Is it an IANA name? Spelling and capitals count, as they do in file names."""
    return name in _names()


def day_began(moment: datetime, day: tzinfo) -> datetime:
    """The midnight before the moment, on the clocks of that zone."""
    return moment.astimezone(day).replace(hour=0, minute=0, second=0, microsecond=0)


@cache
def _names() -> frozenset[str]:
    return frozenset(files("tzdata").joinpath("zones").read_text(encoding="utf-8").split())
