"""What the action layer asks of a mail system. The message itself is written in `action/`."""

from email.message import EmailMessage
from typing import Protocol, runtime_checkable

from pydantic import AwareDatetime

from orchestration_project.connectors.base import Connector
from orchestration_project.model import Erased, Frozen, Written

SENT = Erased(
    answer="cannot",
    note="it was sent: that is your correspondence, and stays in the mailbox until you delete it there",
)
"""Of a mail that is a draft no more."""


class SentMail(Frozen):
    """What a person made of a draft and sent."""

    sent_at: AwareDatetime
    subject: str
    text: str  # plain text, as sent
    url: str | None = None


class MailDrafts(Connector, Protocol):
    async def find_draft(self, key: str, message_id: str) -> Written | None:
        """The draft of that Message-ID, sent or not, edited or not. A found draft is never written to."""
        ...

    async def save_draft(self, key: str, message: EmailMessage) -> Written:
        """Keeps the message as a draft that a person reviews and sends. It has its Message-ID set."""
        ...

    async def find_sent(self, key: str, draft_id: str) -> SentMail | None:
        """The mail that was sent from the draft whose `external_id` this is; None while it was not."""
        ...

    async def erase_draft(self, key: str, draft_id: str) -> Erased:
        """Erases the draft whose `external_id` this is, edited or not; what was sent is left alone."""
        ...


class DraftNow(Frozen):
    """A draft as it stands, edited or not."""

    to: tuple[str, ...]  # addresses
    subject: str
    text: str  # plain text
    names: tuple[str, ...] = ()  # which stand before the addresses; none where the mailbox tells none


@runtime_checkable
class RewritesDrafts(Protocol):
    """A mailbox in which a draft that nobody has edited can be written anew."""

    async def draft_now(self, key: str, draft_id: str) -> DraftNow | None:
        """None: it was sent, or thrown away."""
        ...

    async def rewrite_draft(self, key: str, draft_id: str, message: EmailMessage) -> Written | None:
        """The message in the place of the draft's. None: it is not there any more."""
        ...


@runtime_checkable
class FindsByRecipient(Protocol):
    """A mailbox in which a draft may lose every header of ours when a person edits it."""

    async def find_draft_to(self, recipient: str, since: AwareDatetime, message_id: str) -> Written | None:
        """A draft to that address, written or edited since then, that is not known as another lead's than
        the one of that Message-ID. It is found by whom it is for, so it is only ever left as it is."""
        ...
