"""Drafts in Microsoft 365: written once as a whole mail, found again, and followed until they are sent.

Signing in is `test_signing_in.py`, refusals are `test_refusals.py`.
"""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as examples

from orchestration_project.connectors.mail.mailbox_format import draft_bytes, draft_in
from orchestration_project.connectors.mail.microsoft import Microsoft365
from orchestration_project.errors import TransientServiceError
from orchestration_project.fake_services.base import (
    answer_lost,
    truncated,
)
from orchestration_project.fake_services.microsoft import REFRESH_TOKEN, USER, MicrosoftService
from orchestration_project_tests.connectors.mail.microsoft.conftest import POST, opened
from orchestration_project_tests.connectors.mail.opening import KEY, MESSAGE_ID, message, words
from orchestration_project_tests.connectors.services import Watched, violations
from orchestration_project_tests.data_sets import naughty_strings
from orchestration_project_tests.hand_clock import HandClock

pytestmark = pytest.mark.anyio


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


async def test_a_draft_that_nobody_edited_is_addressed_anew_and_keeps_its_ids(
    drafts: Microsoft365, service: MicrosoftService
) -> None:
    written = await drafts.save_draft(KEY, message())
    said = draft_in(message().as_bytes())
    # it tells addresses only
    assert await drafts.draft_now(KEY, written.external_id) == said.model_copy(update={"names": ()})
    changed = message(text="Dear Zoë, at your new address.\n")
    del changed["To"]
    changed["To"] = "zoe.new@acme.example"
    again = await drafts.rewrite_draft(KEY, written.external_id, changed)
    assert again is not None
    assert again.external_id == written.external_id
    [mail] = service.mails
    assert str(mail.message["To"]) == "zoe.new@acme.example"
    assert await drafts.draft_now(KEY, written.external_id) == draft_in(changed.as_bytes())
    assert await drafts.find_draft(KEY, "<lost@x>") is not None, "our ref is still in it"


async def test_what_was_sent_or_thrown_away_is_no_draft_to_be_written_anew(
    drafts: Microsoft365, service: MicrosoftService
) -> None:
    sent = await drafts.save_draft(KEY, message())
    service.send(service.mails[0].id)
    assert await drafts.draft_now(KEY, sent.external_id) is None
    assert await drafts.rewrite_draft(KEY, sent.external_id, message()) is None
    assert service.asked("PATCH") == []


async def test_a_draft_of_another_connector_is_followed_by_its_message_id(
    drafts: Microsoft365, service: MicrosoftService
) -> None:
    await drafts.save_draft(KEY, message())
    service.send(service.mails[0].id)
    assert await drafts.find_sent(KEY, MESSAGE_ID) is not None


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
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


async def test_naughty_strings_survive(drafts: Microsoft365, service: MicrosoftService) -> None:
    lines = [" ".join("".join(filter(str.isprintable, line)).split()) for line in naughty_strings()]
    text = "\n".join(line for line in lines if line) + "\n"
    await drafts.save_draft(KEY, message(text=text))
    body = service.mails[0].message.get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines() == text.splitlines()


async def test_what_goes_out_keeps_to_the_official_description(
    drafts: Microsoft365, service: MicrosoftService
) -> None:
    watched = Watched(drafts)
    drafts = watched.connector
    written = await drafts.save_draft(KEY, message())
    await drafts.get_ready()
    await drafts.find_draft(KEY, MESSAGE_ID)
    await drafts.find_draft("L-zzzzzzzzzz", "<other@x>")
    await drafts.find_draft_to("zoe@acme.example", datetime.now(UTC) - timedelta(hours=1), MESSAGE_ID)
    await drafts.twins("draft", KEY, MESSAGE_ID)
    await drafts.draft_now(KEY, written.external_id)
    await drafts.rewrite_draft(KEY, written.external_id, message())
    service.send(service.mails[0].id)
    await drafts.find_sent(KEY, written.external_id)
    await drafts.check()
    assert watched.left_out == set()
    graph = [request for request in service.requests if request.path.startswith("/v1.0")]
    assert len(graph) == 17
    assert all('IdType="ImmutableId"' in request.headers["prefer"] for request in graph)
    # the description has the JSON form of a new draft only; Microsoft's page on it has both
    [told] = violations("msgraph", graph, answers=service.answers)
    assert told.startswith("POST /v1.0/users/{userid}/messages: Content-Type 'text/plain' is not accepted")
