"""What the workflow asks of a CRM. Which fields may be written is decided in `action/`, not here."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, Protocol, runtime_checkable

from pydantic import AwareDatetime

from orchestration_project.connectors.base import Connector
from orchestration_project.model import Contact, Erased, Frozen, JsonObject, OutcomeKind, Written


class ContactPage(Frozen):
    """Contacts a person entered in the CRM by hand, oldest first, and where to go on from."""

    contacts: tuple[JsonObject, ...]
    cursor: str | None


class Deal(Frozen):
    """A deal as it stands, with the contacts that it is with."""

    id: str
    contacts: tuple[str, ...]
    opened_at: AwareDatetime
    kind: OutcomeKind | None = None  # None: it is open, or open again
    closed_at: AwareDatetime | None = None  # when it was won or lost
    value: Decimal | None = None
    currency: str | None = None  # ISO 4217


class DealPage(Frozen):
    """Deals that were made or changed, oldest change first, and where to go on from."""

    deals: tuple[Deal, ...]
    cursor: str


Entry = Literal["note", "task", "activity"]
"""What hangs on a contact."""


class ContactFields(Frozen):
    """What a contact of the account has, by the names that are written under; not whose and not what."""

    names: frozenset[str]
    used: frozenset[str]  # those that we write


@runtime_checkable
class TellsFields(Protocol):
    """A CRM that says which fields its contacts have."""

    async def contact_fields(self) -> ContactFields:
        """Raises ServiceError."""
        ...


class NewTask(Frozen):
    key: str  # found again by this after a crash
    title: str
    body: str
    due: date
    due_at: datetime  # end of the owner's working day on that date
    assignee: str  # e-mail address


class LoggedActivity(Frozen):
    """A call that took place or a mail that was sent, for the contact's history."""

    key: str  # found again by this after a crash
    kind: Literal["call", "mail"]
    at: AwareDatetime
    title: str
    body: str
    minutes: int | None = None  # of a call


class Crm(Connector, Protocol):
    """Three answers of every look-up: found, None for not found, raises when it could not ask."""

    every_seconds: float  # how often the sensor may ask for contacts entered by hand

    async def find_contact(self, email: str) -> Contact | None: ...

    async def get_contact(self, contact_id: str) -> Contact | None: ...

    async def create_contact(
        self, fields: Mapping[str, str], properties: Mapping[str, str], domain: str | None = None
    ) -> Contact:
        """`fields` are email, name (perhaps with first_name and
        last_name), phone, company, website; `properties` are our own lead_… fields; `domain`
        is the company's own, by which the CRM's company is found. Where the e-mail exists already, returns
        that contact unchanged: never a second one."""
        ...

    async def update_contact(
        self,
        contact_id: str,
        fields: Mapping[str, str],
        properties: Mapping[str, str],
        domain: str | None = None,
    ) -> Contact: ...

    async def find_note(self, contact_id: str, key: str) -> Written | None: ...

    async def add_note(self, contact_id: str, key: str, text: str) -> Written: ...

    async def find_task(self, contact_id: str, key: str) -> Written | None: ...

    async def add_task(self, contact_id: str, task: NewTask) -> Written: ...

    async def find_activity(self, contact_id: str, key: str) -> Written | None: ...

    async def log_activity(self, contact_id: str, activity: LoggedActivity) -> Written: ...

    async def erase_entry(self, kind: Entry, contact_id: str, key: str) -> Erased:
        """All that hangs on the contact under that key."""
        ...

    async def erase_contact(self, contact_id: str) -> Erased:
        """The contact itself, for good where the service can do that."""
        ...

    async def contacts_entered_since(self, cursor: str | None) -> ContactPage:
        """Contacts we did not create, for the CRM sensor."""
        ...

    async def deals_changed_since(self, cursor: str | None) -> DealPage:
        """Without a cursor: all. An empty page where nothing has changed, or the connection's options say
        that deals are not read."""
        ...
