"""Mail sequences in memory."""

from typing import Self

from orchestration_project.connectors.base import ConnectorContext, Health
from orchestration_project.connectors.sequence.interface import Subscriber
from orchestration_project.model import Erased, Written
from orchestration_project.playbook.model import Connection


class FakeSequence:
    embedded = True

    def __init__(self) -> None:
        self.members: dict[tuple[str, str], Subscriber] = {}

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:
        return cls()

    async def check(self) -> Health:
        return Health(ok=True, says="in memory")

    async def find_member(self, list_name: str, email: str) -> Written | None:
        return Written(external_id="member") if (list_name, email.casefold()) in self.members else None

    async def enrol(self, list_name: str, subscriber: Subscriber) -> Written:
        self.members[list_name, subscriber.email.casefold()] = subscriber
        return Written(external_id="member")

    async def leave(self, list_name: str, email: str) -> bool:
        return self.members.pop((list_name, email.casefold()), None) is not None

    async def erase_member(self, list_name: str, email: str) -> Erased:
        known = self.members.pop((list_name, email.casefold()), None)
        return Erased(answer="erased" if known else "not_there")
