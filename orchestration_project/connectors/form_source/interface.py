"""What a sensor asks of a form source. Storing the page and moving the cursor is the sensor's part."""

from datetime import datetime
from typing import Protocol, runtime_checkable

from orchestration_project.connectors.base import Connector, Health
from orchestration_project.model import JsonObject, Page


class FormHealth(Health):
    """Answer of `check()` where the service tells what its form asks."""

    asks: tuple[str, ...]  # the names that answers are delivered under; not of hidden fields


class FormSource(Connector, Protocol):
    every_seconds: float  # how often a sensor may read it

    async def fetch(self, cursor: str | None) -> Page:
        """What is new since `cursor`, oldest first. Raises when the source cannot be read."""
        ...

    async def stored(self, page: Page) -> None:
        """Called once the page is safe in the ledger, for a source that tidies up behind it."""
        ...


@runtime_checkable
class ReadsAgain(Protocol):
    """A form source that can be asked once more for what it delivered before, to count it."""

    def cursor_since(self, moment: datetime) -> str | None:
        """From this cursor on `fetch` brings all that was submitted since then, whatever came before."""
        ...


@runtime_checkable
class SeenAtAGlance(Protocol):
    """A form source on this machine, of which nobody has to be asked whether anything is there."""

    def anything(self) -> bool:
        """Whether it is worth reading."""
        ...


@runtime_checkable
class PicksByPath(Protocol):
    """A form source that is told where in a submission its fields stand, and delivers them once more."""

    def not_picked(self, payload: JsonObject) -> JsonObject:
        """A delivered submission without the places that were picked from."""
        ...
