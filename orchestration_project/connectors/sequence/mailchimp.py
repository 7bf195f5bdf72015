"""Mailchimp: a lead becomes a member of one audience and gets the sequence's name as a tag, which starts it.

Who may be enrolled is decided in `action/sequence.py`; the mails themselves are written in Mailchimp.
Found again after a crash by the MD5 of the address: the PUT of a member and the tag can be repeated.
"""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Self
from urllib.parse import quote

from pydantic import BaseModel, JsonValue

from orchestration_project.connectors.base import ConnectorContext, Health, says_what_is_wrong
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.rate import Limit, pace
from orchestration_project.connectors.sequence.interface import Subscriber
from orchestration_project.connectors.sequence.mailchimp_failures import OWN_WISH, SERVICE, judge
from orchestration_project.connectors.sequence.mailchimp_records import Member, MemberRecords
from orchestration_project.connectors.settings import base_url, options, secret
from orchestration_project.errors import (
    LeadRefusedError,
    LeadsError,
    SetupError,
)
from orchestration_project.model import Clock, Erased, JsonObject, Written
from orchestration_project.model.records import Told, ToldPage
from orchestration_project.playbook.model import Connection

LINE = "sequence: {connector: mailchimp}"
_DATA_CENTRE = re.compile(r"-([a-z]+\d+)$")
_GONE = {
    "unsubscribed": "has unsubscribed from this audience, and was left so.",
    "cleaned": "was taken out of this audience since mail to the address came back.",
}
_NOT_ASKED_YET = ("archived", "transactional")
"""In the audience without getting its mails: put away by the owner, or a customer who was never asked. Their
new consent takes them in; Mailchimp itself refuses whom it may not."""
_GETS_MAIL = ("subscribed", "pending")
_ASKED_FIRST = "Mailchimp has asked them to confirm; until then they get nothing."
_AUDIENCE = "Correct `audience:` on the `sequence:` line: Audience, Settings shows its id."


class MailchimpOptions(BaseModel, extra="forbid"):
    audience: str  # its id, from Audience, Settings
    double_opt_in: bool = False  # Mailchimp asks the person to confirm first


class _Audience(BaseModel):
    name: str = ""


