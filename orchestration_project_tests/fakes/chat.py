"""A chat in memory."""

from typing import Self

from orchestration_project.connectors.base import Given, Health
from orchestration_project.model import Written
from orchestration_project.playbook.model import Connection


class FakeChat:
    embedded = True

    def __init__(self) -> None:
        self.messages: dict[str, str] = {}

    @classmethod
    def open(cls, connection: Connection, given: Given) -> Self:
        return cls()

    async def check(self) -> Health:
        return Health(ok=True, says="in memory")

    async def find_message(self, key: str) -> Written | None:
        return Written(external_id=key) if key in self.messages else None

    async def post(self, key: str, text: str) -> Written:
        self.messages[key] = text
        return Written(external_id=key)
