"""The code location while the playbook has a mistake: it says which, and leads go on once it is mended."""

from collections.abc import Iterator

import dagster as dg
import pytest

from orchestration_project import definitions
from orchestration_project.orchestration.graph import JOB
from orchestration_project.orchestration.ticks import TickFailed
from orchestration_project_tests.orchestration.conftest import World

LEAD = {"id": "1", "name": "Maeve O'Brien", "email": "maeve@harbour-joinery.example", "message": "Payroll?"}
MISTAKE = ("playbook.yaml", "\ntracks:\n", "\ntrackz:\n")


@pytest.fixture
def location(world: World) -> Iterator[dg.RepositoryDefinition]:
    """As Dagster loads it, with the mistake in it."""
    world.submit(LEAD)
    world.edit_playbook(*MISTAKE)
    with world.surroundings():
        loaded = definitions.defs()
        assert isinstance(loaded, dg.Definitions)
        yield loaded.get_repository_def()


def mend(world: World) -> None:
    file, right, wrong = MISTAKE
    world.edit_playbook(file, wrong, right)


def tick(world: World, location: dg.RepositoryDefinition) -> dg.SensorResult:
    (sensor,) = (each for each in location.sensor_defs if each.name == "dispatcher")
    with dg.build_sensor_context(
        instance=world.instance, resources=location.get_top_level_resources(), sensor_name=sensor.name
    ) as context:
        answer = sensor(context)
    assert isinstance(answer, dg.SensorResult)
    return answer


def test_it_loads_and_tells_the_mistake_where_somebody_looks(location: dg.RepositoryDefinition) -> None:
    assert [sensor.name for sensor in location.sensor_defs] == ["dispatcher", "watch"]
    assert "no key `trackz`" in (location.get_job(JOB).description or "")


def test_its_sensor_fails_with_the_mistake_and_no_lead_is_touched(
    world: World, location: dg.RepositoryDefinition
) -> None:
    with pytest.raises(TickFailed, match=r"(?s)No runs are started: .*no key `trackz`"):
        tick(world, location)
    assert world.ledger.stories.count() == {"received": 1}


def test_a_run_that_was_started_all_the_same_says_it_and_takes_no_lead(
    world: World, location: dg.RepositoryDefinition
) -> None:
    (lead,) = world.ledger.stories.list_leads()
    result = location.get_job(JOB).execute_in_process(
        run_config={"ops": {"data": {"ops": {"receive": {"config": {"refs": [lead.ref]}}}}}},
        instance=world.instance,
        raise_on_error=False,
    )
    assert not result.success
    assert world.lead(lead.ref).status == "received"


def test_once_it_is_mended_leads_go_on_before_anybody_has_loaded_it_anew(
    world: World, location: dg.RepositoryDefinition
) -> None:
    mend(world)
    (request,) = tick(world, location).run_requests or []
    known = dg.validate_run_config(location.get_job(JOB), request.run_config)
    assert known, "the daemon checks it against the job that it knows"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("orchestration_project.orchestration.dispatcher.TICK_SECONDS", 0.0)
        with pytest.raises(TickFailed, match=r"whole again, .*reload the code location `leads`"):
            tick(world, location)


def test_loaded_anew_it_is_whole(world: World, location: dg.RepositoryDefinition) -> None:
    mend(world)
    again = definitions.defs()
    assert isinstance(again, dg.Definitions)
    names = {sensor.name for sensor in again.get_repository_def().sensor_defs}
    assert names >= {
        "dispatcher",
        "inbox_submissions",
        "crm_contacts",
        "follow_up",
        "ledger_changes",
        "watch",
    }
