from datetime import UTC, datetime

import pytest

from orchestration_project.action.base import Brief
from orchestration_project.action.chat import ChatMessage, ChatNews, links
from orchestration_project.action.summary import summary
from orchestration_project.action.wording import who
from orchestration_project.model import Receipt, ReceiptStatus
from orchestration_project_tests.action.briefs import REF, a_brief, a_receipt
from orchestration_project_tests.action.tools import tools
from orchestration_project_tests.fakes.chat import FakeChat


@pytest.mark.anyio
async def test_the_team_gets_the_summary_under_the_ref() -> None:
    chat, action, brief = FakeChat(), ChatMessage(), a_brief()
    assert await action.find(brief, tools(chat=chat)) is None
    await action.act(brief, tools(chat=chat), lambda: datetime(2026, 11, 24, tzinfo=UTC))
    assert chat.messages == {REF: summary(brief)}
    assert await action.find(brief, tools(chat=chat)) is not None


@pytest.mark.anyio
async def test_the_message_leads_to_the_draft_the_contact_and_the_run() -> None:
    done = tuple(
        a_receipt(name).model_copy(update={"url": f"https://{name}.example/1"})
        for name in ("crm_contact", "draft", "task")
    )
    chat = FakeChat()
    brief = a_brief(receipts=done).model_copy(update={"run_url": "https://dagster.example/runs/9"})
    await ChatMessage().act(brief, tools(chat=chat), lambda: datetime(2026, 11, 24, tzinfo=UTC))
    assert [(link.label, link.url) for link in chat.links[REF]] == [
        ("draft", "https://draft.example/1"),
        ("contact", "https://crm_contact.example/1"),
        ("run", "https://dagster.example/runs/9"),
    ]


def test_what_has_no_address_is_not_linked() -> None:
    assert links(a_brief(receipts=(a_receipt("draft"),))) == ()


ACTIONS = ("crm_contact", "task", "draft", "folder")


def receipts(**not_done: ReceiptStatus) -> tuple[Receipt, ...]:
    """Of the priority track; what is not named is done."""
    return tuple(a_receipt(name, not_done.get(name, ReceiptStatus.DONE)) for name in ACTIONS)


async def told_first(chat: FakeChat, **not_done: ReceiptStatus) -> Receipt:
    """The receipt of a lead's message, which was sent while some of it was not done."""
    brief = a_brief(receipts=receipts(**not_done))
    written = await ChatMessage().act(brief, tools(chat=chat), lambda: datetime(2026, 11, 24, tzinfo=UTC))
    return a_receipt("chat").model_copy(update={"memo": written.memo})


def later(message: Receipt, *, track: str = "priority", **not_done: ReceiptStatus) -> Brief:
    return a_brief(track=track, receipts=(*receipts(**not_done), message))


@pytest.mark.anyio
@pytest.mark.parametrize("status", [ReceiptStatus.WAITING, ReceiptStatus.BEGUN, ReceiptStatus.FAILED])
async def test_what_was_called_unfinished_is_told_in_one_line_once_it_is_done(status: ReceiptStatus) -> None:
    chat, action = FakeChat(), ChatNews()
    message = await told_first(chat, draft=status, task=status)
    assert not action.wanted(later(message, draft=status)), "not before all of it is final"
    brief = later(message)
    assert action.wanted(brief)
    assert await action.find(brief, tools(chat=chat)) is None
    await action.act(brief, tools(chat=chat), lambda: datetime(2026, 11, 24, tzinfo=UTC))
    assert chat.messages[f"{REF}-news"] == (
        f"Jane Doe (Acme Ltd), again: task set, draft waits in outbox; {REF}"
    )
    assert await action.find(brief, tools(chat=chat)) is not None
    assert REF in chat.messages, "the first message stays as it is"


@pytest.mark.anyio
async def test_what_is_left_out_in_the_end_is_told_too() -> None:
    chat = FakeChat()
    message = await told_first(chat, draft=ReceiptStatus.WAITING)
    brief = later(message, draft=ReceiptStatus.SKIPPED)
    await ChatNews().act(brief, tools(chat=chat), lambda: datetime(2026, 11, 24, tzinfo=UTC))
    assert chat.messages[f"{REF}-news"] == f"Jane Doe (Acme Ltd), again: draft skipped; {REF}"


@pytest.mark.anyio
async def test_another_track_is_told() -> None:
    chat = FakeChat()
    message = await told_first(chat)
    sequence = a_receipt("sequence")
    brief = a_brief(track="nurture", receipts=(*receipts(), sequence, message))
    assert ChatNews().wanted(brief)
    await ChatNews().act(brief, tools(chat=chat), lambda: datetime(2026, 11, 24, tzinfo=UTC))
    assert chat.messages[f"{REF}-news"].startswith("Jane Doe (Acme Ltd), again: now Nurture, 9/10: ")


@pytest.mark.anyio
async def test_where_all_was_told_already_there_is_no_news() -> None:
    message = await told_first(FakeChat(), folder=ReceiptStatus.PLANNED, draft=ReceiptStatus.SKIPPED)
    assert not ChatNews().wanted(later(message))
    assert not ChatNews().wanted(a_brief(receipts=receipts())), "nothing was told yet"
    planned = message.model_copy(update={"status": ReceiptStatus.PLANNED, "memo": None})
    assert not ChatNews().wanted(later(planned))


def test_a_sentence_in_the_names_field_is_nobodys_name() -> None:
    lead = a_brief().context.lead
    for junk in ("Claim your prize now before midnight, dear winner", "None"):
        person = lead.person.model_copy(update={"full_name": junk})
        told = who(lead.model_copy(update={"person": person}))
        assert junk not in told
        assert (lead.company.name or "somebody without a name") in told
