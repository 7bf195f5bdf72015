"""The ways to tell, each against a real server on this machine."""

import http.server
import json
import socket
import threading
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

from orchestration_project.connecting import http_client
from orchestration_project.connectors.alert.apprise_services import AppriseSender
from orchestration_project.connectors.alert.interface import Destination
from orchestration_project.connectors.alert.smtp import SmtpSender
from orchestration_project.connectors.base import ConnectorContext
from orchestration_project.errors import CredentialError, LeadsError, PermanentServiceError, RefusedForNow
from orchestration_project.ledger import Ledger
from orchestration_project.model.alerts import Letter
from orchestration_project.playbook.model import Connection

pytestmark = pytest.mark.anyio
LETTER = Letter(
    key="alert-7.0-first",
    severity="urgent",
    title="URGENT: The crm refuses – renew it.",
    body="Since today.\nNow: renew it.",
    link="http://127.0.0.1:3000/runs",
)


class Mailbox:
    """What a server has taken; one address it does not know."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def handle_RCPT(  # noqa: N802 - the name is aiosmtpd's
        self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if address.startswith("nobody@"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        self.messages.append(message_from_bytes(content, policy=default))
        return "250 OK"


def knows(server: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
    good = isinstance(given, LoginPassword) and (given.login, given.password) == (b"watch", b"right")
    return AuthResult(success=good, handled=False)


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, str]]:
    box = Mailbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(
        box, hostname="127.0.0.1", port=port, authenticator=knows, auth_require_tls=False, auth_required=False
    )
    controller.start()
    yield box, f"127.0.0.1:{port}"
    controller.stop()


def given(ledger: Ledger, tmp_path: Path, **environment: str) -> ConnectorContext:
    return ConnectorContext(
        client=http_client,
        home=tmp_path,
        database=ledger.engine,
        clock=ledger.clock,
        environment=environment,
        own_domain="larkfield.example",
    )


def to(*addresses: str) -> Destination:
    return Destination(to=addresses, chat=Connection(connector="file"), owner="hannah@larkfield.example")


async def test_a_mail_has_the_words_and_an_id_by_which_a_repetition_is_known(
    mailbox: tuple[Mailbox, str], ledger: Ledger, tmp_path: Path
) -> None:
    box, server = mailbox
    sender = SmtpSender.open(
        to("h@larkfield.example", "b@larkfield.example"), given(ledger, tmp_path, SMTP_SERVER=server)
    )
    await sender.send(LETTER)
    await sender.send(LETTER)
    first, second = box.messages
    assert first["Subject"] == LETTER.title
    assert (first["From"], first["To"]) == (
        "hannah@larkfield.example",
        "h@larkfield.example, b@larkfield.example",
    )
    assert first["Message-ID"] == second["Message-ID"] == "<alert-7.0-first@larkfield.example>"
    assert first.as_string().splitlines()[-3:] == [*LETTER.body.splitlines(), LETTER.link]


async def test_a_password_that_is_refused_and_one_that_is_right(
    mailbox: tuple[Mailbox, str], ledger: Ledger, tmp_path: Path
) -> None:
    box, server = mailbox
    login = {"SMTP_SERVER": server, "SMTP_USER": "watch"}
    wrong = SmtpSender.open(to("h@l.example"), given(ledger, tmp_path, **login, SMTP_PASSWORD="wrong"))
    with pytest.raises(CredentialError, match="SMTP_PASSWORD"):
        await wrong.send(LETTER)
    right = SmtpSender.open(to("h@l.example"), given(ledger, tmp_path, **login, SMTP_PASSWORD="right"))
    await right.send(LETTER)
    assert len(box.messages) == 1


async def test_a_recipient_that_is_refused_and_a_server_that_is_not_there(
    mailbox: tuple[Mailbox, str], ledger: Ledger, tmp_path: Path
) -> None:
    context = given(ledger, tmp_path, SMTP_SERVER=mailbox[1])
    with pytest.raises(PermanentServiceError, match="no such mailbox"):
        await SmtpSender.open(to("nobody@larkfield.example"), context).send(LETTER)
    nowhere = given(ledger, tmp_path, SMTP_SERVER="127.0.0.1:9")
    with pytest.raises(RefusedForNow, match="Look at SMTP_SERVER"):
        await SmtpSender.open(to("h@l.example"), nowhere).send(LETTER)


class Hook(http.server.BaseHTTPRequestHandler):
    """What a web hook is sent."""

    received: list[dict[str, Any]]
    status = 200

    def do_POST(self) -> None:
        self.received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(type(self).status)
        self.end_headers()

    def log_message(self, format: str, *_: Any) -> None:  # noqa: A002 - the base class's name
        """Nothing in the terminal."""


@pytest.fixture
def hook() -> Iterator[tuple[type[Hook], str]]:
    class Own(Hook):
        received: list[dict[str, Any]] = []  # noqa: RUF012

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Own)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Own, f"json://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


async def test_apprise_is_told_by_the_name_of_an_address_and_says_when_it_did_not_deliver(
    hook: tuple[type[Hook], str], ledger: Ledger, tmp_path: Path
) -> None:
    own, url = hook
    context = given(ledger, tmp_path, LEADS_APPRISE_PHONE=url)
    await AppriseSender.open(to("phone"), context).send(LETTER)
    assert (own.received[0]["title"], own.received[0]["type"]) == (LETTER.title, "failure")
    assert "Now: renew it." in own.received[0]["message"]
    own.status = 500
    with pytest.raises(RefusedForNow, match="did not deliver"):
        await AppriseSender.open(to("phone"), context).send(LETTER)


@pytest.mark.parametrize(
    ("name", "environment", "says"),
    [
        ("phone", {}, "LEADS_APPRISE_PHONE is not set"),
        ("phone", {"LEADS_APPRISE_PHONE": "nonsense secret"}, "LEADS_APPRISE_PHONE holds an address"),
    ],
)
async def test_an_address_that_is_missing_or_unknown_is_told_without_it(
    name: str, environment: dict[str, str], says: str, ledger: Ledger, tmp_path: Path
) -> None:
    with pytest.raises(LeadsError, match=says) as told:
        AppriseSender.open(to(name), given(ledger, tmp_path, **environment))
    assert "secret" not in str(told.value)
