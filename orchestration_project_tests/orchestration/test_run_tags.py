"""What the list of runs in the Dagster UI tells of a run: its tags, at its end."""

from typing import Any

import dagster as dg
import pytest
from sqlalchemy.exc import OperationalError

from orchestration_project.ledger.runs import Outcome, Runs
from orchestration_project.model import Ref, State
from orchestration_project.orchestration.run_tags import outcome_tags
from orchestration_project_tests.fakes.flaky import Script, permanent, refused
from orchestration_project_tests.orchestration.conftest import World

Payload = dict[str, Any]


def tags(world: World) -> dict[str, str]:
    """Of the newest run, but for what is of Dagster, and the lease."""
    of_run = world.instance.get_runs(limit=1)[0].tags
    return {tag: of_run[tag] for tag in of_run if not tag.startswith("dagster/") and tag != "leads/lease"}


def spam(number: int) -> Payload:
    return {"id": f"x{number}", "name": "Test Test", "email": f"x{number}@x.example", "message": "test"}


def outcome(number: int, state: State, track: str | None = None, version: str | None = None) -> Outcome:
    return Outcome(
        ref=Ref(f"L-{number}"), state=state, track=track, score=7 if track else None, playbook_version=version
    )


def test_a_good_lead_s_run_tells_its_status_its_track_its_score_and_the_rules(
    world: World, priority_lead: Payload
) -> None:
    (ref,) = world.submit(priority_lead)
    world.run()
    assert tags(world) == {
        "leads/ref": ref,
        "leads/status": "done",
        "leads/track": "priority",
        "leads/score": "10",
        "playbook": world.playbook().version,
    }
    assert world.instance.get_runs(dg.RunsFilter(tags={"leads/track": "priority"})), "they can be filtered by"


def test_a_quarantined_lead_s_run_tells_that_and_names_no_rules(world: World) -> None:
    (ref,) = world.submit(spam(1))
    world.run()
    assert tags(world) == {"leads/ref": ref, "leads/status": "quarantined"}


def test_a_lead_that_waits_and_one_that_needs_a_person_are_told_apart(
    world: World, nurture_lead: Payload, flaky_chat: Script
) -> None:
    world.submit(nurture_lead)
    flaky_chat.failures = [refused()] * 9
    world.run(patience=0)
    assert tags(world)["leads/status"] == "waiting"
    flaky_chat.failures = [permanent()]
    world.clock.forward(minutes=5)
    world.run(patience=5)
    assert tags(world)["leads/status"] == "needs_person"


def test_of_many_leads_a_run_tells_how_many_are_where(
    world: World, priority_lead: Payload, flaky_chat: Script
) -> None:
    """One of them needs a person, and the run is green all the same."""
    world.submit(
        spam(1),
        spam(2),
        *({**priority_lead, "id": f"p{i}", "email": f"p{i}@reed{i}.example"} for i in range(3)),
    )
    flaky_chat.failures = [permanent()]
    world.run(patience=0)
    assert tags(world) == {
        "leads/count": "5",
        "leads/done": "2",
        "leads/quarantined": "2",
        "leads/needs_person": "1",
        "playbook": world.playbook().version,
    }


def test_the_rules_are_those_that_decided_and_not_those_that_were_loaded_before(
    world: World, priority_lead: Payload
) -> None:
    definitions = world.definitions()  # of a code location that was loaded before
    world.edit_playbook("ideal_customer.md", "a", "A")
    world.submit(priority_lead)
    world.run()
    assert tags(world)["playbook"] == world.playbook().version
    assert definitions.get_job_def("lead_intake").tags == {}


def test_a_decision_of_before_a_replay_is_not_told_of_the_run_that_came_after(
    world: World, priority_lead: Payload
) -> None:
    (ref,) = world.submit(priority_lead)
    world.run()
    world.ledger.by_hand.replay([ref])
    world.edit_playbook("playbook.yaml", "blocked_domains: [", "blocked_domains: [harbour-joinery.example, ")
    world.run()
    assert tags(world) == {"leads/ref": ref, "leads/status": "quarantined"}


def test_a_run_that_cannot_be_tagged_is_none_the_worse(
    world: World, priority_lead: Payload, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise OperationalError("SELECT", {}, Exception("the server is restarted"))

    monkeypatch.setattr(Runs, "outcomes", away)
    (ref,) = world.submit(priority_lead)
    world.run()
    assert world.instance.get_runs(limit=1)[0].status is dg.DagsterRunStatus.SUCCESS
    assert tags(world) == {"leads/ref": ref}


def test_of_two_sets_of_rules_none_is_said_to_have_decided() -> None:
    both = (outcome(1, "done", "priority", "one"), outcome(2, "done", "priority", "two"))
    assert outcome_tags(both) == {"leads/count": "2", "leads/done": "2"}


def test_what_is_still_under_way_is_not_told_as_an_outcome() -> None:
    assert outcome_tags([outcome(1, "running", "priority", "one")]) == {"leads/ref": "L-1"}
    assert outcome_tags([]) == {}
