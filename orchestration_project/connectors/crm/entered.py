"""The cursor over contacts that people entered in a CRM that lists by time, with some delay.

Asking the CRM is its connector's part; storing contacts and cursor, the sensor's.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from pydantic import AwareDatetime, Field, ValidationError

from orchestration_project.model import Frozen

OVERLAP = timedelta(minutes=5)
"""Each reading looks back so far, and leaves out what it has given already."""
LOOK_BACK = timedelta(days=1)
"""With which the first reading of changes begins."""
MOST = 1_000  # contacts a reading


class Mark(Frozen):
    """How far we are: the newest contact's time, and who was given within the overlap before it."""

    until: AwareDatetime
    given: dict[str, AwareDatetime] = Field(default_factory=dict[str, AwareDatetime])

    @property
    def begin(self) -> datetime:
        return self.until - OVERLAP

    def after(self, found: Mapping[str, datetime], read_to: datetime | None = None) -> str:
        """The cursor once these contacts, with their times, were given. `read_to`: all of what was there at
        that moment has been read, so that the next reading need not look further back."""
        until = max([self.until, read_to or self.until, *found.values()])
        recent = {id_: at for id_, at in {**self.given, **found}.items() if at >= until - OVERLAP}
        return Mark(until=until, given=recent).model_dump_json()


def mark(cursor: str | None, begin: datetime) -> Mark:
    """Without a cursor, or with that of another CRM, it begins at `begin`."""
    try:
        return Mark.model_validate_json(cursor or "")
    except ValidationError:
        return Mark(until=begin + OVERLAP)
