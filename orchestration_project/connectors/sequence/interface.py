"""What the action layer asks of a mail-sequence service. Consent is checked in `action/`."""

from typing import Protocol, runtime_checkable

from orchestration_project.connectors.base import Connector
from orchestration_project.model import Erased, Frozen, Written


class Subscriber(Frozen):
    email: str
    given_name: str = ""
    family_name: str = ""


class Sequence(Connector, Protocol):
    async def find_member(self, list_name: str, email: str) -> Written | None: ...

    async def enrol(self, list_name: str, subscriber: Subscriber) -> Written: ...

    async def leave(self, list_name: str, email: str) -> bool:
        """The person gets no mail of the list any more, nor of others where the service keeps people and not
        lists. False: they got none before."""
        ...

    async def erase_member(self, list_name: str, email: str) -> Erased:
        """Erases the person from the service: not from this list alone where it keeps people, not lists."""
        ...


@runtime_checkable
class RenamesMembers(Protocol):
    """A list that knows its members by name."""

    async def member(self, list_name: str, email: str) -> Subscriber | None:
        """As the list knows them now; None: they are not in it."""
        ...

    async def rename_member(self, list_name: str, subscriber: Subscriber) -> None: ...
