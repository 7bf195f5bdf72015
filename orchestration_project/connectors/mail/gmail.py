"""Gmail: drafts in a person's mailbox, to review and send there. What stands in them is `action/draft.py`.

Found again after a crash: by our Message-ID, with the search `rfc822msgid:` and among the newest drafts;
and by the recipient, since Gmail drops our headers when a person edits a draft in its web page.
"""

import base64
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import NamedTuple, Self

from pydantic import AwareDatetime, Field

from orchestration_project.connectors.asked_once import AskedOnce
from orchestration_project.connectors.base import (
    ConnectorContext,
    EntryKind,
    Health,
    Scopes,
    says_what_is_wrong,
)
from orchestration_project.connectors.google_api import GoogleModel, GoogleService, NoOptions
from orchestration_project.connectors.google_auth import open_token
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.mail.interface import SENT, DraftNow, SentMail
from orchestration_project.connectors.mail.mailbox_format import (
    addresses_in,
    draft_bytes,
    draft_in,
    found_note,
    may_be_ours,
    sent_mail,
)
from orchestration_project.connectors.rate import Limit, pace
from orchestration_project.connectors.settings import base_url, options
from orchestration_project.model import Erased, Written
from orchestration_project.playbook.model import Connection

SERVICE = "Gmail"
BASE_URL = "https://gmail.googleapis.com"
SCOPES = (
    "https://www.googleapis.com/auth/gmail.compose",
    "https://www.googleapis.com/auth/gmail.readonly",  # to learn what was sent
)
NEWEST = 10
"""Drafts looked at one by one where the search finds none, since it may lag."""
_LINE = "mail: {connector: gmail}"
_ME = "gmail/v1/users/me"


class _Header(GoogleModel):
    name: str
    value: str


class _Payload(GoogleModel):
    headers: tuple[_Header, ...] = ()


class _Message(GoogleModel):
    id: str
    thread_id: str
    label_ids: tuple[str, ...] = ()
    internal_date: int = 0  # milliseconds
    raw: str = ""  # base64url
    payload: _Payload = _Payload()

    @property
    def headers(self) -> dict[str, str]:
        return {header.name.lower(): header.value for header in self.payload.headers}

    @property
    def arrived(self) -> datetime:
        """In the mailbox; of a draft, when it was last written."""
        return datetime.fromtimestamp(self.internal_date / 1000, UTC)


class _Draft(GoogleModel):
    id: str
    message: _Message


class _Drafts(GoogleModel):
    drafts: tuple[_Draft, ...] = ()


class _Messages(GoogleModel):
    messages: tuple[_Message, ...] = ()


class _Profile(GoogleModel):
    email_address: str = Field(repr=False)


class _Trace(NamedTuple):
    """All by which a draft can be followed. Editing may give it another id, a new subject gives another
    thread, and Gmail may write a Message-ID of its own, without any other header of ours."""

    draft_id: str
    thread_id: str
    message_id: str

    @classmethod
    def read(cls, external_id: str) -> "_Trace":
        draft_id, slash, rest = external_id.partition("/")
        thread_id, _, message_id = rest.partition("/")
        # without a slash it is a Message-ID, of a draft that another connector made
        return cls(draft_id, thread_id, message_id) if slash else cls("", "", external_id)

    def __str__(self) -> str:
        return "/".join(self)


