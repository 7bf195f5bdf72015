"""What a person does with our drafts, in each kind of mailbox: as its usual mail program leaves them.

What our side makes of it belongs to the tests.
"""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from typing import Protocol

import httpx

from orchestration_project.connectors.mail.gmail import Gmail
from orchestration_project.connectors.mail.imap import ImapDrafts
from orchestration_project.connectors.mail.interface import MailDrafts
from orchestration_project.connectors.mail.microsoft import Microsoft365
from orchestration_project.fake_services.gmail import GmailService
from orchestration_project.fake_services.microsoft import MicrosoftService
from orchestration_project.playbook.model import Connection
from orchestration_project_tests.connectors.mail.imap_servers import PASSWORD, USER, ImapServer
from orchestration_project_tests.connectors.services import given

NEW_ID = "<another@mail-program.example>"
ELSE = "else@acme.example"
StartImap = Callable[[], ImapServer]
"""Of the server that the tests share, where one of them needs it."""


class Mailbox(Protocol):
    mail: MailDrafts

    def drafts(self) -> list[bytes]:
        """What waits to be sent, the oldest first."""
        ...

    def edit(self, *, keeps_id: bool, to: str = ELSE) -> None:
        """The one draft gets other words, another subject, and this recipient."""
        ...

    def throw_away(self) -> None: ...


def edited(message_id: str, to: str, ref: str | None = None) -> bytes:
    mail = EmailMessage(SMTP)
    mail["From"] = "Nora Lark <nora@larkfield.example>"
    mail["To"] = f"Somebody <{to}>"
    mail["Cc"] = "jane@acme.example"
    mail["Subject"] = "My own subject"
    mail["Message-ID"] = message_id
    if ref:
        mail["X-Lead-Ref"] = ref
    mail.set_content("My own words.\n")
    return mail.as_bytes()


@dataclass
class GmailMailbox:
    """Editing in Gmail gives the mail another id, another thread, and leaves no header of ours."""

    service: GmailService
    mail: MailDrafts

    def drafts(self) -> list[bytes]:
        return [self.service.mails[id_].raw for id_ in self.service.drafts.values()]

    def edit(self, *, keeps_id: bool, to: str = ELSE) -> None:
        ((draft_id, mail_id),) = self.service.drafts.items()
        old = self.service.mails[mail_id].message_id
        self.service.edit(draft_id, edited(f"<{old}>" if keeps_id else NEW_ID, to), other_thread=True)

    def throw_away(self) -> None:
        (draft_id,) = self.service.drafts
        self.service.throw_away(draft_id)


@dataclass
class OutlookMailbox:
    """Outlook keeps all ids of a draft, and the headers it knows nothing of; other programs may not."""

    service: MicrosoftService
    mail: MailDrafts
    outlook: bool

    def drafts(self) -> list[bytes]:
        return [mail.raw for mail in self.service.mails if mail.is_draft and mail.folder == "drafts"]

    def edit(self, *, keeps_id: bool, to: str = ELSE) -> None:
        if self.outlook or keeps_id:
            self.service.edit(self.service.mails[0].id, edited(NEW_ID, to))
        else:
            self.service.edit_elsewhere(self.service.mails[0].id, edited(NEW_ID, to))

    def throw_away(self) -> None:
        self.service.throw_away(self.service.mails[0].id)


@dataclass
class ImapMailbox:
    """A mail program appends the edited draft as a new mail, often under a new Message-ID, and may leave out
    the headers it knows nothing of."""

    server: ImapServer
    mail: MailDrafts
    ref: str | None

    def drafts(self) -> list[bytes]:
        return self.server.read(self.server.drafts)

    def edit(self, *, keeps_id: bool, to: str = ELSE) -> None:
        (old,) = self.drafts()
        message_id = old.partition(b"Message-ID: ")[2].partition(b"\r\n")[0].decode()
        self.server.empty()
        raw = edited(message_id if keeps_id else NEW_ID, to, self.ref)
        self.server.put(self.server.drafts, raw, r"(\Draft)")

    def throw_away(self) -> None:
        self.server.empty()


@contextmanager
def gmail(http: httpx.AsyncClient, ref: str, _imap: StartImap) -> Generator[Mailbox]:
    with GmailService() as service:
        environment = {**service.environment, "GMAIL_BASE_URL": service.base_url}
        yield GmailMailbox(service, Gmail.open(Connection(connector="gmail"), given(http, environment)))


@contextmanager
def microsoft(
    http: httpx.AsyncClient, ref: str, _imap: StartImap, *, outlook: bool = True
) -> Generator[Mailbox]:
    with MicrosoftService() as service:
        opened = Microsoft365.open(Connection(connector="microsoft"), given(http, service.environment))
        yield OutlookMailbox(service, opened, outlook)


@contextmanager
def imap(http: httpx.AsyncClient, ref: str | None, start: StartImap) -> Generator[Mailbox]:
    server = start()
    server.empty()
    environment = {
        "IMAP_HOST": "127.0.0.1",
        "IMAP_PORT": str(server.port),
        "IMAP_USER": USER,
        "IMAP_PASSWORD": PASSWORD,
        "IMAP_SECURITY": "none",
    }
    opened = ImapDrafts.open(Connection(connector="imap"), given(http, environment))
    yield ImapMailbox(server, opened, ref)


def imap_without_ref(http: httpx.AsyncClient, ref: str, start: StartImap) -> AbstractContextManager[Mailbox]:
    return imap(http, None, start)


def microsoft_elsewhere(
    http: httpx.AsyncClient, ref: str, start: StartImap
) -> AbstractContextManager[Mailbox]:
    return microsoft(http, ref, start, outlook=False)


KEEPING = {"microsoft": microsoft, "imap": imap}
FORGETTING = {
    "gmail": gmail,
    "microsoft, another program": microsoft_elsewhere,
    "imap, another program": imap_without_ref,
}
"""In which an edited draft has no header of ours, unless it keeps its Message-ID."""

MAILBOXES = KEEPING | FORGETTING
