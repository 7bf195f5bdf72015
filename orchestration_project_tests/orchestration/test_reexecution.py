"""A run that failed is executed again from the step that failed, as the Dagster UI does it."""

from pathlib import Path
from typing import Any

import dagster as dg

from orchestration_project.definitions import build_definitions
from orchestration_project.ledger import open_ledger
from orchestration_project.offer import capabilities
from orchestration_project.playbook.load import load_playbook
from orchestration_project_tests.fakes.flaky import Script, permanent
from orchestration_project_tests.orchestration.conftest import World

Payload = dict[str, Any]


def rebuilt_job(database_url: str, home: str, playbook: str) -> dg.JobDefinition:
    """What another process would make of the same installation."""
    definitions = build_definitions(
        playbook=load_playbook(Path(playbook), capabilities()), database_url=database_url, home=home
    )
    return definitions.resolve_job_def("lead_intake")


def execute_again(world: World, failed: str) -> dg.JobExecutionResult:
    job = dg.build_reconstructable_job(
        __name__,
        rebuilt_job.__name__,
        reconstructable_kwargs={
            "database_url": world.ledger.engine.url.render_as_string(hide_password=False),
            "home": str(world.home),
            "playbook": str(world.playbook_folder),
        },
    )
    with dg.execute_job(
        job,
        instance=world.instance,
        reexecution_options=dg.ReexecutionOptions.from_failure(failed, world.instance),
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
    (run,) = world.instance.get_runs()
    assert run.status is dg.DagsterRunStatus.FAILURE
    return run.run_id


def test_a_run_is_executed_again_from_the_step_that_failed(
    world: World, flaky_chat: Script, nurture_lead: Payload
) -> None:
    (ref,) = world.submit(nurture_lead)
    flaky_chat.failures = [permanent()]
    world.run()
    first = failed_run(world)
    assert {"data.receive", "decision.score", "nurture.crm_contact", "nurture.chat"} <= begun(world, first)
    before = world.ledger.stories.tell(ref)
    assert before.lead.status == "failed"

    result = execute_again(world, first)

    assert result.success
    assert begun(world, result.run_id) == {"nurture.chat", "nurture.finish"}
    after = world.ledger.stories.tell(ref)
    assert after.lead.status == "done"
    assert {line.status for line in after.lead.actions} == {"done", "skipped"}
    assert after.decisions == before.decisions
    assert flaky_chat.posted == [ref]
    told = [event.event for event in after.events if event.run_id == result.run_id]
    assert told == ["run resumed", "chat done", "done"]


def test_what_failed_again_can_be_executed_again_from_there(
    world: World, flaky_chat: Script, nurture_lead: Payload
) -> None:
    """The third run reads what the first handed on; the second has handed on nothing."""
    (ref,) = world.submit(nurture_lead)
    flaky_chat.failures = [permanent(), permanent()]
    world.run()
    second = execute_again(world, failed_run(world))
    assert not second.success
    assert world.lead(ref).status == "failed"
    third = execute_again(world, second.run_id)
    assert third.success
    assert begun(world, third.run_id) == {"nurture.chat", "nurture.finish"}
    assert world.lead(ref).status == "done"
    assert flaky_chat.posted == [ref]


def test_a_lead_that_another_run_has_meanwhile_is_left_to_it(
    world: World, flaky_chat: Script, nurture_lead: Payload
) -> None:
    (ref,) = world.submit(nurture_lead)
    flaky_chat.failures = [permanent()]
    world.run()
    first = failed_run(world)
    world.ledger.work.replay(ref, genuine=False)
    another = open_ledger(world.ledger.engine, world.ledger.work.clock)
    (claim,) = another.work.claim(max_leads=1, max_runs=1)
    assert another.work.start([ref], "another run", claim.batch) == (ref,)

    result = execute_again(world, first)

    another.close()
    assert result.success
    assert flaky_chat.posted == []
    assert world.lead(ref).status == "running"
    assert not [event for event in world.ledger.stories.tell(ref).events if event.run_id == result.run_id]
