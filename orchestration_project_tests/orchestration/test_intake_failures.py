"""A failure on a lead's way is its own: what passes waits, what will not is told, and its company goes on.

How long a connection is left alone is `test_outages.py`.
"""

import json

import dagster as dg
import pytest

from orchestration_project.connectors.folder.disk import DiskFolders
from orchestration_project.errors import PermanentServiceError
from orchestration_project.orchestration import decision_ops
from orchestration_project_tests.fakes.flaky import Script, permanent, transient
from orchestration_project_tests.orchestration.conftest import World
from orchestration_project_tests.orchestration.told import Payload, actions


def test_a_failure_is_the_lead_s_own_and_its_company_goes_on(
    world: World, flaky_chat: Script, nurture_lead: Payload
) -> None:
    payloads = [nurture_lead | {"id": f"n{i}", "email": f"p{i}@rees-studio.example"} for i in range(4)]
    refs = world.submit(*payloads)
    flaky_chat.failures = [transient()]
    flaky_chat.only_ref = refs[3]
    world.run(patience=0)
    assert [world.lead(ref).status for ref in refs].count("done") == 3
    assert world.lead(refs[3]).status == "waiting"
    world.run()
    assert {world.lead(ref).status for ref in refs} == {"done"}
    assert sorted(flaky_chat.posted) == sorted(refs)
    runs = world.instance.get_runs()
    assert sum(int(run.tags.get("leads/count", "1")) for run in runs) == 5, "each once, and one once more"
    assert {run.status for run in runs} == {dg.DagsterRunStatus.SUCCESS}


def test_what_passes_by_itself_gives_the_lead_back_and_a_later_run_completes_it(
    world: World, flaky_chat: Script, nurture_lead: Payload
) -> None:
    (ref,) = world.submit(nurture_lead)
    flaky_chat.failures = [transient(), transient()]
    world.run(patience=0)
    lead = world.lead(ref)
    assert lead.status == "waiting" and lead.try_at is not None
    assert "it is busy" in lead.explanation
    assert actions(world, ref)["crm_contact"] == "done", "what can be done beside it is done"
    decided = world.ledger.stories.tell(ref).decisions
    world.run()
    assert world.lead(ref).status == "done"
    runs = world.instance.get_runs()
    assert [run.status for run in runs] == [dg.DagsterRunStatus.SUCCESS] * 3, "no run sleeps, and none fails"
    retried = [
        event
        for run in runs
        for event in world.instance.all_logs(run.run_id)
        if event.dagster_event and event.dagster_event.event_type is dg.DagsterEventType.STEP_RESTARTED
    ]
    assert retried == []
    assert world.ledger.stories.tell(ref).decisions == decided, "it is not decided anew"


def test_the_service_s_own_word_is_waited_for_in_the_ledger(
    world: World, flaky_chat: Script, nurture_lead: Payload
) -> None:
    (ref,) = world.submit(nurture_lead)
    flaky_chat.failures = [transient(retry_after=1800)]
    world.run(patience=5)
    world.clock.forward(seconds=1790)
    world.run(patience=0)
    assert world.lead(ref).status == "waiting"
    world.clock.forward(seconds=110)  # some more, so that not all come at once
    world.run(patience=0)
    assert world.lead(ref).status == "done"
    assert world.instance.get_runs_count() == 2


def test_what_will_not_get_better_fails_at_once_and_says_what_to_do(
    world: World, flaky_chat: Script, nurture_lead: Payload
) -> None:
    (ref,) = world.submit(nurture_lead)
    flaky_chat.failures = [permanent()]
    world.run()
    lead = world.lead(ref)
    assert lead.status == "needs_person"
    assert "the channel is gone" in lead.explanation
    assert actions(world, ref)["chat"] == "failed"
    assert actions(world, ref)["sequence"] == "done"
    (run,) = world.instance.get_runs()
    assert run.status is dg.DagsterRunStatus.FAILURE
    failures = {
        event.dagster_event.step_key: event.dagster_event.step_failure_data.error.message
        for event in world.instance.all_logs(run.run_id)
        if event.dagster_event
        and event.dagster_event.event_type is dg.DagsterEventType.STEP_FAILURE
        and event.dagster_event.step_failure_data.error
    }
    assert set(failures) == {"nurture.finish"}, "every action has had its turn"
    told = failures["nurture.finish"]
    assert ref in told and "Choose another one" in told and f"leads replay {ref}" in told
    world.ledger.by_hand.replay([ref])
    world.run()
    assert world.lead(ref).status == "done"


