"""A mail system in memory."""

from email.message import EmailMessage
from typing import Self

from orchestration_project.connectors.base import ConnectorContext, Health
from orchestration_project.connectors.mail.interface import SENT, SentMail
from orchestration_project.model import Erased, Written
from orchestration_project.playbook.model import Connection


class FakeMail:
    embedded = True

    def __init__(self) -> None:
        self.drafts: dict[str, EmailMessage] = {}  # by Message-ID
        self.sent: dict[str, SentMail] = {}  # by Message-ID

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:
        return cls()

    async def check(self) -> Health:
        return Health(ok=True, says="in memory")

    async def find_draft(self, key: str, message_id: str) -> Written | None:
        return Written(external_id=message_id) if message_id in self.drafts else None

    async def save_draft(self, key: str, message: EmailMessage) -> Written:
        message_id = str(message["Message-ID"])
        self.drafts[message_id] = message
        return Written(external_id=message_id)

    async def find_sent(self, key: str, draft_id: str) -> SentMail | None:
        return self.sent.get(draft_id)

    async def erase_draft(self, key: str, draft_id: str) -> Erased:
        if draft_id in self.sent:
            return SENT
        return Erased(answer="erased" if self.drafts.pop(draft_id, None) else "not_there")
