"""Drafts in any mailbox that speaks IMAP: appended to Drafts, and looked for there and in Sent.

Signing in and errors are `imap_session.py`; what stands in a draft is decided in `action/draft.py`.

Found again after a crash by its Message-ID or its X-Lead-Ref, searched in Drafts and in Sent; and by the
recipient, in Drafts, since some mail programs keep neither header of a draft that a person edits.
"""

import email
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any, Self, TypeVar

import anyio.to_thread
from pydantic import AwareDatetime, BaseModel, ConfigDict, SecretStr

from orchestration_project.connectors.base import ConnectorContext, EntryKind, Health, says_what_is_wrong
from orchestration_project.connectors.mail.imap_session import (
    PORTS,
    SECONDS,
    SERVICE,
    Account,
    Security,
    is_loopback,
    may_write,
    search,
    select,
    signed_in,
)
from orchestration_project.connectors.mail.interface import SENT, SentMail
from orchestration_project.connectors.mail.mailbox_format import (
    REF_HEADER,
    addresses_in,
    draft_bytes,
    found_note,
    may_be_ours,
    own_address,
    sent_mail,
)
from orchestration_project.connectors.rate import QueueTooLong
from orchestration_project.connectors.retries import tries
from orchestration_project.connectors.settings import options, setting
from orchestration_project.errors import LeadsError, SetupError
from orchestration_project.model import Erased, Written
from orchestration_project.playbook.model import Connection

if TYPE_CHECKING:
    from imapclient import IMAPClient

LINE = "mail: {connector: imap}"
AT_ONCE = 3
"""Providers allow a mailbox few connections at once, and the owner's mail programs hold some."""
NEWEST = 10
"""Drafts to one person that are looked at."""
_DRAFTS, _SENT = b"\\Drafts", b"\\Sent"

ResultT = TypeVar("ResultT")


class _Options(BaseModel):
    model_config = ConfigDict(extra="forbid")

    drafts: str | None = None  # None: the mailbox that the server itself marks as the one for drafts
    sent: str | None = None


