"""A run that failed is executed again, as the Dagster UI does it: from where it failed, or as a whole."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from orchestration_project.connectors.crm.local import LocalCrm
from orchestration_project.definitions import build_definitions
from orchestration_project.errors import PermanentServiceError
from orchestration_project.ledger import open_ledger
from orchestration_project.offer import capabilities
from orchestration_project.playbook.load import load_playbook
from orchestration_project.process import myself
from orchestration_project_tests.fakes.flaky import Script, permanent
from orchestration_project_tests.orchestration.conftest import World

Payload = dict[str, Any]
SPAM = {"name": "Test Test", "email": "test@test.example", "message": "test"}


def rebuilt_job(database_url: str, home: str, playbook: str) -> dg.JobDefinition:
    """What another process would make of the same installation."""
    definitions = build_definitions(
        playbook=load_playbook(Path(playbook), capabilities()), database_url=database_url, home=home
    )
    return definitions.resolve_job_def("lead_intake")


def execute_again(
    world: World, failed: str, *, steps: Sequence[str] | None = None, all_steps: bool = False
) -> dg.JobExecutionResult:
    """From the failure on; or these steps; or all of them."""
    job = dg.build_reconstructable_job(
        __name__,
        rebuilt_job.__name__,
        reconstructable_kwargs={
            "database_url": world.database_url,
            "home": str(world.home),
            "playbook": str(world.playbook_folder),
        },
    )
    if all_steps or steps:
        options = dg.ReexecutionOptions(parent_run_id=failed, step_selection=steps or ())
    else:
        options = dg.ReexecutionOptions.from_failure(failed, world.instance)
    record = world.instance.get_run_by_id(failed)
    assert record is not None
    run_config = record.run_config if all_steps or steps else None
    with dg.execute_job(
        job, instance=world.instance, reexecution_options=options, run_config=run_config
    ) as result:
        return result


def begun(world: World, run_id: str) -> set[str | None]:
    """The steps that the run has begun."""
    return {
        entry.dagster_event.step_key
        for entry in world.instance.all_logs(run_id)
        if entry.dagster_event and entry.dagster_event.event_type is dg.DagsterEventType.STEP_START
    }


def failed_run(world: World) -> str:
    """The newest one."""
    run = world.instance.get_runs()[0]
    assert run.status is dg.DagsterRunStatus.FAILURE
    return run.run_id


def told(world: World, run_id: str) -> list[str]:
    """What stands of that run in the stories of the leads."""
    return [
        event.event
        for lead in world.ledger.stories.list_leads()
        for event in world.ledger.stories.tell(lead.ref).events
        if event.run_id == run_id
    ]


def test_a_run_is_executed_again_from_the_step_that_failed(
    world: World, nurture_lead: Payload, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def forbidden(_: LocalCrm, _email: str) -> None:
        raise PermanentServiceError("local CRM", "the table is gone.", "Bring it back.")

    (ref,) = world.submit(nurture_lead)
    with monkeypatch.context() as crm:
        crm.setattr(LocalCrm, "find_contact", forbidden)
        world.run()
    first = failed_run(world)
    assert begun(world, first) == {"data.receive", "data.gather_context"}
    lead = world.lead(ref)
    assert lead.status == "needs_person"
    assert "re-execute from here" not in lead.explanation and "the table is gone" in lead.explanation

    result = execute_again(world, first)

    assert result.success
    assert "data.receive" not in begun(world, result.run_id)
    assert {"data.gather_context", "decision.score", "nurture.chat", "nurture.finish"} <= begun(
        world, result.run_id
    )
    assert world.lead(ref).status == "done"
    assert told(world, result.run_id)[0] == "run resumed" and told(world, result.run_id)[-1] == "done"


def test_a_lead_whose_track_is_closed_again_goes_on_by_itself(
    world: World, flaky_chat: Script, nurture_lead: Payload
) -> None:
    """An action that failed does not fail its step: it is the last one that says the lead needs a person,
    and what is executed again from there tries no action itself."""
    (ref,) = world.submit(nurture_lead)
    flaky_chat.failures = [permanent()]
    world.run()
    first = failed_run(world)
    assert {"data.receive", "decision.score", "nurture.crm_contact", "nurture.chat"} <= begun(world, first)
    before = world.ledger.stories.tell(ref)
    assert before.lead.status == "needs_person"

    result = execute_again(world, first)

    assert result.success
    assert begun(world, result.run_id) == {"nurture.finish"}
    assert told(world, result.run_id) == ["run resumed", "waiting"]
    assert world.lead(ref).status == "waiting"
    world.run(patience=0)  # at once
    after = world.ledger.stories.tell(ref)
    assert after.lead.status == "done"
    assert {line.status for line in after.lead.actions} == {"done", "skipped"}
    assert after.decisions == before.decisions
    assert flaky_chat.posted == [ref]


def test_how_long_it_waited_before_counts_no_more(
    world: World, flaky_chat: Script, nurture_lead: Payload
) -> None:
    """Else it would be given up at once: it has waited for days already."""
    (ref,) = world.submit(nurture_lead)
    flaky_chat.failures = [permanent()]
    world.run()
    world.sql("UPDATE leads.work SET waiting_since = now() - interval '4 days', tries = 40")
    execute_again(world, failed_run(world))
    world.run(patience=0)
    assert world.lead(ref).status == "done"


def test_what_failed_again_can_be_executed_again(
    world: World, flaky_chat: Script, nurture_lead: Payload
) -> None:
    (ref,) = world.submit(nurture_lead)
    flaky_chat.failures = [permanent(), permanent()]
    world.run()
    assert execute_again(world, failed_run(world)).success
    world.run()
    assert world.lead(ref).status == "needs_person"
    assert execute_again(world, failed_run(world)).success
    world.run()
    assert world.lead(ref).status == "done"
    assert flaky_chat.posted == [ref]


def test_chosen_steps_can_be_executed_again(world: World, flaky_chat: Script, nurture_lead: Payload) -> None:
    (ref,) = world.submit(nurture_lead)
    flaky_chat.failures = [permanent(), permanent()]
    world.run()
    steps = ["nurture.chat", "nurture.finish"]
    second = execute_again(world, failed_run(world), steps=steps)
    assert not second.success, "it has been tried, so it says so"
    assert world.lead(ref).status == "needs_person"
    third = execute_again(world, second.run_id, steps=steps)
    assert third.success
    assert begun(world, third.run_id) == set(steps)
    assert world.lead(ref).status == "done"
    assert flaky_chat.posted == [ref]


def test_a_run_can_be_executed_again_as_a_whole(
    world: World, flaky_chat: Script, nurture_lead: Payload
) -> None:
    (ref,) = world.submit(nurture_lead)
    flaky_chat.failures = [permanent(), permanent()]
    world.run()
    second = execute_again(world, failed_run(world), all_steps=True)
    assert not second.success, "it has been tried, so it says so"
    assert world.lead(ref).status == "needs_person"
    third = execute_again(world, second.run_id, all_steps=True)
    assert third.success
    assert "data.receive" in begun(world, third.run_id)
    assert world.lead(ref).status == "done"
    assert flaky_chat.posted == [ref]


def test_a_lead_that_another_run_has_meanwhile_is_left_to_it(
    world: World, flaky_chat: Script, nurture_lead: Payload
) -> None:
    (ref,) = world.submit(nurture_lead)
    flaky_chat.failures = [permanent()]
    world.run()
    first = failed_run(world)
    world.ledger.by_hand.replay([ref])
    another = open_ledger(world.ledger.engine, world.clock)
    (claim,) = another.claims.claim(max_leads=1, max_runs=1)
    assert [lead.ref for lead in another.claims.start(claim, "another run", myself())] == [ref]

    result = execute_again(world, first)

    another.close()
    assert result.success
    assert flaky_chat.posted == []
    assert world.lead(ref).status == "running"
    assert told(world, result.run_id) == []


def test_one_branch_executed_again_leaves_the_leads_of_the_others_alone(
    world: World, flaky_chat: Script, nurture_lead: Payload, priority_lead: Payload
) -> None:
    """From the last op of a track on, as the UI does it for a chosen step."""
    payloads = [{**nurture_lead, "id": f"n{i}", "email": f"n{i}@reed{i}.example"} for i in range(2)]
    payloads += [{**priority_lead, "id": f"p{i}", "email": f"p{i}@oak{i}.example"} for i in range(2)]
    refs = world.submit(*payloads)
    flaky_chat.failures = [permanent() for _ in refs]
    (first,) = world.run_once()
    assert {world.lead(ref).status for ref in refs} == {"needs_person"}

    result = execute_again(world, first, steps=["nurture.finish"])

    assert result.success
    assert told(world, result.run_id).count("run resumed") == 2
    assert [world.lead(ref).status for ref in refs] == ["waiting", "waiting", "needs_person", "needs_person"]


def test_two_branches_executed_again_in_one_run_each_take_their_own(
    world: World, flaky_chat: Script, nurture_lead: Payload, priority_lead: Payload
) -> None:
    refs = world.submit(
        *({**lead, "id": f"{i}"} for i, lead in enumerate((nurture_lead, priority_lead, SPAM, SPAM)))
    )
    flaky_chat.failures = [permanent(), permanent()]
    (first,) = world.run_once()

    result = execute_again(world, first, steps=["nurture.finish", "priority.finish"])

    assert result.success
    assert [world.lead(ref).status for ref in refs[:2]] == ["waiting", "waiting"]
