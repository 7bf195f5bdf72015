"""A draft in Gmail is followed, however a person edits it, until it is sent; and then it is read.

Writing and finding it is `test_drafts.py`.
"""

import pytest

from orchestration_project.connectors.mail.gmail import Gmail
from orchestration_project.fake_services.gmail import GmailService
from orchestration_project_tests.connectors.mail.gmail.conftest import as_edited, long_ago, only_draft
from orchestration_project_tests.connectors.mail.opening import KEY, MESSAGE_ID, message

pytestmark = pytest.mark.anyio


async def test_what_was_sent_and_then_thrown_away_was_sent(gmail: Gmail, service: GmailService) -> None:
    written = await gmail.save_draft(KEY, message())
    service.throw_sent_away(service.send(only_draft(service)[0]))
    assert await gmail.find_draft(KEY, MESSAGE_ID) is not None
    assert await gmail.find_sent(KEY, written.external_id) is not None


async def test_an_edited_draft_under_another_id_is_followed_by_its_thread(
    gmail: Gmail, service: GmailService
) -> None:
    written = await gmail.save_draft(KEY, message())
    service.edit(only_draft(service)[0], as_edited("my words"), other_draft=True)
    assert await gmail.find_sent(KEY, written.external_id) is None
    service.send(only_draft(service)[0])
    sent = await gmail.find_sent(KEY, written.external_id)
    assert sent is not None
    assert sent.text == "my words"


async def test_an_edited_draft_that_was_found_is_followed_until_it_is_sent(
    gmail: Gmail, service: GmailService
) -> None:
    await gmail.save_draft(KEY, message(address="jane@acme.example"))
    service.edit(only_draft(service)[0], as_edited("my words"), other_thread=True)
    found = await gmail.find_draft_to("jane@acme.example", long_ago(), MESSAGE_ID)
    assert found is not None
    assert found.note == "A draft to this person was found among the drafts in Gmail, and left as it is."
    assert await gmail.find_sent(KEY, found.external_id) is None
    service.send(only_draft(service)[0])
    sent = await gmail.find_sent(KEY, found.external_id)
    assert sent is not None
    assert sent.text == "my words"


async def test_a_sent_draft_is_found_and_not_written_again(gmail: Gmail, service: GmailService) -> None:
    await gmail.save_draft(KEY, message())
    service.send(only_draft(service)[0])
    found = await gmail.find_draft(KEY, MESSAGE_ID)
    assert found is not None
    assert found.note == "Was sent from Gmail."
    sent = await gmail.find_sent(KEY, found.external_id)
    assert sent is not None


async def test_a_draft_that_still_waits_was_not_sent(gmail: Gmail, service: GmailService) -> None:
    written = await gmail.save_draft(KEY, message())
    assert await gmail.find_sent(KEY, written.external_id) is None
    service.edit(only_draft(service)[0], as_edited("other words"), other_thread=True)
    assert await gmail.find_sent(KEY, written.external_id) is None
    assert only_draft(service)[1].get_content() == "other words\r\n"


async def test_what_was_sent_comes_back_as_sent(gmail: Gmail, service: GmailService) -> None:
    written = await gmail.save_draft(KEY, message())
    draft_id, _ = only_draft(service)
    service.edit(draft_id, as_edited("My own words, Zoë", "Re: your inquiry ✓"))
    mail = service.send(draft_id)
    sent = await gmail.find_sent(KEY, written.external_id)
    assert sent is not None
    assert sent.subject == "Re: your inquiry ✓"
    assert sent.text == "My own words, Zoë"
    assert f"{sent.sent_at:%Y-%m-%d %H:%M}" == "2026-11-24 10:00"
    assert sent.url == f"https://mail.google.com/mail/#all/{mail.thread_id}"


async def test_a_sent_draft_in_another_thread_is_found_by_its_message_id(
    gmail: Gmail, service: GmailService
) -> None:
    written = await gmail.save_draft(KEY, message())
    draft_id, _ = only_draft(service)
    service.edit(draft_id, as_edited("x", "A new subject", MESSAGE_ID), other_thread=True)
    service.send(draft_id)
    sent = await gmail.find_sent(KEY, written.external_id)
    assert sent is not None
    assert sent.subject == "A new subject"


async def test_a_draft_of_another_connector_sent_from_gmail_is_found(
    gmail: Gmail, service: GmailService
) -> None:
    await gmail.save_draft(KEY, message())
    service.send(only_draft(service)[0])
    assert await gmail.find_sent(KEY, MESSAGE_ID) is not None


async def test_a_draft_that_was_thrown_away_was_not_sent(gmail: Gmail, service: GmailService) -> None:
    written = await gmail.save_draft(KEY, message())
    service.throw_away(only_draft(service)[0])
    assert await gmail.find_sent(KEY, written.external_id) is None
    assert await gmail.find_draft(KEY, MESSAGE_ID) is None
