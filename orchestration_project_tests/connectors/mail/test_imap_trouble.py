"""What the IMAP connector says of servers that fail, and of settings that cannot work."""

from collections.abc import Generator
from datetime import UTC, datetime

import anyio
import pytest
import stamina
from pydantic import JsonValue

from orchestration_project.connectors.mail import imap_session
from orchestration_project.connectors.mail.imap import ImapDrafts
from orchestration_project.connectors.mail.mailbox_format import sent_mail
from orchestration_project.errors import (
    CredentialError,
    LeadsError,
    PermanentServiceError,
    RefusedForNow,
    SetupError,
    TransientServiceError,
)
from orchestration_project.playbook.model import Connection
from orchestration_project_tests.connectors.mail.imap_servers import free_port, scripted
from orchestration_project_tests.connectors.mail.opening import KEY, MESSAGE_ID, NOW, given, message

# imaplib of Python 3.14 takes from greeting and sign-in what a server can do, and asks where they do not say
GREETING = b"* OK ready"
SETTINGS = {
    "IMAP_HOST": "127.0.0.1",
    "IMAP_USER": "owner@larkfield.example",
    "IMAP_PASSWORD": "secret-word",
    "IMAP_SECURITY": "none",
}
CAPABLE = b"* CAPABILITY IMAP4rev1\r\nTAG OK done"
SIGNED_IN = (GREETING, CAPABLE, b"TAG OK [CAPABILITY IMAP4rev1] welcome")
LISTED = rb'* LIST (\Drafts) "/" "Drafts"' + b"\r\nTAG OK done"
LISTED_SENT = rb'* LIST (\Sent) "/" "Sent"' + b"\r\nTAG OK done"


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    monkeypatch.setattr(imap_session, "SECONDS", 0.3)
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


def opened(
    port: int = 0, environment: dict[str, str] | None = None, options: dict[str, JsonValue] | None = None
) -> ImapDrafts:
    connection = Connection(connector="imap", options=options or {})
    known = SETTINGS | ({"IMAP_PORT": str(port)} if port else {})
    return ImapDrafts.open(connection, given({**known, **(environment or {})}))


def test_a_server_that_is_not_there_is_transient() -> None:
    with pytest.raises(TransientServiceError, match="cannot be reached"):
        anyio.run(opened(free_port()).find_draft, KEY, MESSAGE_ID)


@pytest.mark.parametrize("lines", [(), (b"* BYE too many of you",), (b"HTTP/1.1 400 Bad Request",)])
def test_a_server_that_takes_no_connection_is_transient(lines: tuple[bytes, ...]) -> None:
    with scripted(*lines) as port, pytest.raises(TransientServiceError, match="cannot be reached"):
        anyio.run(opened(port).save_draft, KEY, message())


@pytest.mark.parametrize("code", ["UNAVAILABLE", "INUSE", "LIMIT"])
def test_a_sign_in_that_is_refused_for_now_is_tried_again(code: str) -> None:
    refusal = f"TAG NO [{code}] not now, owner@larkfield.example".encode()
    told = pytest.raises(TransientServiceError, match="not now, <e-mail>")
    with scripted(GREETING, CAPABLE, refusal) as port, told:
        anyio.run(opened(port).save_draft, KEY, message())


def test_an_expired_credential_is_to_be_renewed_and_never_quoted() -> None:
    refusal = b"TAG NO [AUTHENTICATIONFAILED] owner@larkfield.example: app password needed"
    told = pytest.raises(CredentialError, match="app password needed")
    with scripted(GREETING, CAPABLE, refusal) as port, told as caught:
        anyio.run(opened(port).find_draft, KEY, MESSAGE_ID)
    assert "owner@" not in str(caught.value)
    assert "secret-word" not in str(caught.value) + repr(opened(port).__dict__)


def test_a_password_that_login_cannot_carry_is_told() -> None:
    with scripted(GREETING, CAPABLE) as port, pytest.raises(CredentialError, match="ASCII"):
        anyio.run(opened(port, {"IMAP_PASSWORD": "wörd"}).find_draft, KEY, MESSAGE_ID)


def test_silence_ends_at_the_time_limit() -> None:
    with scripted(*SIGNED_IN) as port, pytest.raises(TransientServiceError, match=r"within 0\.3 seconds"):
        anyio.run(opened(port).find_draft, KEY, MESSAGE_ID)


@pytest.mark.parametrize(
    ("refusal", "kind", "words"),
    [
        (b"TAG NO [OVERQUOTA] full", SetupError, "full.*Make room"),
        (b"TAG NO [NONEXISTENT] no such folder", SetupError, r"connections\.yaml"),
        (b"TAG NO [TRYCREATE] no such folder", SetupError, r"connections\.yaml"),
        (b"TAG NO [SERVERBUG] oops", TransientServiceError, "refused for now"),
        (b"TAG NO [UNAVAILABLE] later", RefusedForNow, "refused for now"),
        (b"TAG NO [NOPERM] not yours", SetupError, "not yours"),
        (b"TAG NO [CANNOT] odd", PermanentServiceError, "odd"),
        (b"* BYE going down", TransientServiceError, "broke off"),
    ],
)
def test_a_refused_command_is_told(refusal: bytes, kind: type[Exception], words: str) -> None:
    with scripted(*SIGNED_IN, LISTED, LISTED_SENT, refusal) as port, pytest.raises(kind, match=words) as told:
        anyio.run(opened(port).find_draft, KEY, MESSAGE_ID)
    assert type(told.value) is kind


