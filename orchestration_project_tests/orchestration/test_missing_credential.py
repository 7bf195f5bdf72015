"""One missing credential stops the one thing that needs it: sensors go on reading, a lead gets the rest.

That each connector is opened by its first use is tested in `connectors/test_opened.py`.
"""

from typing import Any

import dagster as dg
import pytest

from orchestration_project.orchestration import lingering
from orchestration_project_tests.orchestration.conftest import World


@pytest.fixture
def no_chat_token(world: World) -> World:
    world.edit_playbook(
        "connections.yaml",
        "chat: {connector: file}",
        "chat: {connector: slack, channel: C0123456789, autonomy: internal}",
    )
    world.edit_playbook("connections.yaml", "website: {connector: reader}", "website: {connector: none}")
    return world


@pytest.mark.parametrize("sensor", ["inbox_submissions", "crm_contacts", "follow_up", "dispatcher"])
def test_a_chat_without_its_token_stops_no_sensor(
    no_chat_token: World, sensor: str, priority_lead: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lingering, "has_to_leave", lambda: True)
    no_chat_token.submit(priority_lead)
    definitions = no_chat_token.definitions()
    with (
        no_chat_token.surroundings(),
        dg.build_sensor_context(
            instance=no_chat_token.instance, resources=definitions.resources, sensor_name=sensor
        ) as context,
    ):
        assert isinstance(definitions.resolve_sensor_def(sensor)(context), dg.SensorResult)


def test_a_lead_gets_all_but_the_message_that_cannot_be_sent(
    no_chat_token: World, priority_lead: dict[str, Any]
) -> None:
    (ref,) = no_chat_token.submit(priority_lead)
    no_chat_token.run(patience=5)
    lead = no_chat_token.lead(ref)
    assert (lead.status, lead.waiting_for, lead.track) == ("waiting", "chat", "priority")
    done = {action.action for action in lead.actions if action.status == "done"}
    assert {"crm_contact", "task", "draft", "folder", "calendar_hold"} <= done
    assert "chat" not in done
    assert "SLACK_TOKEN" in str(no_chat_token.ledger.stories.tell(ref))


def test_it_gets_that_too_once_the_token_is_there(
    no_chat_token: World, priority_lead: dict[str, Any]
) -> None:
    """By itself: the dispatcher asks once a minute, with the settings that a restarted one has."""
    (ref,) = no_chat_token.submit(priority_lead)
    no_chat_token.run(patience=5)
    no_chat_token.edit_playbook(
        "connections.yaml",
        "chat: {connector: slack, channel: C0123456789, autonomy: internal}",
        "chat: {connector: file}",
    )
    no_chat_token.clock.forward(seconds=61)
    no_chat_token.run(patience=5)
    assert no_chat_token.lead(ref).status == "done"
    assert len((no_chat_token.home / "chat.log").read_text().splitlines()) == 1
