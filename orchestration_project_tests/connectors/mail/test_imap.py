"""Drafts go into a real mailbox, on Dovecot and on pymap, and are read back with another client."""

import email
import tempfile
from collections.abc import Generator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import anyio
import pytest
from hypothesis import HealthCheck, example, settings
from hypothesis import given as examples

from orchestration_project.connectors.mail.imap import ImapDrafts
from orchestration_project.connectors.mail.mailbox_format import draft_bytes
from orchestration_project.errors import CredentialError, SetupError, TransientServiceError
from orchestration_project.playbook.model import Connection
from orchestration_project_tests.connectors.mail.imap_servers import (
    MOST_CONNECTIONS,
    PASSWORD,
    USER,
    CuttingProxy,
    ImapServer,
    dovecot,
    dovecot_program,
)
from orchestration_project_tests.connectors.mail.opening import KEY, MESSAGE_ID, NOW, given, message, words
from orchestration_project_tests.data_sets import naughty_strings


@pytest.fixture(scope="module", params=["dovecot", "pymap"])
def running(request: pytest.FixtureRequest) -> Generator[ImapServer]:
    with ExitStack() as stack:
        if request.param == "pymap":
            yield request.getfixturevalue("pymap_server")
            return
        if not dovecot_program():
            pytest.skip("Dovecot is not installed (Debian: dovecot-imapd); pymap stands in")
        # not below pytest's own folder, which it shuts for other users
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="leads-imap-"))
        yield stack.enter_context(dovecot(Path(folder)))


@pytest.fixture
def server(running: ImapServer) -> ImapServer:
    running.empty()
    return running


@pytest.fixture
def drafts(server: ImapServer) -> ImapDrafts:
    return opened(server.port)


def opened(port: int, options: dict[str, str] | None = None, **environment: str) -> ImapDrafts:
    known = {
        "IMAP_HOST": "127.0.0.1",
        "IMAP_PORT": str(port),
        "IMAP_USER": USER,
        "IMAP_PASSWORD": PASSWORD,
        "IMAP_SECURITY": "none",
    }
    connection = Connection(connector="imap", options={**(options or {})})
    return ImapDrafts.open(connection, given({**known, **environment}))


def parsed(raw: bytes) -> EmailMessage:
    return email.message_from_bytes(raw, policy=default)


def sent(subject: str = "Re: hello", text: str = "My own words.\n", **headers: str) -> bytes:
    made = EmailMessage()
    made["Subject"] = subject
    made["Date"] = NOW
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made.as_bytes()


def test_a_draft_arrives_in_the_mailbox_that_the_server_marks_for_drafts(
    server: ImapServer, drafts: ImapDrafts
) -> None:
    written = anyio.run(drafts.save_draft, KEY, message())
    (raw,) = server.read(server.drafts)
    assert raw == draft_bytes(message(), USER, KEY)
    read = parsed(raw)
    assert read["Subject"] == "Your question, Zoë"
    assert read["To"].addresses[0].display_name == "Zoë Doe"
    assert read["Message-ID"] == MESSAGE_ID
    body = read.get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines() == ["Hello Zoë,", "", "thank you."]
    assert written.external_id == MESSAGE_ID
    assert server.drafts in written.note


def test_the_answer_to_a_mail_from_another_mailbox_goes_to_the_owner(
    server: ImapServer, drafts: ImapDrafts
) -> None:
    anyio.run(drafts.save_draft, KEY, message())
    (raw,) = server.read(server.drafts)
    assert parsed(raw)["Reply-To"] == parsed(raw)["From"] == "Nora Lark <nora@larkfield.example>"


def test_a_draft_is_erased_and_what_was_sent_is_not(server: ImapServer, drafts: ImapDrafts) -> None:
    written = anyio.run(drafts.save_draft, KEY, message())
    anyio.run(drafts.save_draft, "L-other", message(key="L-other"))
    assert anyio.run(drafts.erase_draft, KEY, written.external_id).answer == "erased"
    (other,) = server.read(server.drafts)
    assert parsed(other)["X-Lead-Ref"] == "L-other"
    assert anyio.run(drafts.erase_draft, KEY, written.external_id).answer == "not_there"
    server.put(server.sent, draft_bytes(message(), USER, KEY))
    told = anyio.run(drafts.erase_draft, KEY, written.external_id)
    assert told.answer == "cannot" and "it was sent" in told.note
    assert len(server.read(server.sent)) == 1


