"""Drafts in a mailbox of Microsoft 365, through Graph. What stands in them is `action/draft.py`.

Signing in is `microsoft_token.py`; nothing is ever sent from here.

Found again after a crash by our Message-ID (`internetMessageId`), or by the X-Lead-Ref that came along; and
by the recipient, for a mail program other than Outlook that wrote an edited draft anew.
"""

import base64
from datetime import UTC
from email.message import EmailMessage
from typing import NamedTuple, Self
from urllib.parse import quote

from pydantic import AwareDatetime, BaseModel, ConfigDict

from orchestration_project.connectors.base import (
    ConnectorContext,
    EntryKind,
    Health,
    Scopes,
    says_what_is_wrong,
)
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.mail.interface import SENT, DraftNow, SentMail
from orchestration_project.connectors.mail.mailbox_format import (
    REF_HEADER,
    draft_bytes,
    draft_in,
    found_note,
    may_be_ours,
    own_address,
)
from orchestration_project.connectors.mail.microsoft_failures import SERVICE, StaleIdError, judge
from orchestration_project.connectors.mail.microsoft_shapes import Message, Messages, plain_text
from orchestration_project.connectors.microsoft_token import MicrosoftToken, open_token, scopes_of
from orchestration_project.connectors.rate import Limit, pace
from orchestration_project.connectors.settings import base_url, options, setting
from orchestration_project.model import Erased, JsonObject, Written
from orchestration_project.playbook.model import Connection

BASE_URL = "https://graph.microsoft.com/v1.0"
SCOPE = "https://graph.microsoft.com/Mail.ReadWrite"
_MAY = frozenset({"User.Read", "openid", "profile", "email", "offline_access"})
"""Every app has these, or asks for them to sign a person in."""
_LINE = "mail: {connector: microsoft}"
_PREFER = 'IdType="ImmutableId", outlook.body-content-type="text"'
_FIELDS = "id,isDraft,webLink,subject,body,sentDateTime"
_ADDRESSED = "id,isDraft,webLink,internetMessageId,toRecipients"
_WHOLE = f"{_FIELDS},toRecipients"
_MOST_CHANGED = 100
"""Of the drafts that were written or edited since a lead came in."""
# header fields of a mail are such properties; Exchange keeps their names in lower case
_LEAD_REF = f"String {{00020386-0000-0000-C000-000000000046}} Name {REF_HEADER.lower()}"


