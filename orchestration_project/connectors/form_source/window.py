"""The cursor of a form service that lists by time: from when on to ask, and what has been delivered.

Services list a response some minutes after it was given, so each look reaches back, and what was
delivered already is left out here: the ledger would notice too, but count it as delivered again.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ValidationError

from orchestration_project.model import Clock, Frozen

LATE = timedelta(hours=1)
"""Typeform says that a response may take half an hour to be listed."""

FIRST_LOOK = timedelta(days=1)
"""How far a source looks back when it is switched on: older leads are history, for `leads import`."""


class TimedOptions(BaseModel, extra="forbid"):
    form: str
    since: AwareDatetime | date | None = None  # of the first look


class Window(Frozen):
    since: AwareDatetime
    newest: AwareDatetime
    seen: dict[str, AwareDatetime]  # id and moment of what was delivered and would be listed again
    page: str | None = None  # where the service's own paging goes on

    def without_seen(self, items: Iterable[tuple[str, datetime]]) -> frozenset[str]:
        """The ids of the items that were not delivered yet."""
        return frozenset(key for key, _moment in items if key not in self.seen)

    def after(self, items: Iterable[tuple[str, datetime]], page: str | None) -> "Window":
        """The window once the items were delivered; `page` is where to go on, None at the end."""
        seen = {**self.seen, **dict(items)}
        newest = max([self.newest, *seen.values()])
        since = self.since if page is not None else max(self.since, newest - LATE)
        kept = {key: moment for key, moment in seen.items() if moment >= since}
        return Window(since=since, newest=newest, seen=kept, page=page)


def window(cursor: str | None, options: TimedOptions, clock: Clock) -> Window:
    """The window a cursor describes. A cursor that cannot be read counts as none."""
    if cursor:
        try:
            return Window.model_validate_json(cursor)
        except ValidationError:
            pass
    since = _moment(options.since) if options.since else clock() - FIRST_LOOK
    return Window(since=since, newest=since, seen={})


def cursor_since(moment: datetime) -> str:
    """From which all is read once more that was given since then."""
    return Window(since=moment, newest=moment, seen={}).model_dump_json()


def stamp(moment: datetime) -> str:
    """As the services read it: UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(given: datetime | date) -> datetime:
    if isinstance(given, datetime):
        return given
    return datetime(given.year, given.month, given.day, tzinfo=UTC)