@dataclass(frozen=True)
class Mailchimp:
    api: Api
    options: MailchimpOptions
    clock: Clock

    embedded = False
    # its one limit is 10 requests at once (mailchimp.com/developer/marketing/docs/fundamentals); an
    # answer takes less than a second
    limit = Limit(10, 1.0)
    settle_seconds = 0.0  # a PUT by the address, and a tag that is there or not: a late one changes nothing

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:
        key = secret(context, "MAILCHIMP_API_KEY", LINE).get_secret_value()
        centre = _DATA_CENTRE.search(key)
        if centre is None and not context.environment.get("MAILCHIMP_BASE_URL", "").strip():
            raise LeadsError(
                "MAILCHIMP_API_KEY does not end in a data centre such as -us21. Copy the whole key."
            )
        default = f"https://{centre.group(1) if centre else 'us1'}.api.mailchimp.com/3.0"
        basic = base64.b64encode(f"leads:{key}".encode()).decode()
        api = Api(
            name=SERVICE,
            base_url=base_url(context, "MAILCHIMP_BASE_URL", default),
            client=context.http,
            headers={"Authorization": f"Basic {basic}"},
            judge=judge,
            pace=pace(context, SERVICE, cls.limit),
        )
        return cls(api, options(connection, MailchimpOptions), context.clock)

    @says_what_is_wrong
    async def check(self) -> Health:
        audience = await self.api.find(_Audience, "GET", self._audience)
        if audience is None:
            return Health(
                ok=False,
                says=f"Mailchimp has no audience {self.options.audience}.",
                mend=_AUDIENCE,
            )
        return Health(ok=True, says=f"Mailchimp accepts the key; the audience is {audience.name}.")

    async def find_member(self, list_name: str, email: str) -> Written | None:
        member = await self._find(email)
        if member is None or member.status not in _GETS_MAIL:
            return None
        if not any(tag.name == list_name for tag in member.tags):
            return None
        return self._written(member)

    async def enrol(self, list_name: str, subscriber: Subscriber) -> Written:
        """Raises LeadRefusedError for whom Mailchimp does not take, or who has left: they stay so."""
        known = await self._find(subscriber.email)
        if known is not None:
            _raise_if_gone(known)
        status = "pending" if self.options.double_opt_in else "subscribed"
        back = {"status": status} if known is not None and known.status in _NOT_ASKED_YET else {}
        names = {"FNAME": subscriber.given_name, "LNAME": subscriber.family_name}
        # what stands there already, somebody may have corrected by hand
        blanks: JsonObject = {
            field: name for field, name in names.items() if name and (known is None or known.lacks(field))
        }
        path = self._path(subscriber.email)
        member = await self.api.need(
            Member,
            "PUT",
            path,
            SetupError(SERVICE, f"has no audience {self.options.audience}.", _AUDIENCE),
            # else a field that the owner's own form asks for would keep everybody of ours out
            params={"skip_merge_validation": "true"},
            json={
                "email_address": subscriber.email,
                "status_if_new": status,
                **back,
                **({"merge_fields": blanks} if blanks else {}),
            },
        )
        _raise_if_gone(member)
        if member.status not in _GETS_MAIL:
            told = f"keeps this person as {member.status or 'nothing it names'}: they would get no mail."
            raise LeadRefusedError(SERVICE, told, "Look at them in Mailchimp, Audience.")
        tag = {"name": list_name, "status": "active"}
        await self.api.send("POST", f"{path}/tags", json={"tags": [tag]}, repeatable=True)
        return self._written(member)

    async def leave(self, list_name: str, email: str) -> bool:  # noqa: ARG002 - one audience
        member = await self._find(email)
        if member is None or member.status not in _GETS_MAIL:
            return False
        await self.api.send("PATCH", self._path(email), json={"status": "unsubscribed"}, repeatable=True)
        return True

    async def member(self, list_name: str, email: str) -> Subscriber | None:  # noqa: ARG002 - as above
        member = await self._find(email)
        return _subscriber(email, member.merge_fields) if member is not None else None

    async def rename_member(self, list_name: str, subscriber: Subscriber) -> None:  # noqa: ARG002 - as above
        names = {"FNAME": subscriber.given_name, "LNAME": subscriber.family_name}
        path = self._path(subscriber.email)
        skipping = {"skip_merge_validation": "true"}
        await self.api.send("PATCH", path, params=skipping, json={"merge_fields": names}, repeatable=True)

    async def records_of(self, ids: Sequence[str]) -> tuple[Told, ...]:
        return await self._records.of(ids)

    async def records_changed_since(self, cursor: str | None) -> ToldPage:
        """All members that were changed, in one request as a rule."""
        return await self._records.after(cursor)

    @property
    def _records(self) -> MemberRecords:
        missing = SetupError(SERVICE, f"has no audience {self.options.audience}.", _AUDIENCE)
        return MemberRecords(self.api, self.options.audience, self.clock, missing)

    async def erase_member(self, list_name: str, email: str) -> Erased:  # noqa: ARG002 - one audience
        """For good: Mailchimp then takes the person only by a form of its own."""
        path = f"{self._path(email)}/actions/delete-permanent"
        answer = await self.api.send("POST", path, repeatable=True, accept={HTTPStatus.NOT_FOUND})
        return Erased(answer="erased" if answer.is_success else "not_there")

    async def _find(self, email: str) -> Member | None:
        return await self.api.find(Member, "GET", self._path(email))

    @property
    def _audience(self) -> str:
        return f"/lists/{quote(self.options.audience, safe='')}"

    def _path(self, email: str) -> str:
        key = hashlib.md5(email.lower().encode(errors="replace"), usedforsecurity=False).hexdigest()
        return f"{self._audience}/members/{key}"

    def _written(self, member: Member) -> Written:
        note = _ASKED_FIRST if member.status == "pending" else ""
        return Written(external_id=f"{self.options.audience}/{member.id}", note=note)


def _subscriber(email: str, fields: Mapping[str, JsonValue]) -> Subscriber:
    given, family = (str(fields.get(name) or "").strip() for name in ("FNAME", "LNAME"))
    return Subscriber(email=email, given_name=given, family_name=family)


def _raise_if_gone(member: Member) -> None:
    if told := _GONE.get(member.status):
        raise LeadRefusedError(SERVICE, told, OWN_WISH)
