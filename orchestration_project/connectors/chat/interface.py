"""What the action layer asks of a chat system."""

from typing import Protocol

from orchestration_project.connectors.base import Connector
from orchestration_project.model import Written


class Chat(Connector, Protocol):
    async def find_message(self, key: str) -> Written | None: ...

    async def post(self, key: str, text: str) -> Written:
        """Posts one message; `key` is kept with it so that it is found again."""
        ...
