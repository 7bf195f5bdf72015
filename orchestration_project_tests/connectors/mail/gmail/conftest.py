"""Gmail over its stand-in, and a draft as a person leaves it.

What they show is in the tests beside it.
"""

from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTPUTF8

import httpx
import pytest

from orchestration_project.connectors.mail.gmail import Gmail
from orchestration_project.fake_services.gmail import GmailService
from orchestration_project.playbook.model import Connection
from orchestration_project_tests.connectors.services import given as connector_context

DRAFTS = "/gmail/v1/users/me/drafts"


@pytest.fixture
def service() -> Generator[GmailService]:
    with GmailService() as running:
        yield running


def open_gmail(http: httpx.AsyncClient, service: GmailService, connection: Connection | None = None) -> Gmail:
    environment = {**service.environment, "GMAIL_BASE_URL": service.base_url}
    return Gmail.open(connection or Connection(connector="gmail"), connector_context(http, environment))


@pytest.fixture
def gmail(http: httpx.AsyncClient, service: GmailService) -> Gmail:
    return open_gmail(http, service)


def only_draft(service: GmailService) -> tuple[str, EmailMessage]:
    [(draft_id, mail_id)] = service.drafts.items()
    return draft_id, service.mails[mail_id].message


def as_edited(text: str, subject: str = "Your inquiry", message_id: str = "<CAx@mail.gmail.com>") -> bytes:
    """What Gmail makes of a draft that a person changed."""
    edited = EmailMessage(SMTPUTF8)
    edited["To"] = "jane@acme.example"
    edited["Subject"] = subject
    edited["Message-ID"] = message_id
    edited["Date"] = "Tue, 24 Nov 2026 10:00:00 +0000"
    edited.set_content(text)
    return edited.as_bytes()


def long_ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=1)
