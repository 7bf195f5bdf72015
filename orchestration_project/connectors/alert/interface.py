"""What the watch asks of a way to tell people what is broken."""

from typing import Protocol, Self

from orchestration_project.connectors.base import ConnectorContext
from orchestration_project.model import Frozen
from orchestration_project.model.alerts import Letter
from orchestration_project.playbook.model import Connection


class Destination(Frozen):
    """Where a line of `alerts: tell:` leads to."""

    to: tuple[str, ...] = ()
    chat: Connection  # the line of connections.yaml
    owner: str = ""  # the owner's e-mail address


class Sends(Protocol):
    async def send(self, letter: Letter) -> None:
        """Delivers it, or raises a LeadsError that says why not. An earlier try may have delivered it: a way
        that can look for its key looks first."""
        ...


class Sender(Sends, Protocol):
    @classmethod
    def open(cls, destination: Destination, given: ConnectorContext) -> Self:
        """Does no I/O. Raises SettingError for a setting or secret that is missing."""
        ...