def test_a_draft_that_is_marked_as_deleted_counts_as_there(server: ImapServer, drafts: ImapDrafts) -> None:
    # in this way a mail program leaves the old one behind that keeps an edited one
    server.put(server.drafts, sent(Message_ID=MESSAGE_ID), r"(\Deleted)")
    server.put(server.drafts, sent("my own subject"))
    anyio.run(drafts.save_draft, KEY, message())
    assert len(server.read(server.drafts)) == 2


def test_a_draft_that_came_to_be_there_twice_is_found_twice(server: ImapServer, drafts: ImapDrafts) -> None:
    assert anyio.run(drafts.twins, "draft", KEY, MESSAGE_ID) == ()
    anyio.run(drafts.save_draft, KEY, message())
    server.put(server.drafts, sent(Message_ID=MESSAGE_ID))
    server.put(server.drafts, sent(Message_ID="<old@thunderbird>", X_Lead_Ref=KEY), r"(\Deleted)")
    server.put(server.drafts, sent(Message_ID="<other@x>"))
    assert len(anyio.run(drafts.twins, "draft", KEY, MESSAGE_ID)) == 2
    server.put(server.sent, sent(Message_ID="<new@thunderbird>", X_Lead_Ref=KEY))
    assert len(anyio.run(drafts.twins, "draft", KEY, MESSAGE_ID)) == 3
    assert anyio.run(drafts.twins, "task", KEY, MESSAGE_ID) == ()


def test_it_is_marked_as_a_draft_and_the_mark_for_files_stays_out(
    server: ImapServer, drafts: ImapDrafts
) -> None:
    anyio.run(drafts.save_draft, KEY, message())
    assert b"X-Unsent" not in server.read(server.drafts)[0]
    with server.client() as client:
        client.select(server.drafts if server.drafts.isascii() else '"Entw&APw-rfe"', readonly=True)
        assert b"\\Draft" in client.uid("FETCH", "1:*", "(FLAGS)")[1][0]


def test_a_draft_is_found_by_its_message_id(drafts: ImapDrafts) -> None:
    assert anyio.run(drafts.find_draft, KEY, MESSAGE_ID) is None
    written = anyio.run(drafts.save_draft, KEY, message())
    assert anyio.run(drafts.find_draft, KEY, MESSAGE_ID) == written
    assert anyio.run(drafts.find_draft, "L-zzzzzzzzzz", "<other@x>") is None


def test_a_draft_that_a_mail_program_kept_under_another_id_is_found_by_its_lead(
    server: ImapServer, drafts: ImapDrafts
) -> None:
    server.put(server.drafts, sent(Message_ID="<new@thunderbird>", X_Lead_Ref=KEY))
    assert anyio.run(drafts.find_draft, KEY, MESSAGE_ID) is not None
    anyio.run(drafts.save_draft, KEY, message())
    assert len(server.read(server.drafts)) == 1


@pytest.mark.parametrize(
    ("to", "is_found"),
    [
        ("Zoë Doe <zoe@acme.example>", True),
        ("zoe@acme.example.org", False),
        ("tchloe@acme.example, else@acme.example", False),
        ('"zoe@acme.example" <else@acme.example>', False),
    ],
)
def test_a_draft_without_a_header_of_ours_is_found_by_whom_it_is_to(
    server: ImapServer, drafts: ImapDrafts, to: str, is_found: bool
) -> None:
    draft = parsed(sent("my subject", Message_ID="<new@mail-program.example>"))
    del draft["To"]
    draft["To"] = to
    server.put(server.drafts, draft.as_bytes())
    since = datetime.now(UTC) - timedelta(hours=1)
    found = anyio.run(drafts.find_draft_to, "zoe@acme.example", since, MESSAGE_ID)
    assert (found is not None) is is_found
    if found is not None:
        assert found.external_id == "<new@mail-program.example>"
        assert server.drafts in found.note


