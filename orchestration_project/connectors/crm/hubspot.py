"""HubSpot as CRM: contacts here, what hangs on them in the siblings `hubspot_….py`.

Which fields of a contact may be written is decided in `action/merge.py`.
After a crash: a contact is found by its e-mail address (409 on a second one), a company by our unique
property, a note, task, call or mail by our key in its last line, among the contact's associations.
Contacts that people merge, delete or give a second address are followed to where they are now.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import chain
from typing import Annotated, Literal, Self, TypeVar
from urllib.parse import quote

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from orchestration_project.connectors.asked_once import AskedOnce
from orchestration_project.connectors.base import ConnectorContext, EntryKind, Health, Scopes
from orchestration_project.connectors.crm.companies import Match, company_name
from orchestration_project.connectors.crm.hubspot_companies import Companies
from orchestration_project.connectors.crm.hubspot_deals import Deals
from orchestration_project.connectors.crm.hubspot_entered import Entered
from orchestration_project.connectors.crm.hubspot_history import CALL, MAIL, NOTE, TASK, History, Kind
from orchestration_project.connectors.crm.hubspot_objects import Conflict, Objects
from orchestration_project.connectors.crm.hubspot_records import ContactRecords
from orchestration_project.connectors.crm.hubspot_setup import Setup
from orchestration_project.connectors.crm.hubspot_shapes import (
    FIELDS,
    READ,
    Account,
    Owners,
    Record,
    Records,
    to_contact,
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
from orchestration_project.connectors.crm.text import clean
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.hubspot_api import (
    ACCOUNT,
    LIMIT,
    OBJECTS,
    OWNERS,
    RENEW,
    SERVICE,
    open_api,
)
from orchestration_project.connectors.hubspot_scopes import hubspot_scopes
from orchestration_project.connectors.rate import Limit, Pace, pace
from orchestration_project.connectors.settings import options
from orchestration_project.errors import (
    CredentialError,
    LeadRefusedError,
    PermanentServiceError,
    ServiceError,
    UnknownAnswerError,
)
from orchestration_project.model import Clock, Contact, Erased, JsonObject, Written
from orchestration_project.model.records import Told, ToldPage
from orchestration_project.playbook.model import Connection

LINE = "crm: {connector: hubspot}"
CONTACTS = f"{OBJECTS}/contacts"
_CONTACT_TO_COMPANY = 279
_NOT_FOUND = 404

WrittenT = TypeVar("WrittenT")

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
        self._clock = clock
        self._entered = entered
        self._contacts = Objects(api, "contacts", lambda values: str(values.get("email") or "").casefold())
        self._new_contacts = options.new_contacts
        self._setup = Setup(api)
        self._searching = searching
        self._companies = Companies(api, searching, self._setup) if options.companies else None
        self._history = History(api, self._now)
        self._deals = Deals(api, searching) if options.deals else None
        self._records = ContactRecords(api, searching, clock)
        self._mail = MAIL if options.log_mail_as == "email" else NOTE
        self._account = AskedOnce(lambda: api.ask(Account, "GET", ACCOUNT))
        self._owners: dict[str, str | None] = {}

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

    async def check(self) -> Health:
        try:
            missing = await self._setup.missing(LEAD_PROPERTIES)
        except CredentialError as error:
            return Health(ok=False, says=error.said, mend=RENEW)
        except ServiceError as error:
            return Health(ok=False, says=error.said, mend=error.mend)
        if missing:
            later = f"It lacks {', '.join(missing)}, which the first write adds (crm.schemas.contacts.write)."
            return Health(ok=True, says=f"Accepts the token. {later}")
        return Health(ok=True, says="Accepts the token and has all our properties.")

    async def get_ready(self) -> None:
        await self._account.value()  # for the links to contacts

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
        # who makes our properties by hand can do without
        return await hubspot_scopes(self._api, frozenset(needed), frozenset({"crm.schemas.contacts.write"}))

    async def find_contact(self, email: str) -> Contact | None:
        return await self._read(email.strip(), "email") if email.strip() else None

    async def get_contact(self, contact_id: str) -> Contact | None:
        # an id of another CRM is no id here, and HubSpot would take it for an error
        if not (contact_id.isascii() and contact_id.isdecimal()):
            return None
        return await self._read(contact_id) or await self._merged_into(contact_id)

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
        made = await self._with_properties(properties, lambda: self._contacts.make(body))
        if isinstance(made, Record):
            contact = to_contact(made, await self._account.value())
            return contact.model_copy(update={"remark": company.remark})
        return await self._existing(made, fields.get("email", ""))

    async def update_contact(
        self,
        contact_id: str,
        fields: Mapping[str, str],
        properties: Mapping[str, str],
        domain: str | None = None,  # noqa: ARG002 - the company of a contact that is there is left alone
    ) -> Contact:
        body: JsonObject = {"properties": {**to_properties(fields, properties)}}
        path = f"{CONTACTS}/{quote(contact_id, safe='')}"
        changed = await self._with_properties(properties, lambda: self._change(path, body))
        # the answer holds little more than what was changed
        contact = await self.get_contact(changed.id) if changed else None
        if contact is None:
            raise _gone(contact_id)
        return contact

    async def find_note(self, contact_id: str, key: str) -> Written | None:
        return await self._history.find(NOTE, contact_id, key)

    async def add_note(self, contact_id: str, key: str, text: str) -> Written:
        return await self._history.add(
            NOTE, contact_id, key, text, {"hs_timestamp": self._clock().isoformat()}
        )

    async def find_task(self, contact_id: str, key: str) -> Written | None:
        return await self._history.find(TASK, contact_id, key)

    async def add_task(self, contact_id: str, task: NewTask) -> Written:
        owner = await self._owner(task.assignee)
        written = await self._history.add(
            TASK,
            contact_id,
            task.key,
            task.body,
            {
                "hs_timestamp": task.due_at.isoformat(),
                "hs_task_subject": task.title,
                "hs_task_status": "NOT_STARTED",
                "hs_task_type": "TODO",
                **({"hubspot_owner_id": owner} if owner else {}),
            },
        )
        nobody = "assigned to nobody: HubSpot has no user with the owner's e-mail address"
        return written if owner else written.model_copy(update={"note": nobody})

    async def find_activity(self, contact_id: str, key: str) -> Written | None:
        there = await self._history.find(CALL, contact_id, key)
        return there or await self._history.find(self._mail, contact_id, _mail_key(key))

    async def log_activity(self, contact_id: str, activity: LoggedActivity) -> Written:
        at = {"hs_timestamp": activity.at.isoformat()}
        if activity.kind == "call":
            ended = {"hs_call_title": activity.title, "hs_call_status": "COMPLETED"}
            minutes = activity.minutes
            lasted = {} if minutes is None else {"hs_call_duration": str(minutes * 60_000)}
            return await self._history.add(
                CALL, contact_id, activity.key, activity.body, {**at, **ended, **lasted}
            )
        if self._mail is MAIL:
            sent = {
                "hs_email_direction": "EMAIL",
                "hs_email_status": "SENT",
                "hs_email_subject": activity.title,
            }
            return await self._history.add(
                MAIL, contact_id, _mail_key(activity.key), activity.body, {**at, **sent}
            )
        text = f"E-mail sent: {activity.title}\n\n{activity.body}"
        return await self._history.add(NOTE, contact_id, _mail_key(activity.key), text, at)

    async def twins(self, kind: EntryKind, key: str, inside: str | None) -> tuple[Written, ...]:
        found = [
            await self._history.find_all(entry, inside or "", own) for entry, own in self._kept(kind, key)
        ]
        return tuple(chain.from_iterable(found))

    def _kept(self, kind: EntryKind, key: str) -> tuple[tuple[Kind, str], ...]:
        """As what, and under which key, an entry of that kind is in HubSpot."""
        kept = {
            "note": ((NOTE, key),),
            "task": ((TASK, key),),
            "activity": ((CALL, key), (self._mail, _mail_key(key))),
        }
        return kept.get(kind, ())

    async def erase_entry(self, kind: Entry, contact_id: str, key: str) -> Erased:
        return await self._history.erase(contact_id, *self._kept(kind, key))

    async def erase_contact(self, contact_id: str) -> Erased:
        """For good, with all that hangs on it (developers.hubspot.com, GDPR delete)."""
        contact = await self.get_contact(contact_id)
        if contact is None:
            return Erased(answer="not_there")
        await self._api.send(
            "POST",
            f"{CONTACTS}/gdpr-delete",
            json={"objectId": contact.id},
            repeatable=True,
            accept={_NOT_FOUND},
        )
        return Erased(
            answer="erased", note="HubSpot needs up to 30 days for it, and takes the address no more"
        )

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

    async def _read(self, name: str, by: str = "") -> Contact | None:
        record = await self._contacts.find(clean(name), READ, by)
        return to_contact(record, await self._account.value()) if record else None

    async def _merged_into(self, contact_id: str) -> Contact | None:
        """The contact that this one was merged into. HubSpot's reading by an old id may bring it or not."""
        where: JsonObject = {"propertyName": "hs_merged_object_ids", "operator": "EQ", "value": contact_id}
        question: JsonObject = {
            "filterGroups": [{"filters": [where]}],
            "sorts": [{"propertyName": "createdate", "direction": "ASCENDING"}],
            "properties": [*READ.split(",")],
            "limit": 1,
        }
        found = await self._api.ask(
            Records,
            "POST",
            f"{CONTACTS}/search",
            json=question,
            repeatable=True,
            pace=self._searching,
        )
        return to_contact(found.results[0], await self._account.value()) if found.results else None

    async def _existing(self, conflict: Conflict, email: str) -> Contact:
        """The contact that has this address already, be it as a second one."""
        by_id = await self.get_contact(conflict.existing) if conflict.existing else None
        there = by_id or await self.find_contact(email)
        if there is not None:
            return there
        which = f"the contact {conflict.existing}" if conflict.existing else "a contact"
        raise LeadRefusedError(
            SERVICE,
            f"says that {which} has this e-mail address, and does not show it: it was deleted.",
            "Restore it in HubSpot (Contacts, Actions, Restore records), then replay the lead.",
        )

    async def _with_properties(
        self, properties: Mapping[str, str], write: Callable[[], Awaitable[WrittenT]]
    ) -> WrittenT:
        try:
            return await write()
        except (CredentialError, LeadRefusedError, UnknownAnswerError):
            raise
        except PermanentServiceError:
            # HubSpot refuses the whole of a write that names a property it lacks: then nothing was done. That
            # none is missing by now proves nothing: another lead's write may have added it meanwhile
            if not properties:
                raise
            await self._setup.add_missing(properties)
        return await write()

    async def _change(self, path: str, body: JsonObject) -> Record | None:
        """None: there is no such contact."""
        return await self._api.find(Record, "PATCH", path, json=body, repeatable=True)

    async def _owner(self, email: str) -> str | None:
        if email not in self._owners:
            found = await self._api.ask(Owners, "GET", OWNERS, params={"email": email})
            self._owners[email] = found.results[0].id if found.results else None
        return self._owners[email]

    async def _now(self, contact_id: str) -> str | None:
        contact = await self.get_contact(contact_id)
        return contact.id if contact else None


def _gone(contact_id: str) -> LeadRefusedError:
    told = f"contact {contact_id} is not there."
    return LeadRefusedError(SERVICE, told, "It may have been erased: restore it in HubSpot, then replay.")


def _mail_key(key: str) -> str:
    """A mail may be logged as a note, and is not to be taken for the note of that key."""
    return f"mail {key}"
