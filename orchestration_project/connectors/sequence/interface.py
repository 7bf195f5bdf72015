"""What the action layer asks of a mail-sequence service. Consent is checked in `action/`."""

from typing import Protocol

from orchestration_project.connectors.base import Connector
from orchestration_project.model import Erased, Frozen, Written


class Subscriber(Frozen):
    email: str
    given_name: str = ""
    family_name: str = ""


class Sequence(Connector, Protocol):
    async def find_member(self, list_name: str, email: str) -> Written | None: ...

    async def enrol(self, list_name: str, subscriber: Subscriber) -> Written: ...

    async def erase_member(self, list_name: str, email: str) -> Erased:
        """Erases the person from the service: not from this list alone where it keeps people, not lists."""
        ...
