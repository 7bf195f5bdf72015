"""What the action layer asks of a chat system."""

from collections.abc import Sequence
from typing import Protocol

from orchestration_project.connectors.base import Connector
from orchestration_project.model import Erased, Frozen, Written


class Link(Frozen):
    """What a reader may want to open: `draft`, `run`."""

    label: str
    url: str


class Chat(Connector, Protocol):
    async def find_message(self, key: str) -> Written | None: ...

    async def post(self, key: str, text: str, links: Sequence[Link] = ()) -> Written:
        """Posts one message; `key` is kept with it so that it is found again. `text` is only words, whoever
        wrote them; `links` are ours."""
        ...

    async def erase_message(self, key: str, message_id: str) -> Erased:
        """Erases the message of that key, whose `external_id` this is."""
        ...
