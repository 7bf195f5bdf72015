"""Mailchimp: a lead becomes a member of one audience and gets the sequence's name as a tag, which starts it.

Who may be enrolled is decided in `action/sequence.py`; the mails themselves are written in Mailchimp.
Found again after a crash by the MD5 of the address: the PUT of a member and the tag can be repeated.
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Self
from urllib.parse import quote

from pydantic import BaseModel, Field, JsonValue

from orchestration_project.connectors.base import ConnectorContext, Health
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.rate import pace
from orchestration_project.connectors.sequence.interface import Subscriber
from orchestration_project.connectors.settings import base_url, options, secret
from orchestration_project.errors import LeadsError, RefusedForNow, ServiceError
from orchestration_project.model import JsonObject, Written
from orchestration_project.playbook.model import Connection

SERVICE = "Mailchimp"
LINE = "sequence: {connector: mailchimp}"
_DATA_CENTRE = re.compile(r"-([a-z]+\d+)$")
_GONE = ("unsubscribed", "cleaned")


class MailchimpOptions(BaseModel, extra="forbid"):
    audience: str  # its id, from Audience, Settings
    double_opt_in: bool = False  # Mailchimp asks the person to confirm first


class _Tag(BaseModel):
    name: str = ""


class _Member(BaseModel):
    id: str
    status: str = ""
    merge_fields: dict[str, JsonValue] = Field(default_factory=dict[str, JsonValue])
    tags: list[_Tag] = Field(default_factory=list[_Tag])

    def lacks(self, field: str) -> bool:
        return not str(self.merge_fields.get(field) or "").strip()


class _Audience(BaseModel):
    name: str = ""


@dataclass(frozen=True)
class Mailchimp:
    api: Api
    options: MailchimpOptions

    embedded = False

    @classmethod
    def open(cls, connection: Connection, given: ConnectorContext) -> Self:
        key = secret(given, "MAILCHIMP_API_KEY", LINE).get_secret_value()
        centre = _DATA_CENTRE.search(key)
        if centre is None and not given.environment.get("MAILCHIMP_BASE_URL", "").strip():
            raise LeadsError(
                "MAILCHIMP_API_KEY does not end in a data centre such as -us21. Copy the whole key."
            )
        default = f"https://{centre.group(1) if centre else 'us1'}.api.mailchimp.com/3.0"
        basic = base64.b64encode(f"leads:{key}".encode()).decode()
        api = Api(
            name=SERVICE,
            base_url=base_url(given, "MAILCHIMP_BASE_URL", default),
            client=given.http,
            headers={"Authorization": f"Basic {basic}"},
            judge=_judge,
            # its one limit is 10 requests at once (mailchimp.com/developer/marketing/docs/fundamentals); an
            # answer takes less than a second
            pace=pace(given, SERVICE, 10, 1.0),
        )
        return cls(api, options(connection, MailchimpOptions))

    async def check(self) -> Health:
        try:
            audience = await self.api.find(_Audience, "GET", self._audience)
        except ServiceError as error:
            return Health(ok=False, says=error.said, mend=error.mend)
        if audience is None:
            return Health(
                ok=False,
                says=f"Mailchimp has no audience {self.options.audience}.",
                mend="Correct `audience:` on the `sequence:` line: Audience, Settings shows its id.",
            )
        return Health(ok=True, says=f"Mailchimp accepts the key; the audience is {audience.name}.")

    async def find_member(self, list_name: str, email: str) -> Written | None:
        member = await self._find(email)
        if member is None or not any(tag.name == list_name for tag in member.tags):
            return None
        return self._written(member)

    async def enrol(self, list_name: str, subscriber: Subscriber) -> Written:
        """Who has unsubscribed stays so: the status is only given to new members."""
        known = await self._find(subscriber.email)
        names = {"FNAME": subscriber.given_name, "LNAME": subscriber.family_name}
        # what stands there already, somebody may have corrected by hand
        blanks: JsonObject = {
            field: name for field, name in names.items() if name and (known is None or known.lacks(field))
        }
        path = self._path(subscriber.email)
        member = await self.api.ask(
            _Member,
            "PUT",
            path,
            json={
                "email_address": subscriber.email,
                "status_if_new": "pending" if self.options.double_opt_in else "subscribed",
                **({"merge_fields": blanks} if blanks else {}),
            },
        )
        if member.status in _GONE:
            return self._written(member, "has unsubscribed from this audience, and was left so")
        tag = {"name": list_name, "status": "active"}
        await self.api.send("POST", f"{path}/tags", json={"tags": [tag]}, repeatable=True)
        return self._written(member)

    async def _find(self, email: str) -> _Member | None:
        return await self.api.find(_Member, "GET", self._path(email))

    @property
    def _audience(self) -> str:
        return f"/lists/{quote(self.options.audience, safe='')}"

    def _path(self, email: str) -> str:
        key = hashlib.md5(email.lower().encode(errors="replace"), usedforsecurity=False).hexdigest()
        return f"{self._audience}/members/{key}"

    def _written(self, member: _Member, note: str = "") -> Written:
        return Written(external_id=f"{self.options.audience}/{member.id}", note=note)


def _judge(status: int, body: JsonValue) -> ServiceError | None:
    """At a high volume Mailchimp shuts us out by a bare 403, where a refused key comes with JSON."""
    if status == HTTPStatus.FORBIDDEN and body is None:
        return RefusedForNow(
            SERVICE,
            "shuts us out for now (a 403 without a word).",
            "It is tried again by itself; if this lasts, look at the key in Mailchimp.",
        )
    return None
