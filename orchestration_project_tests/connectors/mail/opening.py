"""What the tests of the mail connectors share: a message as `action/draft.py` makes it, and an opening."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from pathlib import Path

import httpx
import sqlalchemy
from hypothesis import strategies as st

from orchestration_project.action.mail_headers import address_header, text_header
from orchestration_project.connectors.base import ConnectorContext

KEY = "L-abcdefghij"
MESSAGE_ID = "<draft.l-abcdefghij@larkfield.example>"
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
words = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=90).map(
    lambda text: " ".join(text.split())
)
"""A line that somebody may have written, in any script."""


def message(
    subject: str = "Your question, Zoë",
    name: str = "Zoë Doe",
    text: str = "Hello Zoë,\n\nthank you.\n",
    address: str = "zoe@acme.example",
    key: str = KEY,
) -> EmailMessage:
    made = EmailMessage(SMTP if address.isascii() else SMTPUTF8)
    made["From"] = address_header("From", Address("Nora Lark", addr_spec="nora@larkfield.example"))
    local, _, domain = address.rpartition("@")
    made["To"] = address_header("To", Address(name, local, domain))
    made["Subject"] = text_header("Subject", subject)
    made["Date"] = NOW
    made["Message-ID"] = MESSAGE_ID.replace(KEY.lower(), key.lower())
    made["X-Unsent"] = "1"
    made.set_content(text, cte="quoted-printable")
    made.add_alternative(f"<p>{text}</p>", subtype="html", cte="quoted-printable")
    made.set_boundary(f"=_{key}")
    return made


def given(environment: Mapping[str, str], http: httpx.AsyncClient | None = None) -> ConnectorContext:
    return ConnectorContext(
        client=lambda: http or httpx.AsyncClient(trust_env=False),
        home=Path("unused"),
        database=sqlalchemy.create_engine("sqlite://"),
        clock=lambda: NOW,
        environment=environment,
        own_domain="larkfield.example",
    )
