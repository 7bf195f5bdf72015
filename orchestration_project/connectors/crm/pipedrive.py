"""Pipedrive as CRM: persons here, what hangs on them in the siblings `pipedrive_….py`.

Which fields of a contact may be written is decided in `action/merge.py`.
After a crash: a person is found by the e-mail address (by search, and as that lags, among the newest), an
organization by its name, a note, activity or lead by our key in it, in the person's own lists.
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict

from orchestration_project.connectors.base import ConnectorContext, EntryKind, Health, says_what_is_wrong
from orchestration_project.connectors.crm.companies import Match
from orchestration_project.connectors.crm.interface import (
    ContactFields,
    ContactPage,
    DealPage,
    Entry,
    LoggedActivity,
    NewTask,
)
from orchestration_project.connectors.crm.pipedrive_deals import Deals
from orchestration_project.connectors.crm.pipedrive_failures import failure_inside
from orchestration_project.connectors.crm.pipedrive_fields import PersonFields
from orchestration_project.connectors.crm.pipedrive_history import SERVICE, History
from orchestration_project.connectors.crm.pipedrive_organizations import Organizations
from orchestration_project.connectors.crm.pipedrive_persons import PERSONS, Persons
from orchestration_project.connectors.crm.pipedrive_records import PersonRecords
from orchestration_project.connectors.crm.pipedrive_shapes import (
    Data,
    ListedOfV1,
    Person,
    User,
)
from orchestration_project.connectors.crm.text import clean
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.rate import Limit, Pace, pace
from orchestration_project.connectors.settings import base_url, options, secret
from orchestration_project.errors import (
    LeadRefusedError,
    PermanentServiceError,
    SetupError,
)
from orchestration_project.model import Clock, Contact, Erased, JsonObject, Written
from orchestration_project.model.records import Told, ToldPage
from orchestration_project.playbook.model import Connection

BASE_URL = "https://api.pipedrive.com"
LINE = "crm: {connector: pipedrive}"
_RENEW = (
    "Renew PIPEDRIVE_TOKEN (docs/connectors/pipedrive.md says where), or give its user more rights; "
    "then run `leads doctor`."
)


class Options(BaseModel):
    model_config = ConfigDict(extra="forbid")

    leads: bool = True  # an entry in the Leads Inbox for each lead
    contacts_since: AwareDatetime | None = None
    deals: bool = True  # won and lost ones are read as outcomes


class PipedriveCrm:
    embedded = False
    # the smallest plan allows 20 in 2 s; that the day's tokens are used up only a 429 tells
    # (see pipedrive.readme.io/docs/core-api-concepts-rate-limiting)
    limit = Limit(18, 2.0)
    every_seconds = 120.0  # each reading costs 10 of the tokens that an account has a day: 7,200 a day

    def __init__(self, api: Api, search: Pace | None, chosen: Options, clock: Clock) -> None:
        self._api = api
        self._options = chosen
        self._clock = clock
        self._fields = PersonFields(api)
        self._organizations = Organizations(api, search)
        self._persons = Persons(api, search, self._fields, self._organizations)
        self._history = History(api)
        self._records = PersonRecords(api, self._fields, self._organizations, clock)
        self._users: dict[str, int | None] = {}

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:
        chosen = options(connection, Options)
        api = Api(
            name=SERVICE,
            base_url=base_url(context, "PIPEDRIVE_BASE_URL", BASE_URL),
            client=context.http,
            headers={"x-api-token": secret(context, "PIPEDRIVE_TOKEN", LINE).get_secret_value()},
            judge=failure_inside,
            renew=_RENEW,
            pace=pace(context, SERVICE, cls.limit),
            wait_header="x-ratelimit-reset",
        )
        # search endpoints: 10 in 2 s of their own (developers.pipedrive.com/changelog, August 2022)
        return cls(api, pace(context, f"{SERVICE} search", Limit(9, 2.0)), chosen, context.clock)

    @says_what_is_wrong
    async def check(self) -> Health:
        missing = await self._fields.missing()
        if missing:
            later = f"The first write adds the person fields {', '.join(missing)}."
            return Health(ok=True, says=f"Accepts the token. {later}")
        return Health(ok=True, says="Accepts the token and has all our person fields.")

    async def contact_fields(self) -> ContactFields:
        return ContactFields(names=await self._fields.names(), used=self._fields.ours)

    async def find_contact(self, email: str) -> Contact | None:
        person = await self._persons.of(clean(email).strip())
        return await self._persons.contact(person) if person else None

    async def get_contact(self, contact_id: str) -> Contact | None:
        person = await self._persons.get(contact_id)
        return await self._persons.contact(person) if person else None

    async def create_contact(
        self, fields: Mapping[str, str], properties: Mapping[str, str], domain: str | None = None
    ) -> Contact:
        email = clean(fields.get("email", "")).strip()
        if there := await self._persons.of(email) or await self._persons.newest_of(email):
            return await self._persons.contact(there)
        body = _body(fields) | {"name": clean(fields.get("name", "")).strip() or email}
        organization = await self._organization(fields, domain)
        if organization.company:
            body["org_id"] = int(organization.company.id)
        values = await self._fields.to_theirs({name: value for name, value in properties.items() if value})
        made = await self._made({**body, "custom_fields": values})
        return (await self._persons.contact(made)).model_copy(update={"remark": organization.remark})

    async def update_contact(
        self,
        contact_id: str,
        fields: Mapping[str, str],
        properties: Mapping[str, str],
        domain: str | None = None,
    ) -> Contact:
        person = await self._persons.get(contact_id)
        if person is None:
            raise _gone(contact_id)
        body, organization = _body(fields), Match(None)
        if person.org_id is None:
            organization = await self._organization(fields, domain)
            if organization.company:
                body["org_id"] = int(organization.company.id)
        elif fields.get("website"):
            await self._organizations.fill_website(person.org_id, clean(fields["website"]))
        if properties:
            body["custom_fields"] = await self._fields.to_theirs(properties, person.custom_fields)
        if body:
            person = await self._changed(person.id, body)
        return (await self._persons.contact(person)).model_copy(update={"remark": organization.remark})

    async def find_note(self, contact_id: str, key: str) -> Written | None:
        return await self._history.find_note(_number(contact_id), key)

    async def add_note(self, contact_id: str, key: str, text: str) -> Written:
        if self._options.leads:
            # first, since after a crash it is the note that is looked for
            await self._history.keep_lead(_number(contact_id), key, next(iter(text.splitlines()), "Lead"))
        return await self._history.add_note(_number(contact_id), key, text)

    async def find_task(self, contact_id: str, key: str) -> Written | None:
        return await self._history.find_activity(_number(contact_id), key, ("task",))

    async def add_task(self, contact_id: str, task: NewTask) -> Written:
        owner = await self._user(task.assignee)
        values = {"subject": clean(task.title), "type": "task", **_due(task.due_at)}
        if owner is not None:
            values["owner_id"] = owner
        written = await self._history.add_activity(_number(contact_id), task.key, task.body, values)
        nobody = "assigned to the token's user: Pipedrive has no user with the owner's e-mail address"
        return written if owner is not None else written.model_copy(update={"note": nobody})

    async def find_activity(self, contact_id: str, key: str) -> Written | None:
        return await self._history.find_activity(_number(contact_id), key, ("call", "email"))

    async def log_activity(self, contact_id: str, activity: LoggedActivity) -> Written:
        values: JsonObject = {
            "subject": clean(activity.title),
            "type": "call" if activity.kind == "call" else "email",
            "done": True,
            **_due(activity.at),
        }
        if activity.minutes is not None:
            values["duration"] = f"{activity.minutes // 60:02}:{activity.minutes % 60:02}"
        return await self._history.add_activity(_number(contact_id), activity.key, activity.body, values)

    async def twins(self, kind: EntryKind, key: str, inside: str | None) -> tuple[Written, ...]:
        person = _number(inside or "")
        match kind:
            case "note":
                return await self._history.find_notes(person, key)
            case "task":
                return await self._history.find_activities(person, key, ("task",))
            case "activity":
                return await self._history.find_activities(person, key, ("call", "email"))
            case _:
                return ()

    async def erase_entry(self, kind: Entry, contact_id: str, key: str) -> Erased:
        person = _number(contact_id)
        if kind == "note":
            return await self._history.erase_note(person, key)
        types = ("task",) if kind == "task" else ("call", "email")
        return await self._history.erase_activity(person, key, types)

    async def erase_contact(self, contact_id: str) -> Erased:
        return await self._history.erase_person(_number(contact_id))

    async def contacts_entered_since(self, cursor: str | None) -> ContactPage:
        return await self._persons.entered_after(cursor, self._options.contacts_since or self._clock())

    async def deals_changed_since(self, cursor: str | None) -> DealPage:
        if not self._options.deals:
            return DealPage(deals=(), cursor=cursor or "")
        return await Deals(self._api).after(cursor)

    async def records_of(self, ids: Sequence[str]) -> tuple[Told, ...]:
        return await self._records.of(ids)

    async def records_changed_since(self, cursor: str | None) -> ToldPage:
        return await self._records.after(cursor)

    async def _made(self, body: JsonObject) -> Person:
        with self._looking_at_fields():
            return (await self._api.ask(Data[Person], "POST", PERSONS, json=body)).data

    async def _changed(self, person: int, body: JsonObject) -> Person:
        path = f"{PERSONS}/{person}"
        with self._looking_at_fields():
            changed = await self._api.find(Data[Person], "PATCH", path, json=body, repeatable=True)
        if changed is None:
            raise _gone(str(person))
        return changed.data

    @contextmanager
    def _looking_at_fields(self) -> Generator[None]:
        try:
            yield
        except SetupError:
            self._fields.forget()  # one may have been deleted since they were read
            raise

    async def _organization(self, fields: Mapping[str, str], domain: str | None) -> Match:
        return await self._organizations.organization_for(
            clean(fields.get("company", "")), domain, clean(fields.get("website", ""))
        )

    async def _user(self, email: str) -> int | None:
        if email not in self._users:
            params: dict[str, str | int] = {"term": email, "search_by_email": 1}
            found = await self._api.ask(ListedOfV1[User], "GET", "/api/v1/users/find", params=params)
            self._users[email] = next((user.id for user in found.items if user.active_flag), None)
        return self._users[email]


def _body(fields: Mapping[str, str]) -> JsonObject:
    """What of our fields stands on a person; an organization has the others."""
    body: JsonObject = {}
    if name := clean(fields.get("name", "")).strip():
        body["name"] = name
    for ours, theirs in (("email", "emails"), ("phone", "phones")):
        if value := clean(fields.get(ours, "")).strip():
            body[theirs] = [{"value": value, "primary": True, "label": "work"}]
    return body


def _due(moment: datetime) -> JsonObject:
    """Pipedrive keeps times in UTC and shows them in each user's own zone."""
    utc = moment.astimezone(UTC)
    return {"due_date": utc.date().isoformat(), "due_time": f"{utc:%H:%M}"}


def _gone(contact_id: str) -> LeadRefusedError:
    told = f"contact {contact_id} is not there."
    return LeadRefusedError(SERVICE, told, "It may have been erased, or merged.")


def _number(contact_id: str) -> int:
    if contact_id.isascii() and contact_id.isdecimal():
        return int(contact_id)
    raise PermanentServiceError(
        SERVICE, "was given the id of another CRM's contact.", "Replay the lead from its beginning."
    )
