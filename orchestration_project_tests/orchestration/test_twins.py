"""A write that is later than any service may be: the twin is found by a later look, and a person is told."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from orchestration_project.action.base import MayHaveTwins
from orchestration_project.action.registry import ACTIONS, FOLLOW_UPS, SEQUELS
from orchestration_project.connectors.base import SETTLE_SECONDS
from orchestration_project.fake_services.checker import Wrong, check_office
from orchestration_project.fake_services.faults import Away, FaultKind, FaultPlan
from orchestration_project.fake_services.office import Office
from orchestration_project.model import Ref
from orchestration_project_tests.orchestration.conftest import World
from orchestration_project_tests.orchestration.test_follow_up import tick
from orchestration_project_tests.orchestration.test_outages import expected, no_waiting, office, priority

__all__ = ["no_waiting", "office"]

TOO_LATE = 3 * SETTLE_SECONDS


@dataclass(frozen=True)
class TooLate:
    service: str
    at: str
    action: str
    where: str


TWINS = (
    TooLate("HubSpot", "POST /crm/objects/2026-09/notes", "crm_contact", "hubspot (crm)"),
    TooLate("HubSpot", "POST /crm/objects/2026-09/tasks", "task", "hubspot (crm)"),
    TooLate("Gmail", "POST /gmail/v1/users/me/drafts", "draft", "gmail (mail)"),
    TooLate("Slack", "POST /api/chat.postMessage", "chat", "slack (chat)"),
)


def a_lead_with_twins(world: World, office: Office, *cases: TooLate, number: int = 1) -> Ref:
    """Each write was done again, by which time the first one had not landed."""
    for case in cases:
        plan = FaultPlan.always(FaultKind.LATE, to=case.at)
        office.services[case.service].disturb(replace(plan, late_seconds=TOO_LATE))
    (ref,) = world.submit(priority(number))
    world.run()
    assert world.lead(ref).status == "done"
    for case in cases:
        assert len(office.services[case.service].suffered) == 1
    return ref


def look(world: World, *, after: float = 600.0) -> Sequence[str]:
    """What the leads say, one after the other, once the sensor has looked."""
    world.clock.forward(seconds=after)
    tick(world)
    return [line.attention for line in world.ledger.stories.list_leads()]


@pytest.mark.parametrize("case", TWINS, ids=lambda case: case.action)
def test_what_is_there_twice_is_told_with_where_it_is(world: World, office: Office, case: TooLate) -> None:
    ref = a_lead_with_twins(world, office, case)
    assert look(world, after=60.0) == [""], "not so soon: it may still come"
    office.services[case.service].land()
    (told,) = look(world)
    found = check_office(office, expected(world, ref))
    assert {finding.wrong for finding in found} == {Wrong.TWICE}, "the test has made twins"
    assert told.startswith(f"{case.action} is there 2 times in {case.where}: ")
    assert told.endswith(f"Keep one and delete the rest, then `leads seen {ref}`.")
    places = told.partition(": ")[2].partition(". Keep")[0].split(", ")
    assert len(set(places)) == 2
    assert world.lead(ref).status == "done", "it stops nothing"


def test_a_later_run_by_hand_looks_for_them_too(world: World, office: Office) -> None:
    a_lead_with_twins(world, office, TWINS[1])
    office.services[TWINS[1].service].land()
    world.run()
    assert [line.attention for line in world.ledger.stories.list_leads()] == [""], "not so soon"
    assert not world.ledger.second_looks.any_due()
    world.clock.forward(seconds=600)
    assert world.ledger.second_looks.any_due()
    world.run()
    (told,) = (line.attention for line in world.ledger.stories.list_leads())
    assert told.startswith("task is there 2 times")
    assert not world.ledger.second_looks.any_due()


def test_it_is_told_once_and_then_nobody_asks_again(world: World, office: Office) -> None:
    ref = a_lead_with_twins(world, office, TWINS[0])
    look(world)
    office.hubspot.requests.clear()
    look(world)
    events = [event.event for event in world.ledger.stories.tell(ref).events]
    assert events.count("look at this") == 1
    assert office.hubspot.asked("POST /crm/objects/2026-09/notes/batch/read") == []


def test_of_a_late_write_that_was_found_nothing_is_told(world: World, office: Office) -> None:
    office.slack.disturb(FaultPlan.always(FaultKind.LATE, to=TWINS[3].at))
    (ref,) = world.submit(priority(1))
    world.run()
    asked = len(office.slack.asked("GET /api/conversations.history"))
    assert look(world) == [""]
    assert len(office.slack.asked("GET /api/conversations.history")) > asked, "it was looked for"
    assert check_office(office, expected(world, ref)) == []


def test_a_connection_that_is_away_is_not_asked_and_the_others_are(world: World, office: Office) -> None:
    a_lead_with_twins(world, office, TWINS[1], TWINS[3])
    office.slack.go_away(Away.UNAVAILABLE)
    world.sql("UPDATE leads.connections SET state = 'open' WHERE name = 'chat'")
    asked = len(office.slack.requests)
    (told,) = look(world)
    assert told.startswith("task is there 2 times")
    assert len(office.slack.requests) == asked
    office.slack.come_back()
    world.ledger.connections.close("chat")
    (told,) = look(world)
    assert "chat is there 2 times" in told and "task is there 2 times" in told


def test_where_it_cannot_be_asked_it_is_asked_another_time(world: World, office: Office) -> None:
    a_lead_with_twins(world, office, TWINS[3])
    office.slack.go_away(Away.UNAVAILABLE)
    assert look(world) == [""]
    office.slack.come_back()
    (told,) = look(world)
    assert told.startswith("chat is there 2 times")


def test_only_what_has_a_key_of_ours_cannot_be_there_twice() -> None:
    actions = {**ACTIONS, **{each.name: each for each in SEQUELS.values()}, **FOLLOW_UPS}
    assert {name for name, action in actions.items() if not isinstance(action, MayHaveTwins)} == {
        "calendar_hold",
        "sequence",
    }
