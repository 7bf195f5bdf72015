"""What the action layer asks of a calendar. Which slot to take is decided in `action/`."""

from typing import Protocol

from pydantic import AwareDatetime

from orchestration_project.connectors.base import Connector
from orchestration_project.model import Erased, Frozen, Written


class Busy(Frozen):
    start: AwareDatetime
    end: AwareDatetime
    unsure: str = ""
    """What is not known of it, for people. A time without a length takes nothing, and only tells this."""


class HeldTime(Busy):
    """A hold as it stands in the calendar by now."""

    accepted_by: tuple[str, ...] = ()  # e-mail addresses of those who accepted a person's invitation to it


class Hold(Frozen):
    key: str  # becomes the event's id: found again by this after a crash
    start: AwareDatetime
    end: AwareDatetime
    title: str
    description: str


class Calendar(Connector, Protocol):
    async def busy(self, start: AwareDatetime, end: AwareDatetime) -> tuple[Busy, ...]:
        """What the owner's events take. Not what is shown as free, and no invitation that they declined."""
        ...

    async def find_hold(self, key: str) -> Written | None: ...

    async def find_time(self, key: str) -> HeldTime | None:
        """When that hold is now, and who has accepted; a person may have moved it, and invited people. None:
        it was deleted or cancelled, or made an event of whole days."""
        ...

    async def find_title(self, key: str) -> str | None:
        """What that hold is called now. None: it is not there any more."""
        ...

    async def retitle(self, key: str, title: str) -> bool:
        """Calls the hold so, and changes nothing else; nobody is told. False: it is not there any more."""
        ...

    async def save_hold(self, hold: Hold) -> Written:
        """A tentative event of the owner's; nobody is invited."""
        ...

    async def erase_hold(self, key: str) -> Erased:
        """Erases the hold, moved or not, and what it says."""
        ...
