"""An outside world in memory that a test can trouble: accounts that keep whatever they are told, twice if
they are told twice, and go wrong in each of the ways there are.

Who works with it is `by_hand.py`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, NoReturn, cast

import anyio.to_thread

from orchestration_project.connectors.ai.offline import NoModel
from orchestration_project.connectors.base import Health
from orchestration_project.connectors.chat.interface import Link
from orchestration_project.connectors.company.none import NoEnrichment
from orchestration_project.connectors.crm.interface import NewTask
from orchestration_project.connectors.opened import Connected
from orchestration_project.connectors.website.none import NoWebsite
from orchestration_project.errors import (
    CredentialError,
    LeadRefusedError,
    RefusedForNow,
    TransientServiceError,
)
from orchestration_project.fake_services.held import Held, Kind
from orchestration_project.model import Clock, Contact, Written

SETTLES = 60.0
"""Seconds in which a write that nobody waits for any more may still be done."""


class Died(BaseException):
    """What a process meets that is killed: nothing of ours runs any more."""


class Trouble(Enum):
    """What becomes of one write."""

    NOTHING_DONE = "an error before it was done"
    OUT_OF_REACH = "no connection"
    DONE_ALL_THE_SAME = "an error after it was done"
    LATE = "no answer, and it is done later"
    REFUSED = "this person is refused"
    FAULT = "an exception that nobody foresaw"
    DIED_BEFORE = "the process dies before it is done"
    DIED_AFTER = "the process dies after it is done"
    INTERRUPTED = "much happens before it is done"
    OVERTAKEN = "much happens, and then there is an error"


class Away(Enum):
    DOWN = "down"
    NO_CREDENTIAL = "the credential is refused"


@dataclass
class Outside:
    clock: Clock
    things: list[tuple[Kind, str]] = field(default_factory=list[tuple[Kind, str]])
    contacts: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    """By id; their fields and our properties."""
    away: dict[str, Away] = field(default_factory=dict[str, Away])
    """By kind of connection."""
    trouble: Trouble | None = None
    """Of one of the next writes."""
    after: int = 0
    """So many writes go well before."""
    interruption: Callable[[], None] = lambda: None
    _late: list[tuple[datetime, Callable[[], object]]] = field(
        default_factory=list[tuple[datetime, Callable[[], object]]]
    )

    def held(self) -> list[Held]:
        emails = [contact["email"].casefold() for contact in self.contacts.values()]
        return [Held(kind.value, kind, key.casefold()) for kind, key in self.things] + [
            Held("CRM", Kind.CONTACT, email) for email in emails
        ]

    def ask(self, kind: str) -> None:
        match self.away.get(kind):
            case Away.DOWN:
                raise RefusedForNow(kind, "is down.")
            case Away.NO_CREDENTIAL:
                raise CredentialError(kind, "does not accept the token.")
            case None:
                pass

    async def read(self, kind: str) -> None:
        self.ask(kind)
        if self.trouble is Trouble.OVERTAKEN:
            self.trouble = None
            await self._overtaken(kind)

    async def _overtaken(self, kind: str) -> NoReturn:
        await anyio.to_thread.run_sync(self.interruption)
        raise TransientServiceError(kind, "is busy.", answered=True)

    async def write(self, kind: str, do: Callable[[], Any]) -> Any:  # noqa: C901 - a table of what may go wrong
        self.ask(kind)
        if self.trouble is None:
            return do()
        if self.after:
            self.after -= 1
            return do()
        trouble, self.trouble = self.trouble, None
        match trouble:
            case Trouble.NOTHING_DONE:
                raise TransientServiceError(kind, "is busy.", answered=True)
            case Trouble.OUT_OF_REACH:
                raise RefusedForNow(kind, "is out of reach.")
            case Trouble.DONE_ALL_THE_SAME:
                do()
                raise TransientServiceError(kind, "failed inside.", answered=True)
            case Trouble.LATE:
                self._late.append((self.clock() + timedelta(seconds=SETTLES - 1), do))
                raise TransientServiceError(kind, "did not answer.")
            case Trouble.REFUSED:
                raise LeadRefusedError(kind, "does not want this one.")
            case Trouble.FAULT:
                raise ValueError("somebody's name")
            case Trouble.DIED_BEFORE:
                raise Died
            case Trouble.DIED_AFTER:
                do()
                raise Died
            case Trouble.INTERRUPTED:
                await anyio.to_thread.run_sync(self.interruption)
                return do()
            case Trouble.OVERTAKEN:
                return await self._overtaken(kind)

    def land(self) -> None:
        """What is done late, as far as its time has come."""
        due = [do for at, do in self._late if at <= self.clock()]
        self._late = [(at, do) for at, do in self._late if at > self.clock()]
        for do in due:
            do()

    def count(self, kind: Kind, key: str) -> int:
        return self.things.count((kind, key))

    def put(self, kind: Kind, key: str) -> Written:
        self.things.append((kind, key))
        return Written(external_id=f"{kind} {key}")

    def find(self, kind: Kind, key: str) -> Written | None:
        return Written(external_id=f"{kind} {key}") if self.count(kind, key) else None


@dataclass
class Account:
    """A connection of a kind; embedded ones act without more words in connections.yaml."""

    outside: Outside
    kind: str
    embedded: bool = True
    settle_seconds: float = SETTLES

    async def check(self) -> Health:
        away = self.outside.away.get(self.kind)
        return Health(ok=away is None, says=away.value if away else "It answers.")


class FakeCrm(Account):
    every_seconds = 60.0

    async def find_contact(self, email: str) -> Contact | None:
        await self.outside.read("crm")
        for contact_id, fields in self.outside.contacts.items():
            if fields["email"].casefold() == email.casefold():
                return self._contact(contact_id)
        return None

    async def get_contact(self, contact_id: str) -> Contact | None:
        self.outside.ask("crm")
        return self._contact(contact_id) if contact_id in self.outside.contacts else None

    async def create_contact(
        self, fields: Mapping[str, str], properties: Mapping[str, str], domain: str | None = None
    ) -> Contact:
        contacts = self.outside.contacts

        def create() -> Contact:
            contacts[contact_id := str(len(contacts) + 1)] = {**fields, **properties}
            return self._contact(contact_id)

        return await self.outside.write("crm", create)

    async def update_contact(
        self,
        contact_id: str,
        fields: Mapping[str, str],
        properties: Mapping[str, str],
        domain: str | None = None,
    ) -> Contact:
        def update() -> Contact:
            self.outside.contacts[contact_id] |= {**fields, **properties}
            return self._contact(contact_id)

        return await self.outside.write("crm", update)

    def _contact(self, contact_id: str) -> Contact:
        known = self.outside.contacts[contact_id]
        own = {name: value for name, value in known.items() if name in Contact.model_fields}
        properties = {name: value for name, value in known.items() if name not in own}
        return Contact(id=contact_id, properties=properties, **cast("dict[str, Any]", own))

    async def find_note(self, contact_id: str, key: str) -> Written | None:
        self.outside.ask("crm")
        return self.outside.find(Kind.NOTE, key)

    async def add_note(self, contact_id: str, key: str, text: str) -> Written:
        return await self.outside.write("crm", lambda: self.outside.put(Kind.NOTE, key))

    async def find_task(self, contact_id: str, key: str) -> Written | None:
        self.outside.ask("crm")
        return self.outside.find(Kind.TASK, key)

    async def add_task(self, contact_id: str, task: NewTask) -> Written:
        return await self.outside.write("crm", lambda: self.outside.put(Kind.TASK, task.key))


class FakeChat(Account):
    async def find_message(self, key: str) -> Written | None:
        self.outside.ask("chat")
        return self.outside.find(Kind.CHAT, key)

    async def post(self, key: str, text: str, links: Sequence[Link] = ()) -> Written:
        return await self.outside.write("chat", lambda: self.outside.put(Kind.CHAT, key))


class FakeFolders(Account):
    async def find_folder(self, key: str) -> Written | None:
        self.outside.ask("folder")
        return self.outside.find(Kind.FOLDER, key)

    async def make_folder(self, key: str, name: str, files: Mapping[str, bytes]) -> Written:
        return await self.outside.write("folder", lambda: self.outside.put(Kind.FOLDER, key))


class Connections:
    """What `Connected` is to a run: one connector a kind, all of them open."""

    def __init__(self, outside: Outside) -> None:
        self.crm = FakeCrm(outside, "crm")
        self.chat = FakeChat(outside, "chat")
        self.folder = FakeFolders(outside, "folder")
        self.ai, self.company, self.website = NoModel(), NoEnrichment(), NoWebsite()

    def of_kind(self, kind: str) -> object:
        return getattr(self, kind)

    def embedded(self, kind: str) -> bool:
        return True


def connected(outside: Outside) -> Connected:
    return cast("Connected", Connections(outside))