class Gmail:
    embedded = False
    # 6,000 units a minute and user; a request costs ten at most
    # (see developers.google.com/workspace/gmail/api/reference/quota)
    limit = Limit(10, 1.0)

    def __init__(self, google: GoogleService) -> None:
        self._google = google
        self._address = AskedOnce(self._own_address)

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:
        options(connection, NoOptions)
        return cls(
            GoogleService(
                SERVICE,
                base_url(context, "GMAIL_BASE_URL", BASE_URL),
                context.http,
                open_token(context, _LINE, SCOPES, mailbox=True),
                pace(context, SERVICE, cls.limit),
            )
        )

    async def scopes(self) -> Scopes | None:
        return await self._google.token.scopes(SCOPES)

    @says_what_is_wrong
    async def check(self) -> Health:
        api = self._google.api()
        profile = await api.ask(_Profile, "GET", f"{_ME}/profile")
        return self._google.well(f"Writes drafts in the mailbox {profile.email_address}.")

    async def get_ready(self) -> None:
        await self._address.value()

    async def find_draft(self, key: str, message_id: str) -> Written | None:  # noqa: ARG002 - the id tells it
        async with aclosing(self._of_id(message_id)) as found:
            return await anext(found, None)

    async def twins(self, kind: EntryKind, key: str, inside: str | None) -> tuple[Written, ...]:  # noqa: ARG002 - the id tells it
        if kind != "draft" or inside is None:
            return ()
        async with aclosing(self._of_id(inside)) as found:
            # the search and the newest drafts show the same one
            return tuple({written.external_id: written async for written in found}.values())

    async def _of_id(self, message_id: str) -> AsyncGenerator[Written]:
        api = self._google.api()
        found = await api.ask(_Drafts, "GET", f"{_ME}/drafts", params={"q": _search(message_id)})
        for draft in found.drafts:
            yield _written(draft.id, draft.message.thread_id, message_id)
        sent = await api.ask(_Messages, "GET", f"{_ME}/messages", params=_sent(message_id))
        for message in sent.messages:
            yield _written("", message.thread_id, message_id, "Was sent from Gmail.")
        newest = await api.ask(_Drafts, "GET", f"{_ME}/drafts", params={"maxResults": NEWEST})
        for listed in newest.drafts:
            draft = await _with_headers(api, listed.id)
            if draft is not None and draft.message.headers.get("message-id") == message_id:
                yield _written(draft.id, draft.message.thread_id, message_id)

    async def find_draft_to(self, recipient: str, since: AwareDatetime, message_id: str) -> Written | None:
        api = self._google.api()
        params: dict[str, str | int] = {"q": _to(recipient), "maxResults": NEWEST}
        found = await api.ask(_Drafts, "GET", f"{_ME}/drafts", params=params)
        for listed in found.drafts:
            draft = await _with_headers(api, listed.id)
            if draft is None or draft.message.arrived < since:
                continue
            own_id = draft.message.headers.get("message-id", "")
            # the search is for words, and finds other addresses that have them too
            to = addresses_in(draft.message.headers.get("to", ""))
            if may_be_ours(message_id, recipient, own_id, to):
                note = found_note("among the drafts in Gmail")
                return _written(draft.id, draft.message.thread_id, own_id or message_id, note)
        return None

    async def save_draft(self, key: str, message: EmailMessage) -> Written:  # noqa: ARG002 - it is in the message
        api = self._google.api()
        raw = draft_bytes(message, await self._address.value())
        body = {"message": {"raw": base64.urlsafe_b64encode(raw).decode()}}
        draft = await api.ask(_Draft, "POST", f"{_ME}/drafts", json=body)
        return _written(draft.id, draft.message.thread_id, str(message["Message-ID"]))

    async def find_sent(self, key: str, draft_id: str) -> SentMail | None:  # noqa: ARG002 - the id tells it
        trace = _Trace.read(draft_id)
        api = self._google.api()
        if trace.draft_id:
            path = f"{_ME}/drafts/{trace.draft_id}"
            if await api.find(_Draft, "GET", path, params={"format": "minimal"}):
                return None
        sent_id = await self._sent_id(api, trace)
        if sent_id is None:
            return None  # thrown away
        path = f"{_ME}/messages/{sent_id}"
        message = await api.find(_Message, "GET", path, params={"format": "raw"})
        if message is None:
            return None
        return sent_mail(_decoded(message.raw), message.arrived, _url(message.thread_id))

    async def draft_now(self, key: str, draft_id: str) -> DraftNow | None:  # noqa: ARG002 - the id tells it
        trace = _Trace.read(draft_id)
        if not trace.draft_id:
            return None
        path = f"{_ME}/drafts/{trace.draft_id}"
        draft = await self._google.api().find(_Draft, "GET", path, params={"format": "raw"})
        return draft_in(_decoded(draft.message.raw)) if draft is not None else None

    async def rewrite_draft(self, key: str, draft_id: str, message: EmailMessage) -> Written | None:  # noqa: ARG002 - the id tells it
        trace, api = _Trace.read(draft_id), self._google.api()
        raw = draft_bytes(message, await self._address.value())
        body = {"message": {"raw": base64.urlsafe_b64encode(raw).decode(), "threadId": trace.thread_id}}
        path = f"{_ME}/drafts/{trace.draft_id}"
        draft = await api.find(_Draft, "PUT", path, json=body)
        if draft is None:
            return None
        return _written(draft.id, draft.message.thread_id, str(message["Message-ID"]))

    async def erase_draft(self, key: str, draft_id: str) -> Erased:  # noqa: ARG002 - the id tells it
        """A draft is deleted at once and for good (gmail.users.drafts.delete)."""
        trace, api = _Trace.read(draft_id), self._google.api()
        found = {
            trace.draft_id,
            *[_Trace.read(one.external_id).draft_id async for one in self._of_id(trace.message_id)],
        }
        erased = False
        for draft in found - {""}:
            answer = await api.send("DELETE", f"{_ME}/drafts/{draft}", accept={404})
            erased = erased or answer.is_success
        if await self._sent_id(api, trace) is not None:
            return SENT
        return Erased(answer="erased" if erased else "not_there")

    async def _own_address(self) -> str:
        return (await self._google.api().ask(_Profile, "GET", f"{_ME}/profile")).email_address

    async def _sent_id(self, api: Api, trace: _Trace) -> str | None:
        found = await api.ask(_Messages, "GET", f"{_ME}/messages", params=_sent(trace.message_id))
        if found.messages:
            return found.messages[0].id
        if not trace.thread_id:
            return None
        # a person's editing may have cost the message our Message-ID; its thread is still the same
        path = f"{_ME}/threads/{trace.thread_id}"
        thread = await api.find(_Messages, "GET", path, params={"format": "minimal"})
        sent = [message for message in thread.messages if "SENT" in message.label_ids] if thread else []
        return min(sent, key=lambda message: message.internal_date).id if sent else None


async def _with_headers(api: Api, draft_id: str) -> _Draft | None:
    return await api.find(_Draft, "GET", f"{_ME}/drafts/{draft_id}", params={"format": "metadata"})


def _search(message_id: str) -> str:
    return f"rfc822msgid:{message_id.strip('<>')}"


def _to(recipient: str) -> str:
    """As one phrase: outside of quotes `-`, `{` and others are operators, and an address may have them."""
    phrase = recipient.replace('"', " ").replace("\\", " ")
    return f'to:"{phrase}"'


def _sent(message_id: str) -> dict[str, str]:
    """What was sent stays so when a person throws it away afterwards."""
    return {"q": _search(message_id), "labelIds": "SENT", "includeSpamTrash": "true"}


def _written(draft_id: str, thread_id: str, message_id: str, note: str = "") -> Written:
    return Written(
        external_id=str(_Trace(draft_id, thread_id, message_id)),
        url=_url(thread_id),
        note=note or "Waits among the drafts in Gmail.",
    )


def _url(thread_id: str) -> str:
    # by thread: a message gets another id with each edit
    return f"https://mail.google.com/mail/#all/{thread_id}"


def _decoded(raw: str) -> bytes:
    return base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4))  # which may come without its padding
