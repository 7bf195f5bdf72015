"""The dispatcher as a sensor, with its resources: what it starts, and in which words a tick of it fails.

How a tick waits and what it hands out is `test_dispatcher.py`.
"""

import traceback

import dagster as dg
import pytest

from orchestration_project.model import Ref
from orchestration_project.orchestration.dispatch import Dispatcher
from orchestration_project.orchestration.ticks import TickFailed
from orchestration_project_tests.orchestration.conftest import World


def evaluate(world: World) -> dg.SensorResult:
    definitions = world.definitions()
    with (
        world.surroundings(),
        dg.build_sensor_context(
            instance=world.instance, resources=definitions.resources, sensor_name="dispatcher"
        ) as context,
    ):
        answer = definitions.resolve_sensor_def("dispatcher")(context)
    assert isinstance(answer, dg.SensorResult)
    return answer


def test_the_dispatcher_starts_a_run_for_a_lead_that_is_there(world: World) -> None:
    (ref,) = world.submit({"id": "1", "email": "maeve@harbour-joinery.example"})
    assert [
        request.run_config["ops"]["data"]["ops"]["receive"]["config"]["refs"]
        for request in evaluate(world).run_requests or []
    ] == [[ref]]


def test_broken_rules_fail_the_tick_in_words(world: World) -> None:
    world.submit({"id": "1", "email": "maeve@harbour-joinery.example"})
    definitions = world.definitions()  # those of a code server that has loaded the rules before
    world.edit_playbook("playbook.yaml", "autonomy: draft", "autonomy: everything")
    with (
        world.surroundings(),
        dg.build_sensor_context(
            instance=world.instance, resources=definitions.resources, sensor_name="dispatcher"
        ) as context,
        pytest.raises(TickFailed, match=r"(?s)^No runs are started: .*playbook\.yaml") as caught,
    ):
        definitions.resolve_sensor_def("dispatcher")(context)
    assert "Traceback" not in "".join(traceback.format_exception(caught.value)[1:]), "no other is behind it"
    assert world.ledger.stories.count() == {"received": 1}


def test_what_a_person_wrote_is_in_no_part_of_a_failed_tick(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    quoted = KeyError("Maeve O'Brien")

    def keep_going(_: Dispatcher) -> tuple[Ref, ...]:
        raise quoted

    monkeypatch.setattr(Dispatcher, "keep_going", keep_going)
    world.submit({"id": "1", "email": "maeve@harbour-joinery.example"})
    with pytest.raises(TickFailed, match="an unexpected KeyError") as caught:
        evaluate(world)
    shown = "\n".join(traceback.format_exception(caught.value))  # as dagster does
    assert "Maeve" not in shown
    assert "in keep_going\n" in shown
