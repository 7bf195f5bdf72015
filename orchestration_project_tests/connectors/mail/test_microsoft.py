"""Drafts in Microsoft 365: written once as a whole mail, found again, and followed until they are sent."""

import shutil
import tempfile
import weakref
from collections.abc import Generator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import httpx
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as examples
from hypothesis import strategies as st

from orchestration_project.connectors.mail.mailbox_format import draft_bytes
from orchestration_project.connectors.mail.microsoft import Microsoft365
from orchestration_project.errors import (
    CredentialError,
    LeadRefusedError,
    LeadsError,
    PermanentServiceError,
    SetupError,
    TransientServiceError,
)
from orchestration_project.fake_services.base import (
    answer_lost,
    rate_limited,
    silence,
    status,
    truncated,
    web_page,
)
from orchestration_project.fake_services.microsoft import REFRESH_TOKEN, USER, MicrosoftService
from orchestration_project.playbook.model import Connection
from orchestration_project_tests.conftest import HandClock
from orchestration_project_tests.connectors.mail.opening import KEY, MESSAGE_ID, message
from orchestration_project_tests.connectors.services import Watched, given, naughty_strings, violations

pytestmark = pytest.mark.anyio
POST = "POST /v1.0/users"


@pytest.fixture
def service() -> Generator[MicrosoftService]:
    with MicrosoftService() as running:
        yield running


@pytest.fixture
def drafts(http: httpx.AsyncClient, service: MicrosoftService, clock: HandClock) -> Microsoft365:
    return opened(http, service, clock)


def opened(
    http: httpx.AsyncClient, service: MicrosoftService, clock: HandClock, **environment: str
) -> Microsoft365:
    context = given(http, {**service.environment, **environment}, clock=clock)
    # where the newest refresh token is kept
    home = Path(tempfile.mkdtemp(prefix="leads-tests-"))
    weakref.finalize(service, shutil.rmtree, home, ignore_errors=True)
    return Microsoft365.open(Connection(connector="microsoft"), replace(context, home=home))


async def test_a_draft_arrives_as_it_was_composed(drafts: Microsoft365, service: MicrosoftService) -> None:
    written = await drafts.save_draft(KEY, message())
    (mail,) = service.mails
    assert mail.is_draft
    assert mail.raw == draft_bytes(message(), USER, KEY)
    assert mail.message["X-Unsent"] is None
    assert written.external_id == f"{mail.id} {MESSAGE_ID}"
    assert written.url == f"https://outlook.office365.example/owa/?ItemID={mail.id}"


async def test_a_draft_is_found_by_its_message_id(drafts: Microsoft365) -> None:
    assert await drafts.find_draft(KEY, MESSAGE_ID) is None
    written = await drafts.save_draft(KEY, message())
    assert await drafts.find_draft(KEY, MESSAGE_ID) == written
    assert await drafts.find_draft("L-zzzzzzzzzz", "<other's@x>") is None


async def test_a_draft_that_got_another_message_id_is_found_by_its_lead(
    drafts: Microsoft365, service: MicrosoftService
) -> None:
    await drafts.save_draft(KEY, message())
    service.send(service.mails[0].id, new_id=True, new_message_id=True)
    found = await drafts.find_draft(KEY, MESSAGE_ID)
    assert found is not None
    assert found.note == "Was sent from Outlook."


async def test_a_draft_that_was_thrown_away_is_not_found_and_one_that_was_sent_is(
    drafts: Microsoft365, service: MicrosoftService
) -> None:
    await drafts.save_draft(KEY, message())
    service.throw_away(service.mails[0].id)
    assert await drafts.find_draft(KEY, MESSAGE_ID) is None
    await drafts.save_draft(KEY, message())
    service.send(service.mails[1].id)
    service.throw_away(service.mails[1].id)
    found = await drafts.find_draft(KEY, MESSAGE_ID)
    assert found is not None
    assert found.note == "Was sent from Outlook."


async def test_a_draft_that_came_to_be_there_twice_is_found_twice(
    drafts: Microsoft365, service: MicrosoftService
) -> None:
    written = {(await drafts.save_draft(KEY, message())).external_id for _ in range(2)}
    assert {one.external_id for one in await drafts.twins("draft", KEY, MESSAGE_ID)} == written
    service.send(service.mails[0].id, new_message_id=True)
    assert len(await drafts.twins("draft", KEY, MESSAGE_ID)) == 2
    service.throw_away(service.mails[1].id)
    assert len(await drafts.twins("draft", KEY, MESSAGE_ID)) == 1
    assert await drafts.twins("folder", KEY, MESSAGE_ID) == ()