def test_an_action_that_failed_keeps_the_chat_line_back_no_longer(
    world: World, priority_lead: Payload, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody heard of a hot lead at all when one of its actions failed."""

    async def full(_: DiskFolders, *_arguments: object, **_named: object) -> None:
        raise PermanentServiceError("folders", "the disk is full.", "Make room.")

    with monkeypatch.context() as disk:
        disk.setattr(DiskFolders, "make_folder", full)
        (ref,) = world.submit(priority_lead)
        world.run()
    assert (actions(world, ref)["folder"], actions(world, ref)["chat"]) == ("failed", "done")
    (line,) = (world.home / "chat.log").read_text().splitlines()
    assert "FAILED: folder" in line and "Draft waits" in line
    world.ledger.by_hand.replay([ref])
    world.run()
    assert world.lead(ref).status == "done"
    _, news = (world.home / "chat.log").read_text().splitlines()
    assert "folder made" in news, "and one line when that has changed"


def test_a_lead_that_is_tried_again_goes_on_where_it_stopped(
    world: World, flaky_chat: Script, nurture_lead: Payload
) -> None:
    (ref,) = world.submit(nurture_lead)
    flaky_chat.failures = [permanent()]
    world.run()
    assert world.lead(ref).status == "needs_person"
    assert world.ledger.by_hand.retry([ref]) == (ref,)
    world.run()
    assert (world.lead(ref).status, actions(world, ref)["chat"]) == ("done", "done")
    story = world.ledger.stories.tell(ref)
    assert len(story.decisions) == 1, "nothing is decided anew"
    assert [event.event for event in story.events].count("crm_contact done") == 1


def test_in_company_a_lead_that_needs_a_person_fails_no_run(
    world: World, flaky_chat: Script, nurture_lead: Payload
) -> None:
    payloads = [nurture_lead | {"id": f"n{i}", "email": f"p{i}@rees-studio.example"} for i in range(4)]
    refs = world.submit(*payloads)
    flaky_chat.failures, flaky_chat.only_ref = [permanent()], refs[1]
    world.run()
    assert [world.lead(ref).status for ref in refs] == ["done", "needs_person", "done", "done"]
    (run,) = world.instance.get_runs()
    assert run.status is dg.DagsterRunStatus.SUCCESS


def test_the_log_of_a_run_has_the_kind_of_an_unexpected_error_and_not_its_words(
    world: World, flaky_chat: Script, nurture_lead: Payload, caplog: pytest.LogCaptureFixture
) -> None:
    (ref,) = world.submit(nurture_lead)
    flaky_chat.failures = [RuntimeError("could not write to tom@rees-studio.example") for _ in range(3)]
    world.run()
    told = json.dumps(
        [str(event) for run in world.instance.get_runs() for event in world.instance.all_logs(run.run_id)]
    )
    assert "an unexpected RuntimeError" in told
    assert "rees-studio" not in told
    assert "an unexpected RuntimeError" in str(world.ledger.stories.tell(ref).events)
    assert "in post\n" in caplog.text, "the stack is there"
    assert "rees-studio" not in caplog.text


def test_a_step_that_meets_the_unexpected_shows_where_and_not_what_a_person_wrote(
    world: World, nurture_lead: Payload, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ref,) = world.submit(nurture_lead)

    unexpected = RuntimeError("no idea what tom@rees-studio.example means")

    def fault(*_: object) -> None:
        raise unexpected

    monkeypatch.setattr(decision_ops, "route_lead", fault)
    world.run()
    lead = world.lead(ref)
    assert lead.status == "needs_person", "after its own few tries"
    assert "It happened 3 times" in lead.explanation
    runs = world.instance.get_runs()
    assert [run.status for run in reversed(runs)] == [
        dg.DagsterRunStatus.SUCCESS,
        dg.DagsterRunStatus.SUCCESS,
        dg.DagsterRunStatus.FAILURE,
    ]
    told = json.dumps([str(event) for run in runs for event in world.instance.all_logs(run.run_id)])
    assert "an unexpected RuntimeError" in told
    assert told.count("in fault\\") >= 3, "the stack is there, each time"
    assert "rees-studio" not in told
