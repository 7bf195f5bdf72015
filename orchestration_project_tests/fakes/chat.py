"""A chat in memory."""

from collections.abc import Sequence
from typing import Self

from orchestration_project.connectors.base import ConnectorContext, Health
from orchestration_project.connectors.chat.interface import Link
from orchestration_project.model import Erased, Written
from orchestration_project.playbook.model import Connection


class FakeChat:
    embedded = True

    def __init__(self) -> None:
        self.messages: dict[str, str] = {}
        self.links: dict[str, tuple[Link, ...]] = {}

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:
        return cls()

    async def check(self) -> Health:
        return Health(ok=True, says="in memory")

    async def find_message(self, key: str) -> Written | None:
        return Written(external_id=key) if key in self.messages else None

    async def post(self, key: str, text: str, links: Sequence[Link] = ()) -> Written:
        self.messages[key] = text
        self.links[key] = tuple(links)
        return Written(external_id=key)

    async def erase_message(self, key: str, message_id: str) -> Erased:
        return Erased(answer="erased" if self.messages.pop(key, None) else "not_there")