async def test_the_answer_to_a_mail_from_another_mailbox_goes_to_the_owner(
    http: httpx.AsyncClient, service: MicrosoftService, clock: HandClock
) -> None:
    personal = opened(http, service, clock, MS_REFRESH_TOKEN=REFRESH_TOKEN)
    service.user = "sales@larkfield.example"
    sales = opened(http, service, clock, MS_USER=service.user)
    await sales.save_draft(KEY, message())
    service.user = USER
    await personal.save_draft(KEY, message())
    told = [mail.message["Reply-To"] for mail in service.mails]
    assert told == ["Nora Lark <nora@larkfield.example>", None]


@pytest.mark.parametrize("fault", [answer_lost, truncated])
async def test_after_a_crash_between_act_and_record_the_draft_is_found(
    drafts: Microsoft365, service: MicrosoftService, fault: type
) -> None:
    service.next_answer(fault(), to=POST)
    with pytest.raises(TransientServiceError):
        await drafts.save_draft(KEY, message())
    assert await drafts.find_draft(KEY, MESSAGE_ID) is not None
    assert len(service.asked(POST)) == 1
    assert len(service.mails) == 1


@pytest.mark.parametrize("new_id", [False, True])
@pytest.mark.parametrize("new_message_id", [False, True])
async def test_what_a_person_sent_is_read_back(
    drafts: Microsoft365, service: MicrosoftService, new_id: bool, new_message_id: bool
) -> None:
    written = await drafts.save_draft(KEY, message())
    assert await drafts.find_sent(KEY, written.external_id) is None
    service.send(
        service.mails[0].id, new_id=new_id, new_message_id=new_message_id, text="Grüße\r\n\r\nNora\r\n"
    )
    sent = await drafts.find_sent(KEY, written.external_id)
    assert sent is not None
    assert (sent.subject, sent.text) == ("Your question, Zoë", "Grüße\n\nNora")
    assert sent.sent_at == datetime(2026, 11, 25, 8, tzinfo=UTC)
    assert sent.url


async def test_a_draft_that_was_thrown_away_was_not_sent(
    drafts: Microsoft365, service: MicrosoftService
) -> None:
    written = await drafts.save_draft(KEY, message())
    service.mails.clear()
    assert await drafts.find_sent(KEY, written.external_id) is None


async def test_a_draft_of_another_connector_is_followed_by_its_message_id(
    drafts: Microsoft365, service: MicrosoftService
) -> None:
    await drafts.save_draft(KEY, message())
    service.send(service.mails[0].id)
    assert await drafts.find_sent(KEY, MESSAGE_ID) is not None


async def test_one_token_serves_until_shortly_before_it_expires(
    drafts: Microsoft365, service: MicrosoftService, clock: HandClock
) -> None:
    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(drafts.find_draft, KEY, MESSAGE_ID)
    assert service.token_number == 1
    clock.forward(minutes=50)
    await drafts.find_draft(KEY, MESSAGE_ID)
    assert service.token_number == 1
    clock.forward(minutes=6)
    await drafts.find_draft(KEY, MESSAGE_ID)
    assert service.token_number == 2


async def test_a_token_that_was_revoked_is_replaced_at_once_and_nothing_is_written_twice(
    drafts: Microsoft365, service: MicrosoftService
) -> None:
    await drafts.find_draft(KEY, MESSAGE_ID)
    service.revoke_tokens()
    await drafts.save_draft(KEY, message())
    assert len(service.mails) == 1
    service.revoke_tokens()
    assert await drafts.find_draft(KEY, MESSAGE_ID) is not None


