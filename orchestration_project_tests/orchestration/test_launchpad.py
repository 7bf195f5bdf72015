"""A person starts a run in the Dagster UI's Launchpad: what may be asked for, and what is refused."""

from typing import Any

import dagster as dg
import pytest

from orchestration_project.intake import take_in_history
from orchestration_project.model import Delivery, Ref
from orchestration_project_tests.orchestration.conftest import World

Payload = dict[str, Any]
OLD = b'{"id": "2025", "name": "Ana Reed", "email": "ana@reed.example", "message": "Payroll for 9?"}'


def launch(world: World, **config: object) -> dg.ExecuteInProcessResult:
    return (
        world.definitions()
        .get_job_def("lead_intake")
        .execute_in_process(
            run_config={
                "ops": {"data": {"ops": {"receive": {"config": config}}}},
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            },
            instance=world.instance,
            raise_on_error=False,
        )
    )


def why(result: dg.ExecuteInProcessResult) -> str:
    (failure,) = result.filter_events(lambda event: event.event_type is dg.DagsterEventType.STEP_FAILURE)
    data = failure.step_failure_data.user_failure_data
    assert data is not None and data.description is not None
    return data.description


@pytest.fixture
def imported(world: World) -> Ref:
    (ref,) = take_in_history(
        world.ledger, world.playbook(), "old crm", [Delivery(external_id="2025", raw=OLD)]
    )
    return ref


def test_a_run_without_a_lead_is_refused(world: World) -> None:
    result = launch(world, refs=[])
    assert not result.success
    assert why(result) == "No lead is named. Write refs as `leads list` shows them."


def test_a_run_with_a_lead_that_nobody_knows_takes_none(world: World, priority_lead: Payload) -> None:
    (ref,) = world.submit(priority_lead)
    result = launch(world, refs=[ref, "L-NOBODY"])
    assert why(result) == "No lead is called L-NOBODY. `leads list` shows the refs."
    assert world.lead(ref).status == "received"
    assert world.files() == set()


def test_history_is_not_acted_on_without_a_word(world: World, imported: Ref) -> None:
    result = launch(world, refs=[imported])
    assert "`imported: true`" in why(result)
    assert world.lead(imported).status == "imported"
    assert world.files() == set()


def test_history_is_acted_on_when_the_word_stands_there(world: World, imported: Ref) -> None:
    assert launch(world, refs=[imported], imported=True).success
    assert world.lead(imported).status == "done"


def test_a_lead_that_is_done_is_gone_through_again_and_nothing_is_done_twice(
    world: World, priority_lead: Payload
) -> None:
    (ref,) = world.submit(priority_lead)
    world.run()
    before = world.files()
    assert launch(world, refs=[ref]).success
    assert world.lead(ref).status == "done"
    assert world.files() == before
