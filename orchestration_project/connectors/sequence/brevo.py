"""Brevo: a lead becomes a contact in the list of its sequence; an automation of that list does the rest.

Who may be enrolled is decided in `action/sequence.py`; the mails themselves are written in Brevo.
Found again after a crash by the address: creating with `updateEnabled` can be repeated. With double opt-in
there is nothing to find before the person has confirmed: a crash at that moment can send the question twice.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Self, cast
from urllib.parse import quote

from pydantic import AwareDatetime, BaseModel, Field, JsonValue, model_validator

from orchestration_project.connectors.base import ConnectorContext, Health, says_what_is_wrong
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.rate import Limit, pace
from orchestration_project.connectors.sequence.brevo_failures import (
    CORRECT_NUMBER,
    SERVICE,
    TakenError,
    judge,
)
from orchestration_project.connectors.sequence.brevo_lists import lists_not_there
from orchestration_project.connectors.sequence.interface import Subscriber
from orchestration_project.connectors.settings import base_url, options, secret
from orchestration_project.errors import (
    LeadRefusedError,
    PermanentServiceError,
    SetupError,
)
from orchestration_project.model import Clock, Erased, JsonObject, Written
from orchestration_project.model.records import NO, YES, Item, Told, ToldPage, whole_name
from orchestration_project.playbook.model import Connection

BASE_URL = "https://api.brevo.com/v3"
_NAMES = ("FIRSTNAME", "LASTNAME")
_PAGE = 1_000
_MOST = 5_000
OVERLAP = timedelta(minutes=5)
LOOK_BACK = timedelta(days=1)


class DoubleOptIn(BaseModel, extra="forbid"):
    template: int  # the number of the mail that asks, tagged `optin` in Brevo
    redirect: str  # the page that a person sees who has confirmed


class BrevoOptions(BaseModel, extra="forbid"):
    lists: dict[str, int]  # a sequence's name in playbook.yaml: the list's number in Brevo
    double_opt_in: DoubleOptIn | None = None  # Brevo asks the person to confirm first


class _Contact(BaseModel):
    id: int
    blocked: bool = Field(default=False, alias="emailBlacklisted")
    list_ids: list[int] = Field(default_factory=list[int], alias="listIds")
    left: list[int] | None = Field(default=None, alias="listUnsubscribed")
    email: str | None = None
    modified_at: AwareDatetime | None = Field(default=None, alias="modifiedAt")
    attributes: dict[str, JsonValue] = Field(default_factory=dict[str, JsonValue])

    @model_validator(mode="before")
    @classmethod
    def _without_nothing(cls, told: object) -> object:
        """Brevo may say null for what a contact lacks."""
        fields = cast("dict[str, JsonValue]", told) if isinstance(told, dict) else None
        return told if fields is None else {name: it for name, it in fields.items() if it is not None}

    def gets(self, number: int) -> bool:
        """The mails of that list."""
        return number in self.list_ids and not self.blocked and number not in (self.left or ())

    def lacks(self, attribute: str) -> bool:
        return not str(self.attributes.get(attribute) or "").strip()


class _Contacts(BaseModel):
    contacts: list[_Contact] = Field(default_factory=list[_Contact])


class _Created(BaseModel):
    id: int


class _Account(BaseModel):
    company: str | None = Field(default=None, alias="companyName")


@dataclass(frozen=True)
class Brevo:
    api: Api
    options: BrevoOptions
    clock: Clock

    embedded = False
    # contacts: 10 a second and 36,000 an hour; the account, which only `check` asks for: 100 an hour
    # (see developers.brevo.com/docs/api-limits)
    limit = Limit(10, 1.0)
    settle_seconds = 0.0  # one contact an address, and in a list or not: a late one changes nothing

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:
        key = secret(context, "BREVO_API_KEY", "sequence: {connector: brevo}")
        api = Api(
            name=SERVICE,
            base_url=base_url(context, "BREVO_BASE_URL", BASE_URL),
            client=context.http,
            headers={"api-key": key.get_secret_value()},
            pace=pace(context, SERVICE, cls.limit),
            wait_header="x-sib-ratelimit-reset",  # there is no Retry-After
            judge=judge,
        )
        return cls(api, options(connection, BrevoOptions), context.clock)

    @says_what_is_wrong
    async def check(self) -> Health:
        account = await self.api.ask(_Account, "GET", "/account")
        accepted = f"Brevo accepts the key of {account.company or 'the account'}"
        gone = [f"{number} ({name})" for name, number in await lists_not_there(self.api, self.options.lists)]
        if gone:
            says = f"{accepted}, which has no list {', '.join(gone)}."
            return Health(ok=False, says=says, mend=CORRECT_NUMBER)
        return Health(ok=True, says=f"{accepted}; the lists are there.")

    async def find_member(self, list_name: str, email: str) -> Written | None:
        number = self._number(list_name)
        contact = await self._find(email)
        if contact is None or not contact.gets(number):
            return None
        return _written(number, contact.id)

    async def enrol(self, list_name: str, subscriber: Subscriber) -> Written:
        """Raises LeadRefusedError for whom Brevo does not take, or who has unsubscribed from everything."""
        number = self._number(list_name)
        known = await self._find(subscriber.email)
        if known is not None:
            _raise_if_gone(known, number)
        names = {"FIRSTNAME": subscriber.given_name, "LASTNAME": subscriber.family_name}
        # what stands there already, somebody may have corrected by hand
        blanks: JsonObject = {
            field: name for field, name in names.items() if name and (known is None or known.lacks(field))
        }
        if self.options.double_opt_in and (known is None or not known.gets(number)):
            return await self._asked(self.options.double_opt_in, number, subscriber.email, blanks)
        body: JsonObject = {"email": subscriber.email, "listIds": [number], "updateEnabled": True}
        if blanks:
            body["attributes"] = blanks
        try:
            response = await self.api.send("POST", "/contacts", json=body, repeatable=True)
        except TakenError:
            # another has made it in this moment, whatever `updateEnabled` promises; or it is somebody else's
            if (there := await self._find(subscriber.email)) is None:
                raise
            return await self._taken_in(there, number)
        if response.status_code == HTTPStatus.CREATED:
            return _written(number, self.api.read(response, _Created, wrote=True).id)
        contact = known or await self._find(subscriber.email)  # another was quicker to create it
        if contact is None:
            raise PermanentServiceError(
                SERVICE, "took a contact and does not know it now.", "Look in Brevo, then replay the lead."
            )
        return _written(number, contact.id)

    async def _taken_in(self, there: _Contact, number: int) -> Written:
        _raise_if_gone(there, number)
        await self.api.send("PUT", f"/contacts/{there.id}", json={"listIds": [number]}, repeatable=True)
        return _written(number, there.id)

    async def _asked(self, how: DoubleOptIn, number: int, email: str, attributes: JsonObject) -> Written:
        """Brevo makes the contact, and puts it into the list, when the person confirms."""
        body: JsonObject = {
            "email": email,
            "includeListIds": [number],
            "templateId": how.template,
            "redirectionUrl": how.redirect,
        }
        if attributes:
            body["attributes"] = attributes
        await self.api.send("POST", "/contacts/doubleOptinConfirmation", json=body)
        member = hashlib.sha256(email.casefold().encode(errors="replace")).hexdigest()[:12]
        note = "Brevo has asked them to confirm; until then they get nothing."
        return Written(external_id=f"{number}/asked-{member}", note=note)

    async def leave(self, list_name: str, email: str) -> bool:
        """Blocked for all mail of the account: an automation goes on with whom is only out of the list."""
        number = self._number(list_name)
        contact = await self._find(email)
        if contact is None or not contact.gets(number):
            return False
        body: JsonObject = {"emailBlacklisted": True, "unlinkListIds": [number]}
        await self.api.send("PUT", f"/contacts/{contact.id}", json=body, repeatable=True)
        return True

    async def member(self, list_name: str, email: str) -> Subscriber | None:
        contact = await self._find(email)
        if contact is None or self._number(list_name) not in contact.list_ids:
            return None
        given, family = (str(contact.attributes.get(name) or "").strip() for name in _NAMES)
        return Subscriber(email=email, given_name=given, family_name=family)

    async def rename_member(self, list_name: str, subscriber: Subscriber) -> None:  # noqa: ARG002 - one contact
        identifier = quote(subscriber.email, safe="", errors="replace")
        names = dict(zip(_NAMES, (subscriber.given_name, subscriber.family_name), strict=True))
        await self.api.send("PUT", f"/contacts/{identifier}", json={"attributes": names}, repeatable=True)

    async def records_of(self, ids: Sequence[str]) -> tuple[Told, ...]:
        return tuple([await self._record(one) for one in ids])

    async def _record(self, outside_id: str) -> Told:
        number, _, contact_id = outside_id.partition("/")
        if not (number.isdecimal() and contact_id.isdecimal()):
            return Told(outside_id=outside_id)  # asked to confirm: there is nobody yet
        contact = await self.api.find(_Contact, "GET", f"/contacts/{contact_id}")
        return _told(contact, int(number)) if contact is not None else Told(outside_id=outside_id, gone=True)

    async def records_changed_since(self, cursor: str | None) -> ToldPage:
        """Every contact that was changed, of each of our lists: one request as a rule."""
        now, offset = self.clock(), 0
        begin = now - LOOK_BACK
        if cursor:
            # of a reading that was too long for one: since when, how far it came, and when it began
            since, _, rest = cursor.partition(" ")
            begin = datetime.fromisoformat(since) - (timedelta() if rest else OVERLAP)
            if rest:
                far, _, started = rest.partition(" ")
                offset, now = int(far), datetime.fromisoformat(started)
        found: list[_Contact] = []
        ended = False
        while not ended and len(found) < _MOST:
            params: dict[str, str | int] = {
                "modifiedSince": begin.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
                "limit": _PAGE,
                "offset": offset + len(found),
                "sort": "asc",  # of their making: nothing moves while it is gone through
            }
            page = await self.api.ask(_Contacts, "GET", "/contacts", params=params)
            found += page.contacts
            ended = len(page.contacts) < _PAGE
        told = [_told(one, number) for one in found for number in self.options.lists.values()]
        unfinished = f"{begin.isoformat()} {offset + len(found)} {now.isoformat()}"
        return ToldPage(told=tuple(told), cursor=now.isoformat() if ended else unfinished)

    async def erase_member(self, list_name: str, email: str) -> Erased:  # noqa: ARG002 - the contact itself
        path = f"/contacts/{quote(email, safe='', errors='replace')}"
        answer = await self.api.send("DELETE", path, accept={HTTPStatus.NOT_FOUND})
        return Erased(answer="erased" if answer.is_success else "not_there")

    async def _find(self, email: str) -> _Contact | None:
        identifier = quote(email, safe="", errors="replace")
        return await self.api.find(_Contact, "GET", f"/contacts/{identifier}")

    def _number(self, list_name: str) -> int:
        if list_name not in self.options.lists:
            known = ", ".join(self.options.lists) or "none"
            raise SetupError(
                SERVICE,
                f"has no list for the sequence {list_name!r}; connections.yaml names {known}.",
                f"Add it: `sequence: {{connector: brevo, lists: {{{list_name}: NUMBER}}}}`, then replay.",
            )
        return self.options.lists[list_name]


def _raise_if_gone(contact: _Contact, number: int) -> None:
    if contact.blocked:
        raise LeadRefusedError(
            SERVICE,
            "has this person on its blocklist: unsubscribed from all mail, or mail came back.",
            "Nothing is to be done; only with the person's word take them off it in Brevo.",
        )
    if number in (contact.left or ()):
        raise LeadRefusedError(
            SERVICE,
            "knows that this person has unsubscribed from that list, and they were left so.",
            "Nothing is to be done: only the person can sign up again, through a form of Brevo's.",
        )


def _told(contact: _Contact, number: int) -> Told:
    withdrawn = contact.blocked or number in (contact.left or ())
    given, family = (str(contact.attributes.get(name) or "") for name in _NAMES)
    values: dict[Item, str] = {
        "name": whole_name(given, family),
        "email": contact.email or "",
        "consent": NO if withdrawn else YES if number in contact.list_ids else "",
    }
    return Told(outside_id=f"{number}/{contact.id}", values=values, changed_at=contact.modified_at)


def _written(number: int, contact: int) -> Written:
    return Written(external_id=f"{number}/{contact}", url=f"https://app.brevo.com/contact/index/{contact}")