async def test_the_newest_refresh_token_is_kept_and_used_and_the_first_one_may_end(
    http: httpx.AsyncClient, service: MicrosoftService, clock: HandClock, tmp_path: Path
) -> None:
    environment = {**service.environment, "MS_REFRESH_TOKEN": REFRESH_TOKEN, "MS_USER": ""}
    context = replace(given(http, environment, clock=clock), home=tmp_path)

    async def sign_in() -> None:
        assert (await Microsoft365.open(Connection(connector="microsoft"), context).check()).ok

    await sign_in()
    [kept] = (tmp_path / "tokens").iterdir()
    assert (kept.read_text(), kept.stat().st_mode & 0o077) == (service.rolled[-1], 0)
    service.refresh_token = "ended after ninety days"
    await sign_in()
    assert kept.read_text() == service.rolled[-1]
    # where the kept one has ended, that of the environment is tried; a new one there begins anew
    service.rolled.clear()
    service.refresh_token = REFRESH_TOKEN
    await sign_in()
    service.refresh_token = environment["MS_REFRESH_TOKEN"] = "another"
    await sign_in()
    assert len([*(tmp_path / "tokens").iterdir()]) == 2


async def test_a_person_may_sign_in_instead_of_the_app(
    http: httpx.AsyncClient, service: MicrosoftService, clock: HandClock
) -> None:
    personal = opened(http, service, clock, MS_REFRESH_TOKEN=REFRESH_TOKEN, MS_USER="")
    await personal.save_draft(KEY, message())
    assert [request.path for request in service.requests][-1] == "/v1.0/me/messages"
    assert await personal.find_draft(KEY, MESSAGE_ID) is not None


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"MS_CLIENT_SECRET": "old"}, "MS_CLIENT_SECRET"),
        ({"MS_REFRESH_TOKEN": "old"}, "MS_REFRESH_TOKEN"),
        ({"MS_TENANT_ID": "elsewhere.example"}, "MS_TENANT_ID"),
    ],
)
async def test_an_expired_credential_says_which_to_renew(
    http: httpx.AsyncClient,
    service: MicrosoftService,
    clock: HandClock,
    environment: dict[str, str],
    words: str,
) -> None:
    expired = opened(http, service, clock, **environment)
    with pytest.raises(CredentialError, match=words) as caught:
        await expired.find_draft(KEY, MESSAGE_ID)
    assert USER not in str(caught.value)
    health = await expired.check()
    assert not health.ok
    assert words in health.mend


async def test_a_mended_secret_is_taken_at_once(drafts: Microsoft365, service: MicrosoftService) -> None:
    service.client_secret = "another"
    assert not (await drafts.check()).ok
    service.client_secret = service.environment["MS_CLIENT_SECRET"]
    assert (await drafts.check()).ok


async def test_a_right_that_is_missing_is_a_credential_to_widen(
    drafts: Microsoft365, service: MicrosoftService
) -> None:
    body = {"error": {"code": "ErrorAccessDenied", "message": f"Access is denied to {USER}."}}
    service.next_answer(status(403, body), to=POST)
    with pytest.raises(CredentialError, match="widen its rights") as caught:
        await drafts.save_draft(KEY, message())
    assert USER not in str(caught.value)


async def test_a_mailbox_that_is_not_there_is_a_matter_of_set_up(
    http: httpx.AsyncClient, service: MicrosoftService, clock: HandClock
) -> None:
    wrong = opened(http, service, clock, MS_USER="nobody@larkfield.example")
    with pytest.raises(SetupError, match=r"no such mailbox \(ErrorInvalidUser\)"):
        await wrong.find_draft(KEY, MESSAGE_ID)


@pytest.mark.parametrize(
    ("code", "answer", "kind"),
    [
        (400, "ErrorInvalidRecipients", LeadRefusedError),
        (400, "ErrorInvalidSmtpAddress", LeadRefusedError),
        (403, "ErrorQuotaExceeded", SetupError),
        (404, "MailboxNotEnabledForRESTAPI", SetupError),
        (404, "ErrorNonExistentMailbox", SetupError),
        (403, "ErrorAccessDenied", CredentialError),
        (400, "ErrorMimeContentInvalid", PermanentServiceError),
    ],
)
async def test_graphs_own_code_says_whom_a_refusal_is_about(
    drafts: Microsoft365, service: MicrosoftService, code: int, answer: str, kind: type[Exception]
) -> None:
    body = {"error": {"code": answer, "message": "zoe@acme.example is not right"}}
    service.next_answer(status(code, body), to="POST /v1.0")
    with pytest.raises(PermanentServiceError) as caught:
        await drafts.save_draft(KEY, message())
    assert type(caught.value) is kind
    assert "zoe" not in str(caught.value)
    assert not service.mails


