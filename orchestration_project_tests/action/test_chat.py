from datetime import UTC, datetime

import pytest

from orchestration_project.action.chat import ChatMessage
from orchestration_project.action.summary import summary
from orchestration_project_tests.action.briefs import REF, a_brief
from orchestration_project_tests.action.tools import tools
from orchestration_project_tests.fakes.chat import FakeChat


@pytest.mark.anyio
async def test_the_team_gets_the_summary_under_the_ref() -> None:
    chat, action, brief = FakeChat(), ChatMessage(), a_brief()
    assert await action.find(brief, tools(chat=chat)) is None
    await action.act(brief, tools(chat=chat), lambda: datetime(2026, 11, 24, tzinfo=UTC))
    assert chat.messages == {REF: summary(brief)}
    assert await action.find(brief, tools(chat=chat)) is not None