def test_a_folder_that_a_server_refuses_without_a_code_is_looked_for() -> None:
    refusal, nowhere = b"TAG NO cannot open", b"TAG OK none"
    named: dict[str, JsonValue] = {"drafts": "Brouillons", "sent": "Sent"}
    told = pytest.raises(SetupError, match="no mailbox folder Brouillons")
    with scripted(*SIGNED_IN, refusal, nowhere) as port, told:
        anyio.run(opened(port, options=named).find_draft, KEY, MESSAGE_ID)


def test_a_folder_that_is_there_and_cannot_be_opened_is_another_matter() -> None:
    refusal, there = b"TAG NO cannot open", b'* LIST () "/" "Brouillons"\r\nTAG OK done'
    named: dict[str, JsonValue] = {"drafts": "Brouillons", "sent": "Sent"}
    told = pytest.raises(PermanentServiceError, match="cannot open")
    with scripted(*SIGNED_IN, refusal, there) as port, told as caught:
        anyio.run(opened(port, options=named).find_draft, KEY, MESSAGE_ID)
    assert type(caught.value) is PermanentServiceError


def test_a_server_that_wants_encryption_is_a_matter_of_set_up() -> None:
    refusal = b"TAG NO [PRIVACYREQUIRED] encrypt first"
    with scripted(GREETING, CAPABLE, refusal) as port, pytest.raises(SetupError, match="IMAP_SECURITY"):
        anyio.run(opened(port).find_draft, KEY, MESSAGE_ID)


def test_tls_at_a_port_without_it_is_told() -> None:
    with scripted(GREETING) as port, pytest.raises(SetupError, match="does not speak TLS"):
        anyio.run(opened(port, {"IMAP_SECURITY": "tls"}).find_draft, KEY, MESSAGE_ID)


def test_check_tells_instead_of_raising() -> None:
    health = anyio.run(opened(free_port()).check)
    assert not health.ok
    assert health.mend


@pytest.mark.parametrize("name", ["IMAP_HOST", "IMAP_USER", "IMAP_PASSWORD"])
def test_a_setting_that_is_missing_is_named(name: str) -> None:
    with pytest.raises(LeadsError, match=name):
        opened(environment={name: " "})


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"IMAP_PORT": "imap"}, "IMAP_PORT"),
        ({"IMAP_PORT": "70000"}, "IMAP_PORT"),
        ({"IMAP_SECURITY": "ssl3"}, "tls"),
        ({"IMAP_HOST": "mail.example", "IMAP_SECURITY": "none"}, "clear text"),
    ],
)
def test_a_wrong_setting_is_told(environment: dict[str, str], words: str) -> None:
    with pytest.raises(LeadsError, match=words):
        opened(environment=environment)


def test_an_unknown_option_is_told_with_the_known_ones() -> None:
    with pytest.raises(LeadsError, match="drafts, sent"):
        opened(options={"draft": "Entwürfe"})


RECEIVED = datetime(2026, 11, 25, tzinfo=UTC)
HTML = b"<style>p{}</style><p>Gr\xc3\xbc\xc3\x9fe<br>Nora</p><!-- x -->"
MAILS = {
    "nothing": (b"", "", "", RECEIVED),
    "only HTML": (
        b"Subject: x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + HTML,
        "x",
        "Grüße\nNora",
        RECEIVED,
    ),
    "empty HTML": (b"Content-Type: text/html\r\n\r\n", "", "", RECEIVED),
    "unknown characters": (
        b"Content-Type: text/plain; charset=klingon\r\n\r\nnuqneH\r\n",
        "",
        "nuqneH",
        RECEIVED,
    ),
    "no such date": (b"Date: yesterday\r\n\r\nx", "", "x", RECEIVED),
    "a date without a zone": (b"Date: Tue, 24 Nov 2026 09:30:00 -0000\r\n\r\nx", "", "x", NOW),
    "wrong bytes": (
        b"Subject: \xff\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\xff",
        "\ufffd",
        "\ufffd",
        RECEIVED,
    ),
}


@pytest.mark.parametrize(("raw", "subject", "text", "sent_at"), MAILS.values(), ids=MAILS)
def test_any_mail_that_was_sent_is_read(raw: bytes, subject: str, text: str, sent_at: datetime) -> None:
    read = sent_mail(raw, RECEIVED)
    assert (read.subject, read.text, read.sent_at) == (subject, text, sent_at)