class _Options(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Trace(NamedTuple):
    """All by which a draft can be followed. A sent draft keeps its id, says one page of Microsoft's, and
    does not, says another; so the Message-ID goes along."""

    id: str
    message_id: str

    @classmethod
    def read(cls, external_id: str) -> "_Trace":
        id_, blank, message_id = external_id.partition(" ")
        # without a blank it is a Message-ID, of a draft that another connector made
        return cls(id_, message_id) if blank else cls("", external_id)

    def __str__(self) -> str:
        return " ".join(self)


class Microsoft365:
    """A draft is never written to once a person has edited it; they may also move it, or send it."""

    embedded = False
    # Exchange answers four requests of a mailbox at once, and 10,000 in ten minutes
    # (see learn.microsoft.com/graph/throttling-limits, Outlook service limits)
    limit = Limit(4, 1.0)

    def __init__(self, api: Api, user: str, token: MicrosoftToken) -> None:
        """`user` is empty for the mailbox of whoever signed in."""
        self._api = api
        self._token = token
        self._address = own_address(user)
        self._mailbox = f"users/{quote(user, safe='@')}" if user else "me"
        self._path = f"{self._mailbox}/messages"

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:
        options(connection, _Options)
        user = context.environment.get("MS_USER", "").strip()
        if not context.environment.get("MS_REFRESH_TOKEN", "").strip():
            user = setting(context, "MS_USER", _LINE)  # the app itself has no mailbox
        token = open_token(context, _LINE, SCOPE)
        api = Api(
            SERVICE,
            base_url(context, "MS_BASE_URL", BASE_URL),
            context.http,
            {"Prefer": _PREFER},
            pace=pace(context, SERVICE, cls.limit),
            token=token,
            judge=judge,
        )
        return cls(api, user, token)

    async def scopes(self) -> Scopes | None:
        granted = scopes_of(await self._token.value())
        if granted is None:
            return None
        needed = frozenset({"Mail.ReadWrite"})
        return Scopes(credential="MS_CLIENT_SECRET", granted=granted, needed=needed, may=_MAY)

    @says_what_is_wrong
    async def check(self) -> Health:
        # needs no other right than the one for drafts
        await self._messages("isDraft eq true", most=1)
        says = "Graph accepts the credential; drafts go to the mailbox's Drafts."
        return Health(ok=True, says=says, ends=self._token.ends())

    async def get_ready(self) -> None:
        if self._api.token:
            await self._api.token.value()

    async def find_draft(self, key: str, message_id: str) -> Written | None:
        for condition in _conditions(key, message_id):
            if found := await self._kept(condition):
                return _written(found[0], message_id)
        return None

    async def twins(self, kind: EntryKind, key: str, inside: str | None) -> tuple[Written, ...]:
        if kind != "draft" or inside is None:
            return ()
        kept = [message for condition in _conditions(key, inside) for message in await self._kept(condition)]
        return tuple({message.id: _written(message, inside) for message in kept}.values())

    async def find_draft_to(self, recipient: str, since: AwareDatetime, message_id: str) -> Written | None:
        # by time and not by recipient: Graph has no filter for those, and the index of its search lags
        found = await self._messages(
            f"lastModifiedDateTime ge {since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            f"{self._mailbox}/mailFolders/drafts/messages",
            most=_MOST_CHANGED,
            fields=_ADDRESSED,
        )
        for draft in found:
            own_id = draft.internet_message_id or ""
            to = [one.email_address.address or "" for one in draft.to_recipients]
            if draft.is_draft and may_be_ours(message_id, recipient, own_id, to):
                return _written(draft, own_id or message_id, found_note("among the drafts in Outlook"))
        return None

    async def save_draft(self, key: str, message: EmailMessage) -> Written:
        headers = {"Content-Type": "text/plain"}  # so Graph takes a whole mail
        # with the ref: Exchange may give a mail another Message-ID when it is sent
        content = base64.b64encode(draft_bytes(message, self._address, key))
        made = await self._api.ask(Message, "POST", self._path, content=content, headers=headers)
        return _written(made, str(message["Message-ID"]))

    async def draft_now(self, key: str, draft_id: str) -> DraftNow | None:
        draft = await self._draft(key, draft_id)
        if draft is None:
            return None
        to = tuple(one.email_address.address or "" for one in draft.to_recipients)
        return DraftNow(to=to, subject=draft.subject or "", text=plain_text(draft))

    async def rewrite_draft(self, key: str, draft_id: str, message: EmailMessage) -> Written | None:
        """Whom it is for, its subject and its words; the mail keeps its ids, and our ref in its header."""
        draft = await self._draft(key, draft_id)
        if draft is None:
            return None
        said = draft_in(message.as_bytes())
        body: JsonObject = {
            "subject": said.subject,
            "body": {"contentType": "text", "content": said.text},
            "toRecipients": [{"emailAddress": {"address": address}} for address in said.to],
        }
        path = f"{self._path}/{quote(draft.id, safe='')}"
        written = await self._api.find(Message, "PATCH", path, json=body, repeatable=True)
        return _written(written, _Trace.read(draft_id).message_id) if written is not None else None

    async def _draft(self, key: str, draft_id: str) -> Message | None:
        """None: it was sent, or thrown away."""
        trace = _Trace.read(draft_id)
        for condition in _conditions(key, trace.message_id):
            for message in await self._kept(condition, _WHOLE):
                if message.is_draft:
                    return message
        return None

    async def find_sent(self, key: str, draft_id: str) -> SentMail | None:
        trace = _Trace.read(draft_id)
        if trace.id and (message := await self._message(trace.id)):
            return _sent(message)
        for condition in _conditions(key, trace.message_id):
            for message in await self._messages(condition):
                if sent := _sent(message):
                    return sent
        return None

    async def erase_draft(self, key: str, draft_id: str) -> Erased:
        """From the mailbox and its Deleted Items; Exchange empties what lies beneath after some weeks."""
        trace = _Trace.read(draft_id)
        found = [
            message
            for condition in _conditions(key, trace.message_id)
            for message in await self._messages(condition)
        ]
        if trace.id and (message := await self._message(trace.id)):
            found.append(message)
        drafts = {message.id for message in found if message.is_draft}
        for id_ in drafts:
            path = f"{self._path}/{quote(id_, safe='')}/permanentDelete"
            await self._api.send("POST", path, repeatable=True, accept={404})
        if any(not message.is_draft for message in found):
            return SENT
        return Erased(answer="erased" if drafts else "not_there")

    async def _kept(self, condition: str, fields: str = _FIELDS) -> list[Message]:
        """Without the drafts that a person threw away, which wait in Deleted Items."""
        found = await self._messages(condition, fields=fields)
        if not any(message.is_draft for message in found):
            return [*found]
        deleted = await self._messages(condition, f"{self._mailbox}/mailFolders/deleteditems/messages")
        thrown_away = {message.id for message in deleted if message.is_draft}
        return [message for message in found if message.id not in thrown_away]

    async def _messages(
        self, condition: str, path: str | None = None, *, most: int = 10, fields: str = _FIELDS
    ) -> tuple[Message, ...]:
        """The mails that meet it, of all folders unless `path` is one's."""
        params: dict[str, str | int] = {"$filter": condition, "$select": fields, "$top": most}
        found = await self._api.ask(Messages, "GET", path or self._path, params=params)
        return found.value

    async def _message(self, id_: str) -> Message | None:
        path = f"{self._path}/{quote(id_, safe='')}"
        try:
            return await self._api.find(Message, "GET", path, params={"$select": _FIELDS})
        except StaleIdError:
            return None


def _conditions(key: str, message_id: str) -> tuple[str, str]:
    by_header = f"ep/id eq '{_LEAD_REF}' and ep/value eq {_quoted(key)}"
    return (
        f"internetMessageId eq {_quoted(message_id)}",
        f"singleValueExtendedProperties/Any(ep: {by_header})",
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _written(message: Message, message_id: str, note: str = "") -> Written:
    state = "Waits among the drafts in Outlook." if message.is_draft else "Was sent from Outlook."
    return Written(external_id=str(_Trace(message.id, message_id)), url=message.web_link, note=note or state)


def _sent(message: Message) -> SentMail | None:
    """None for a draft."""
    if message.is_draft or message.sent_date_time is None:
        return None
    return SentMail(
        sent_at=message.sent_date_time,
        subject=message.subject or "",
        text=plain_text(message),
        url=message.web_link,
    )
