"""HubSpot as CRM: contacts here, what hangs on them in the siblings `hubspot_….py`.

Which fields of a contact may be written is decided in `action/merge.py`.
After a crash: a contact is found by its e-mail address (409 on a second one), a company by our unique
property, a note, task, call or mail by our key in its last line, among the contact's associations.
Contacts that people merge, delete or give a second address are followed to where they are now.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from orchestration_project.connectors.base import (
    ConnectorContext,
    EntryKind,
    Health,
    Scopes,
    says_what_is_wrong,
)
from orchestration_project.connectors.crm.companies import Match, company_name
from orchestration_project.connectors.crm.hubspot_companies import Companies
from orchestration_project.connectors.crm.hubspot_contacts import Contacts
from orchestration_project.connectors.crm.hubspot_deals import Deals
from orchestration_project.connectors.crm.hubspot_entered import Entered
from orchestration_project.connectors.crm.hubspot_history import MAIL, NOTE
from orchestration_project.connectors.crm.hubspot_log import Log
from orchestration_project.connectors.crm.hubspot_records import ContactRecords
from orchestration_project.connectors.crm.hubspot_setup import Setup
from orchestration_project.connectors.crm.hubspot_shapes import (
    FIELDS,
    to_link,
    to_properties,
)
from orchestration_project.connectors.crm.interface import (
    ContactFields,
    ContactPage,
    DealPage,
    Entry,
    LoggedActivity,
    NewTask,
)
from orchestration_project.connectors.crm.lead_properties import LEAD_PROPERTIES
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.hubspot_api import (
    LIMIT,
    SERVICE,
    open_api,
)
from orchestration_project.connectors.hubspot_scopes import hubspot_scopes
from orchestration_project.connectors.rate import Limit, Pace, pace
from orchestration_project.connectors.settings import options
from orchestration_project.model import Clock, Contact, Erased, JsonObject, Written
from orchestration_project.model.records import Told, ToldPage
from orchestration_project.playbook.model import Connection

LINE = "crm: {connector: hubspot}"
_NEW_CONTACTS = (
    "Mend the name under `new_contacts` in connections.yaml: HubSpot shows the internal name of a property, "
    "not its label, in the settings of that property."
)
_CONTACT_TO_COMPANY = 279

Sources = Annotated[tuple[str, ...], Field(min_length=1, max_length=5)]  # a search takes 5 groups


_KINDS = ("objects", "schemas")


class Options(BaseModel):
    model_config = ConfigDict(extra="forbid")

    companies: bool = True  # a new contact gets the company of its website, found or made
    log_mail_as: Literal["note", "email"] = "note"  # `email` needs the scope sales-email-read
    entered_by: Sources = ("CRM_UI", "MOBILE_IOS", "MOBILE_ANDROID")
    contacts_since: AwareDatetime | None = None
    new_contacts: dict[str, str] = Field(default_factory=dict[str, str])
    """Properties that every contact we make gets, for an account that wants them of each."""
    deals: bool = True  # won and lost ones are read as outcomes; needs the scope crm.objects.deals.read


class HubSpotCrm:
    embedded = False
    limit = LIMIT
    every_seconds = 10.0

    def __init__(
        self, api: Api, entered: Entered, searching: Pace | None, options: Options, clock: Clock
    ) -> None:
        self._api = api
        self._entered = entered
        self._new_contacts = options.new_contacts
        self._setup = Setup(api)
        self._contacts = Contacts(api, searching, self._setup)
        self._companies = Companies(api, searching, self._setup) if options.companies else None
        self._deals = Deals(api, searching) if options.deals else None
        self._records = ContactRecords(api, searching, clock)
        self._mail = MAIL if options.log_mail_as == "email" else NOTE
        self._log = Log(api, self._contacts, self._mail, clock)

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:
        chosen = options(connection, Options)
        api = open_api(context, LINE)
        # all searches of an account share five a second, before 2024 four (developers.hubspot.com/changelog)
        searching = pace(context, f"{SERVICE} search", Limit(4, 1.0))
        entered = Entered(
            api=api,
            pace=searching,
            sources=chosen.entered_by,
            since=chosen.contacts_since,
            clock=context.clock,
        )
        return cls(api, entered, searching, chosen, context.clock)

    @says_what_is_wrong
    async def check(self) -> Health:
        there = await self._setup.names()
        if gone := [name for name in self._new_contacts if name not in there]:
            says = f"Contacts have no property {', '.join(gone)}, which `new_contacts` gives to each."
            return Health(ok=False, says=says, mend=_NEW_CONTACTS)
        missing = [name for name in LEAD_PROPERTIES if name not in there]
        if missing:
            later = f"It lacks {', '.join(missing)}, which the first write adds (crm.schemas.contacts.write)."
            return Health(ok=True, says=f"Accepts the token. {later}")
        return Health(ok=True, says="Accepts the token and has all our properties.")

    async def get_ready(self) -> None:
        await self._contacts.account.value()  # for the links to contacts

    async def contact_fields(self) -> ContactFields:
        used = frozenset((*FIELDS, *LEAD_PROPERTIES, *self._new_contacts))
        return ContactFields(names=await self._setup.names(), used=used)

    async def scopes(self) -> Scopes | None:
        needed = {f"crm.objects.contacts.{right}" for right in ("read", "write")}
        needed |= {"crm.schemas.contacts.read", "crm.objects.owners.read"}
        if self._companies is not None:
            needed |= {f"crm.{what}.companies.{right}" for what in _KINDS for right in ("read", "write")}
        if self._deals is not None:
            needed.add("crm.objects.deals.read")
        if self._mail is MAIL:
            needed.add("sales-email-read")
        # who makes our properties by hand can do without; while one lacks, the first write makes it
        makes = frozenset({"crm.schemas.contacts.write"})
        told = await hubspot_scopes(self._api, frozenset(needed), makes)
        if told is None or "crm.schemas.contacts.read" not in told.granted:
            return told
        lacks = await self._setup.missing(LEAD_PROPERTIES)
        return told.model_copy(update={"needed": told.needed | makes}) if lacks else told

    async def find_contact(self, email: str) -> Contact | None:
        return await self._contacts.find(email)

    async def get_contact(self, contact_id: str) -> Contact | None:
        return await self._contacts.get(contact_id)

    async def create_contact(
        self, fields: Mapping[str, str], properties: Mapping[str, str], domain: str | None = None
    ) -> Contact:
        company = Match(None)
        if self._companies:
            company = await self._companies.company_for(company_name(fields.get("company", "")), domain)
        values = {name: value for name, value in to_properties(fields, properties).items() if value}
        body: JsonObject = {"properties": {**self._new_contacts, **values}}
        if company.company is not None:
            body["associations"] = [to_link(company.company.id, _CONTACT_TO_COMPANY)]
        contact, new = await self._contacts.make(body, properties, fields.get("email", ""))
        return contact.model_copy(update={"remark": company.remark}) if new else contact

    async def update_contact(
        self,
        contact_id: str,
        fields: Mapping[str, str],
        properties: Mapping[str, str],
        domain: str | None = None,  # noqa: ARG002 - the company of a contact that is there is left alone
    ) -> Contact:
        return await self._contacts.change(contact_id, fields, properties)

    async def find_note(self, contact_id: str, key: str) -> Written | None:
        return await self._log.find_note(contact_id, key)

    async def add_note(self, contact_id: str, key: str, text: str) -> Written:
        return await self._log.add_note(contact_id, key, text)

    async def find_task(self, contact_id: str, key: str) -> Written | None:
        return await self._log.find_task(contact_id, key)

    async def add_task(self, contact_id: str, task: NewTask) -> Written:
        return await self._log.add_task(contact_id, task)

    async def find_activity(self, contact_id: str, key: str) -> Written | None:
        return await self._log.find_activity(contact_id, key)

    async def log_activity(self, contact_id: str, activity: LoggedActivity) -> Written:
        return await self._log.log_activity(contact_id, activity)

    async def twins(self, kind: EntryKind, key: str, inside: str | None) -> tuple[Written, ...]:
        return await self._log.twins(kind, key, inside)

    async def erase_entry(self, kind: Entry, contact_id: str, key: str) -> Erased:
        return await self._log.erase_entry(kind, contact_id, key)

    async def erase_contact(self, contact_id: str) -> Erased:
        return await self._contacts.erase(contact_id)

    async def contacts_entered_since(self, cursor: str | None) -> ContactPage:
        return await self._entered.after(cursor)

    async def deals_changed_since(self, cursor: str | None) -> DealPage:
        if self._deals is None:
            return DealPage(deals=(), cursor=cursor or "")
        return await self._deals.after(cursor)

    async def records_of(self, ids: Sequence[str]) -> tuple[Told, ...]:
        return await self._records.of(ids)

    async def records_changed_since(self, cursor: str | None) -> ToldPage:
        return await self._records.after(cursor)
