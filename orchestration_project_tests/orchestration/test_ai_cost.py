"""What the AI is asked and paid in real runs: once for a lead that came back, nothing above the limit."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from orchestration_project.fake_services.openai import KEY, FakeOpenAi
from orchestration_project_tests.fakes.flaky import Script, transient
from orchestration_project_tests.orchestration.conftest import World

QUESTION = "POST /v1/chat/completions"
LIMIT = "daily_limit_usd: 5.00"


@pytest.fixture
def ai(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeOpenAi]:
    world.edit_playbook("connections.yaml", "ai: {connector: offline}", "ai: {connector: openai}")
    with FakeOpenAi() as service:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv("OPENAI_BASE_URL", service.base_url)
        yield service


def of_different_people(lead: dict[str, Any], count: int) -> list[dict[str, Any]]:
    return [lead | {"id": f"n{n}", "email": f"tom{n}@rees-studio-{n}.example"} for n in range(count)]


def test_a_lead_that_comes_back_after_its_decision_is_not_paid_for_again(
    world: World, ai: FakeOpenAi, flaky_chat: Script, nurture_lead: dict[str, Any]
) -> None:
    refs = world.submit(*of_different_people(nurture_lead, 4))
    flaky_chat.failures, flaky_chat.only_ref = [transient()], refs[1]
    world.run()
    story = world.ledger.stories.tell(refs[1])
    assert [world.lead(ref).status for ref in refs] == ["done"] * 4
    assert len(story.decisions) == 1, "what was decided stands"
    assert len(ai.asked(QUESTION)) == 4


def test_a_lead_that_a_person_replays_is_asked_about_again(
    world: World, ai: FakeOpenAi, nurture_lead: dict[str, Any]
) -> None:
    (ref,) = world.submit(nurture_lead)
    world.run()
    world.ledger.by_hand.replay([ref])
    world.run()
    assert len(ai.asked(QUESTION)) == 2


def test_above_the_days_limit_the_scorecard_scores_and_the_lead_is_marked(
    world: World, ai: FakeOpenAi, nurture_lead: dict[str, Any]
) -> None:
    world.edit_playbook("playbook.yaml", LIMIT, "daily_limit_usd: 0.0001")
    first, second = of_different_people(nurture_lead, 2)
    (asked,) = world.submit(first)
    world.run()
    (spared,) = world.submit(second)
    world.run()
    assert len(ai.asked(QUESTION)) == 1
    assert (world.lead(asked).score_status, world.lead(spared).score_status) == ("scored", "over_budget")
    assert (world.lead(spared).status, world.lead(spared).track) == ("done", "nurture")
    (decision,) = world.ledger.stories.tell(spared).decisions
    assert decision.scoring.scorer == "offline"
    assert decision.scoring.usage.cost_usd == Decimal(0)
    assert f"{decision.scoring.label}, track nurture" in str(world.ledger.stories.tell(spared).events)
    assert "by the scorecard" in (world.home / "chat.log").read_text()