class ImapDrafts:
    """A draft is written once and never again: a person may edit it, move it, or send it."""

    embedded = False

    def __init__(self, account: Account, drafts: str | None = None, sent: str | None = None) -> None:
        self._account = account
        self._mailboxes = {_DRAFTS: drafts, _SENT: sent}
        self._places = threading.BoundedSemaphore(AT_ONCE)

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:
        chosen = options(connection, _Options)
        host = setting(context, "IMAP_HOST", LINE)
        security = _security(context, host)
        account = Account(
            host=host,
            port=_port(context, security),
            user=setting(context, "IMAP_USER", LINE),
            # not stripped: it may begin or end with a blank
            password=SecretStr(
                setting(context, "IMAP_PASSWORD", LINE) and context.environment["IMAP_PASSWORD"]
            ),
            security=security,
        )
        return cls(account, chosen.drafts, chosen.sent)

    @says_what_is_wrong
    async def check(self) -> Health:
        return await self._ask(self._check)

    async def find_draft(self, key: str, message_id: str) -> Written | None:
        return await self._ask(lambda client: self._find(client, key, message_id))

    async def twins(self, kind: EntryKind, key: str, inside: str | None) -> tuple[Written, ...]:
        if kind != "draft" or inside is None:
            return ()
        return await self._ask(lambda client: tuple(self._of_key(client, key, inside, "UNDELETED")))

    async def find_draft_to(self, recipient: str, since: AwareDatetime, message_id: str) -> Written | None:
        return await self._ask(lambda client: self._find_to(client, recipient, since, message_id))

    async def save_draft(self, key: str, message: EmailMessage) -> Written:
        # with the ref: many mail programs give an edited draft another Message-ID
        raw = draft_bytes(message, own_address(self._account.user), key)
        message_id = str(message["Message-ID"])
        # not repeated once it is under way: what broke off in the middle may have been done
        return await self._ask(lambda client: self._save(client, key, message_id, raw), repeatable=False)

    async def find_sent(self, key: str, draft_id: str) -> SentMail | None:
        """None also where a mail program gave the mail another Message-ID and left our header out."""
        return await self._ask(lambda client: self._find_sent(client, key, draft_id))

    async def erase_draft(self, key: str, draft_id: str) -> Erased:
        return await self._ask(lambda client: self._erase(client, key, draft_id))

    async def _ask(self, work: Callable[["IMAPClient"], ResultT], *, repeatable: bool = True) -> ResultT:
        async for attempt in tries(repeatable=repeatable, timeout=3 * SECONDS):
            with attempt:
                return await anyio.to_thread.run_sync(self._in_session, work)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _in_session(self, work: Callable[["IMAPClient"], ResultT]) -> ResultT:
        if not self._places.acquire(timeout=3 * SECONDS):
            raise QueueTooLong(SERVICE, "is busy with our other requests.", "It is tried again by itself.")
        try:
            with signed_in(self._account) as client:
                return work(client)
        finally:
            self._places.release()

    def _check(self, client: "IMAPClient") -> Health:
        drafts = self._drafts(client)
        if not may_write(client, drafts):
            return Health(
                ok=False,
                says=f"{self._account.host} lets {drafts} be read only, and drafts go there.",
                mend="Let the user write to it, or name another one on the `mail` line of connections.yaml.",
            )
        sent = self._mailbox(client, _SENT)
        if sent is None:
            return Health(
                ok=True,
                says=f"{self._account.host} accepts the password; drafts go to {drafts}. "
                "It names no mailbox for sent mail, so nobody learns here that a draft was sent.",
                mend=f"Name it in connections.yaml: `{LINE[:-1]}, sent: NAME}}`.",
            )
        select(client, sent)
        return Health(ok=True, says=f"{self._account.host} accepts the password; drafts go to {drafts}.")

    def _find(self, client: "IMAPClient", key: str, message_id: str) -> Written | None:
        return next(self._of_key(client, key, message_id), None)

    def _of_key(self, client: "IMAPClient", key: str, message_id: str, *also: str) -> Iterator[Written]:
        ours = ["OR", ["HEADER", "Message-ID", message_id], ["HEADER", REF_HEADER, key], *also]
        drafts, sent = self._drafts(client), self._mailbox(client, _SENT)
        for mailbox, state in ((drafts, "Waits"), (sent, "Was sent and lies")):
            for _ in search(client, mailbox, ours) if mailbox else ():
                yield Written(external_id=message_id, note=f"{state} in the mailbox folder {mailbox}.")

    def _find_to(
        self, client: "IMAPClient", recipient: str, since: datetime, message_id: str
    ) -> Written | None:
        drafts = self._drafts(client)
        # a part of the address, in letters that every server takes; and a date without time or zone
        part = recipient if recipient.isascii() else recipient[recipient.rindex("@") :]
        day = (since - timedelta(days=1)).date()
        found = search(client, drafts, ["TO", part, "SINCE", day, "UNDELETED"])[-NEWEST:]
        fetched: dict[int, Any] = client.fetch(found, ["BODY.PEEK[HEADER]", "INTERNALDATE"]) if found else {}
        for told in fetched.values():
            # as text, since an address may have letters that ASCII lacks
            draft = email.message_from_string(told[b"BODY[HEADER]"].decode("utf-8", "replace"))
            to, own_id = addresses_in(draft["To"] or ""), (draft["Message-ID"] or "").strip()
            # one with a ref is another lead's, or it would have been found by it
            if told[b"INTERNALDATE"] < since or draft[REF_HEADER]:
                continue
            if may_be_ours(message_id, recipient, own_id, to):
                note = found_note(f"in the mailbox folder {drafts}")
                return Written(external_id=own_id or message_id, note=note)
        return None

    def _save(self, client: "IMAPClient", key: str, message_id: str, raw: bytes) -> Written:
        if existing := self._find(client, key, message_id):
            return existing
        drafts = self._drafts(client)
        client.append(drafts, raw, flags=(b"\\Draft", b"\\Seen"))
        return Written(external_id=message_id, note=f"Waits in the mailbox folder {drafts}.")

    def _find_sent(self, client: "IMAPClient", key: str, message_id: str) -> SentMail | None:
        sent = self._mailbox(client, _SENT)
        if sent is None:
            return None
        # the last: whoever sends in its thread has sent it, or a copy under another id
        for header, value in (("Message-ID", message_id), (REF_HEADER, key), ("References", message_id)):
            found = search(client, sent, ["HEADER", header, value])
            if found:
                return _read(client, found[0])
        return None

    def _erase(self, client: "IMAPClient", key: str, message_id: str) -> Erased:
        ours = ["OR", ["HEADER", "Message-ID", message_id], ["HEADER", REF_HEADER, key]]
        found = search(client, self._drafts(client), ours)
        if found:
            client.select_folder(self._drafts(client))
            client.delete_messages(found)
            # without UIDPLUS all goes that is marked deleted, as with every mail program
            client.expunge(found if client.has_capability("UIDPLUS") else None)
        if self._find_sent(client, key, message_id) is not None:
            return SENT
        return Erased(answer="erased" if found else "not_there")

    def _drafts(self, client: "IMAPClient") -> str:
        if mailbox := self._mailbox(client, _DRAFTS):
            return mailbox
        raise SetupError(
            SERVICE,
            "names no mailbox for drafts.",
            f"Name it in connections.yaml: `{LINE[:-1]}, drafts: NAME}}`, then run `leads doctor`.",
        )

    def _mailbox(self, client: "IMAPClient", use: bytes) -> str | None:
        return self._mailboxes[use] or client.find_special_folder(use)


def _read(client: "IMAPClient", uid: int) -> SentMail | None:
    fetched: dict[bytes, Any] | None = client.fetch([uid], ["BODY.PEEK[]", "INTERNALDATE"]).get(uid)
    if fetched is None:  # deleted since it was found
        return None
    return sent_mail(fetched[b"BODY[]"], fetched.get(b"INTERNALDATE") or datetime.now(UTC))


def _security(context: ConnectorContext, host: str) -> Security:
    value = context.environment.get("IMAP_SECURITY", "").strip().lower() or "tls"
    if value == "none" and not is_loopback(host):
        raise LeadsError(
            "IMAP_SECURITY=none sends password and mails in clear text, so it is only for a server on this "
            "machine (IMAP_HOST=127.0.0.1). Set it to tls or starttls."
        )
    for known in PORTS:
        if value == known:
            return known
    raise LeadsError(
        "IMAP_SECURITY has to be tls (port 993), starttls (port 143) or none (this machine only)."
    )


def _port(context: ConnectorContext, security: Security) -> int:
    text = context.environment.get("IMAP_PORT", "").strip()
    if not text:
        return PORTS[security]
    if text.isdecimal() and 0 < int(text) < 65_536:  # noqa: PLR2004 - what a port is
        return int(text)
    raise LeadsError(f"IMAP_PORT has to be a port number, like {PORTS[security]}.")
