from datetime import UTC, datetime

import pytest

from orchestration_project.action.chat import ChatMessage, links
from orchestration_project.action.summary import summary
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