def test_a_draft_with_another_leads_ref_is_not_taken_for_this_ones(
    server: ImapServer, drafts: ImapDrafts
) -> None:
    draft = parsed(sent("my subject", X_Lead_Ref="L-zzzzzzzzzz"))
    del draft["To"]
    draft["To"] = "zoe@acme.example"
    server.put(server.drafts, draft.as_bytes())
    since = datetime.now(UTC) - timedelta(hours=1)
    assert anyio.run(drafts.find_draft_to, "zoe@acme.example", since, MESSAGE_ID) is None


def test_a_draft_that_is_only_marked_as_deleted_was_thrown_away(
    server: ImapServer, drafts: ImapDrafts
) -> None:
    raw = b"To: zoe@acme.example\r\nSubject: mine\r\n\r\nHello\r\n"
    since = datetime.now(UTC) - timedelta(hours=1)
    server.put(server.drafts, raw, r"(\Deleted)")
    assert anyio.run(drafts.find_draft_to, "zoe@acme.example", since, MESSAGE_ID) is None
    server.put(server.drafts, raw)
    assert anyio.run(drafts.find_draft_to, "zoe@acme.example", since, MESSAGE_ID) is not None


def test_an_address_in_any_letters_can_be_looked_for(server: ImapServer, drafts: ImapDrafts) -> None:
    raw = b"To: zo\xc3\xab@acme.example\r\nSubject: mine\r\n\r\nHello\r\n"
    server.put(server.drafts, raw)
    since = datetime.now(UTC) - timedelta(hours=1)
    assert anyio.run(drafts.find_draft_to, "zoë@acme.example", since, MESSAGE_ID) is not None
    assert anyio.run(drafts.find_draft_to, 'a"b\\{c@acme.example', since, MESSAGE_ID) is None


def test_what_a_person_edited_or_sent_is_never_written_over(server: ImapServer, drafts: ImapDrafts) -> None:
    edited = sent("my subject", "my own words\n", Message_ID=MESSAGE_ID)
    server.put(server.sent, edited)
    found = anyio.run(drafts.save_draft, KEY, message())
    assert found.note == f"Was sent and lies in the mailbox folder {server.sent}."
    assert server.read(server.drafts) == []
    assert [parsed(raw)["Subject"] for raw in server.read(server.sent)] == ["my subject"]


def test_after_a_crash_between_act_and_record_the_draft_is_found(
    server: ImapServer, drafts: ImapDrafts
) -> None:
    proxy = CuttingProxy(server.port, cut_at=b"APPENDUID")
    with pytest.raises(TransientServiceError, match="broke off"):
        anyio.run(opened(proxy.port).save_draft, KEY, message())
    proxy.close()
    assert len(server.read(server.drafts)) == 1
    assert anyio.run(drafts.find_draft, KEY, MESSAGE_ID) is not None
    anyio.run(drafts.save_draft, KEY, message())
    assert len(server.read(server.drafts)) == 1


def test_many_drafts_at_once_all_arrive_over_few_connections(server: ImapServer, drafts: ImapDrafts) -> None:
    async def save(number: int) -> None:
        key = f"L-aaaaaaaa{number:02}"
        await drafts.save_draft(key, message(key=key))

    async def all_of_them() -> None:
        async with anyio.create_task_group() as group:
            for number in range(10):
                group.start_soon(save, number)

    anyio.run(all_of_them)
    assert len(server.read(server.drafts)) == 10


@pytest.mark.parametrize("header", ["Message_ID", "X_Lead_Ref", "References"])
def test_what_a_person_sent_is_read_back(server: ImapServer, drafts: ImapDrafts, header: str) -> None:
    assert anyio.run(drafts.find_sent, KEY, MESSAGE_ID) is None
    value = KEY if header == "X_Lead_Ref" else MESSAGE_ID
    server.put(server.sent, sent("Ihre Frage – 質問", "Grüße\nNora\n", **{header: value}))
    found = anyio.run(drafts.find_sent, KEY, MESSAGE_ID)
    assert found is not None
    assert (found.subject, found.text, found.sent_at) == ("Ihre Frage – 質問", "Grüße\nNora", NOW)


def test_a_draft_that_was_not_sent_is_not_told_as_sent(drafts: ImapDrafts) -> None:
    anyio.run(drafts.save_draft, KEY, message())
    assert anyio.run(drafts.find_sent, KEY, MESSAGE_ID) is None