async def test_a_rate_limit_that_passes_is_waited_for(
    drafts: Microsoft365, service: MicrosoftService
) -> None:
    service.next_answer(rate_limited(1), to=POST)
    await drafts.save_draft(KEY, message())
    assert len(service.mails) == 1


async def test_a_rate_limit_that_lasts_is_told_with_its_wait(
    drafts: Microsoft365, service: MicrosoftService
) -> None:
    service.next_answer(rate_limited(60), to=POST)
    with pytest.raises(TransientServiceError) as caught:
        await drafts.save_draft(KEY, message())
    assert caught.value.retry_after == 60


async def test_a_search_that_cannot_be_made_is_no_answer(
    drafts: Microsoft365, service: MicrosoftService
) -> None:
    for fault in (status(500), web_page(), status(503)):
        service.next_answer(fault, fault, fault, to="GET /v1.0")
        with pytest.raises(TransientServiceError):
            await drafts.find_draft(KEY, MESSAGE_ID)


async def test_a_sign_in_out_of_order_is_transient(drafts: Microsoft365, service: MicrosoftService) -> None:
    for fault in (status(503), web_page()):
        service.next_answer(fault, fault, fault)
        with pytest.raises(TransientServiceError, match="Microsoft sign-in"):
            await drafts.find_draft(KEY, MESSAGE_ID)


async def test_silence_is_transient(drafts: Microsoft365, service: MicrosoftService) -> None:
    await drafts.check()
    object.__setattr__(drafts._api, "timeout", 0.2)
    service.next_answer(silence(), to=POST)
    with pytest.raises(TransientServiceError, match="did not answer"):
        await drafts.save_draft(KEY, message())


async def test_check_asks_once_and_is_content(drafts: Microsoft365, service: MicrosoftService) -> None:
    assert (await drafts.check()).ok
    assert len(service.asked("GET /v1.0")) == 1


@pytest.mark.parametrize("name", ["MS_TENANT_ID", "MS_CLIENT_ID", "MS_CLIENT_SECRET", "MS_USER"])
async def test_a_setting_that_is_missing_is_named(
    http: httpx.AsyncClient, service: MicrosoftService, clock: HandClock, name: str
) -> None:
    with pytest.raises(LeadsError, match=name):
        opened(http, service, clock, **{name: ""})


words = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=90).map(
    lambda text: " ".join(text.split())
)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@examples(subject=words, name=words, text=words)
async def test_any_name_subject_and_text_survives(
    drafts: Microsoft365, service: MicrosoftService, subject: str, name: str, text: str
) -> None:
    service.mails.clear()
    await drafts.save_draft(KEY, message(subject, name, text + "\n"))
    assert [mail.raw for mail in service.mails] == [
        draft_bytes(message(subject, name, text + "\n"), USER, KEY)
    ]
    assert await drafts.find_draft(KEY, MESSAGE_ID) is not None


async def test_naughty_strings_survive(drafts: Microsoft365, service: MicrosoftService, shared: Path) -> None:
    lines = [" ".join("".join(filter(str.isprintable, line)).split()) for line in naughty_strings(shared)]
    text = "\n".join(line for line in lines if line) + "\n"
    await drafts.save_draft(KEY, message(text=text))
    body = service.mails[0].message.get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines() == text.splitlines()


async def test_what_goes_out_keeps_to_the_official_description(
    drafts: Microsoft365, service: MicrosoftService, shared: Path
) -> None:
    watched = Watched(drafts)
    drafts = watched.connector
    written = await drafts.save_draft(KEY, message())
    await drafts.get_ready()
    await drafts.find_draft(KEY, MESSAGE_ID)
    await drafts.find_draft("L-zzzzzzzzzz", "<other@x>")
    await drafts.find_draft_to("zoe@acme.example", datetime.now(UTC) - timedelta(hours=1), MESSAGE_ID)
    await drafts.twins("draft", KEY, MESSAGE_ID)
    service.send(service.mails[0].id)
    await drafts.find_sent(KEY, written.external_id)
    await drafts.check()
    assert watched.left_out == set()
    graph = [request for request in service.requests if request.path.startswith("/v1.0")]
    assert len(graph) == 12
    assert all('IdType="ImmutableId"' in request.headers["prefer"] for request in graph)
    # the description has the JSON form of a new draft only; Microsoft's page on it has both
    assert violations(shared, "msgraph", graph) == ["a body is required"]