def test_mailboxes_can_be_named(server: ImapServer) -> None:
    named = opened(server.port, {"drafts": server.sent, "sent": server.drafts})
    anyio.run(named.save_draft, KEY, message())
    assert len(server.read(server.sent)) == 1


def test_a_named_mailbox_that_is_not_there_is_told(server: ImapServer) -> None:
    named = opened(server.port, {"drafts": "Brouillons"})
    with pytest.raises(SetupError, match=r"drafts|Brouillons"):
        anyio.run(named.save_draft, KEY, message())
    assert not anyio.run(named.check).ok


def test_check_names_the_mailbox(server: ImapServer, drafts: ImapDrafts) -> None:
    health = anyio.run(drafts.check)
    assert health.ok
    assert server.drafts in health.says


def test_a_mailbox_that_may_only_be_read_is_told(server: ImapServer) -> None:
    if server.name != "pymap":
        pytest.skip("only pymap comes with one")
    health = anyio.run(opened(server.port, {"drafts": "Trash"}).check)
    assert not health.ok
    assert "lets Trash be read only" in health.says


def test_a_wrong_password_is_a_credential_to_renew(server: ImapServer) -> None:
    wrong = opened(server.port, IMAP_PASSWORD="old")
    with pytest.raises(CredentialError, match="app password") as caught:
        anyio.run(wrong.find_draft, KEY, MESSAGE_ID)
    assert USER not in str(caught.value)
    health = anyio.run(wrong.check)
    assert not health.ok
    assert "IMAP_PASSWORD" in health.mend


def test_too_many_connections_is_told_as_passing(server: ImapServer) -> None:
    if server.name != "dovecot":
        pytest.skip("only Dovecot limits the connections of one user")
    with ExitStack() as stack:
        for _ in range(MOST_CONNECTIONS):
            stack.enter_context(server.client())
        with pytest.raises(TransientServiceError, match="takes no sign-in now"):
            anyio.run(opened(server.port).find_draft, KEY, MESSAGE_ID)


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_the_connection_is_encrypted_and_the_certificate_checked(
    server: ImapServer, monkeypatch: pytest.MonkeyPatch, security: str
) -> None:
    if not server.tls_port:
        pytest.skip("this server is started without TLS")
    port = server.tls_port if security == "tls" else server.port
    encrypted = opened(port, IMAP_SECURITY=security)
    with pytest.raises(SetupError, match="not trusted"):
        anyio.run(encrypted.find_draft, KEY, MESSAGE_ID)
    monkeypatch.setenv("SSL_CERT_FILE", str(server.ca_file))
    anyio.run(encrypted.save_draft, KEY, message())
    assert len(server.read(server.drafts)) == 1


def test_clear_text_is_not_taken_where_starttls_is_wanted(server: ImapServer) -> None:
    if server.tls_port:
        pytest.skip("this server has STARTTLS")
    with pytest.raises(SetupError, match="STARTTLS"):
        anyio.run(opened(server.port, IMAP_SECURITY="starttls").find_draft, KEY, MESSAGE_ID)


# no line ends, nor what only half of a mail program shows: the action layer leaves them out


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@examples(words, words, words)
@example('"; DROP', "Doe, John (Acme) <x@y>", "=?utf-8?q?x?=")
def test_any_name_subject_and_text_survives(running: ImapServer, subject: str, name: str, text: str) -> None:
    survives(running, message(subject, name, text + "\n"))


def test_naughty_strings_survive(server: ImapServer) -> None:
    lines = naughty_strings()
    words = [" ".join("".join(filter(str.isprintable, line)).split()) for line in lines]
    # all of them in few mails, so that it stays a matter of seconds
    for start in range(0, len(words), 100):
        some = [word for word in words[start : start + 100] if word]
        survives(server, message(max(some, key=len)[:200], some[0][:60], "\n".join(some) + "\n"))


def test_an_address_with_letters_beyond_ascii_survives(server: ImapServer) -> None:
    survives(server, message(address="zoë@acme.example"))


def survives(server: ImapServer, made: EmailMessage) -> None:
    server.empty()
    drafts = opened(server.port)
    anyio.run(drafts.save_draft, KEY, made)
    (raw,) = server.read(server.drafts)
    assert raw == draft_bytes(made, USER, KEY)
    assert anyio.run(drafts.find_draft, KEY, MESSAGE_ID) is not None
