"""What only Dagster knows, made to happen in an instance of its own: failing ticks, dead runs and checks."""

import inspect
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.remote_origin import (
    RegisteredCodeLocationOrigin,
    RemoteInstigatorOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.scheduler.instigation import (
    InstigatorState,
    InstigatorStatus,
    SensorInstigatorData,
    TickData,
    TickStatus,
)
from dagster._core.storage.dagster_run import DagsterRunStatus
from dagster._core.test_utils import create_run_for_test
from dagster._daemon.types import DaemonHeartbeat
from dagster._grpc.client import DagsterGrpcClient
from dagster_shared.error import SerializableErrorInfo

from orchestration_project.ledger import Ledger
from orchestration_project.ledger.connections import ConnectionState
from orchestration_project.watch.causes import dagster_side
from orchestration_project.watch.causes.base import Memory, Seen
from orchestration_project_tests.watch.conftest import Watching


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    # one in memory keeps no ticks
    with dg.DagsterInstance.local_temp(str(tmp_path), overrides={"telemetry": {"enabled": False}}) as opened:
        yield opened


@pytest.fixture
def seen(watching: Watching, instance: dg.DagsterInstance) -> Seen:
    found = watching()
    found.instance = instance
    found.now = datetime.now(UTC)  # Dagster keeps its own time
    return found


def sensor(instance: dg.DagsterInstance, name: str = "dispatcher") -> InstigatorState:
    origin = RemoteInstigatorOrigin(
        RemoteRepositoryOrigin(RegisteredCodeLocationOrigin("leads"), "__repository__"), name
    )
    state = InstigatorState(origin, InstigatorType.SENSOR, InstigatorStatus.RUNNING, SensorInstigatorData())
    instance.add_instigator_state(state)
    return state


def tick(
    instance: dg.DagsterInstance,
    state: InstigatorState,
    status: TickStatus,
    *,
    ago: float = 0.0,
    cls_name: str = "TickFailed",
    said: str = "orchestration.TickFailed: No runs are started: line 4 is wrong.",
    cause: str = "",
) -> None:
    below = SerializableErrorInfo(cause, [], cause) if cause else None
    error = SerializableErrorInfo(said, [], cls_name, below) if status == TickStatus.FAILURE else None
    at = time.time() - ago
    instance.create_tick(
        TickData(
            instigator_origin_id=state.instigator_origin_id,
            instigator_name=state.instigator_name,
            instigator_type=InstigatorType.SENSOR,
            status=status,
            timestamp=at,
            end_timestamp=at,
            selector_id=state.selector_id,
            error=error,
        )
    )


def test_a_tick_that_fails_is_told_with_its_words_and_how_often(
    instance: dg.DagsterInstance, seen: Seen
) -> None:
    state = sensor(instance)
    for ago in (90, 60, 30):
        tick(instance, state, TickStatus.FAILURE, ago=ago)
    (trouble,) = dagster_side.ticks(seen)
    assert (trouble.subject, trouble.severity, trouble.times) == ("dispatcher", "urgent", 3)
    assert trouble.said == "No runs are started: line 4 is wrong."
    tick(instance, state, TickStatus.SKIPPED)
    # the first is told although the next one went well
    assert [found.severity for found in dagster_side.ticks(seen)] == ["warning"]
    seen.now += timedelta(minutes=3)
    assert list(dagster_side.ticks(seen)) == []


def test_a_tick_that_was_cut_off_has_not_failed(instance: dg.DagsterInstance, seen: Seen) -> None:
    state = sensor(instance)
    for kind in dagster_side.INTERRUPTED:
        tick(instance, state, TickStatus.FAILURE, cls_name=kind, said=kind)
        tick(instance, state, TickStatus.FAILURE, cls_name=kind, said=kind, cause="_InactiveRpcError")
    assert list(dagster_side.ticks(seen)) == []


def test_a_sensor_that_never_ends_in_time_is_told_and_a_code_server_that_was_away_is_not(
    instance: dg.DagsterInstance, seen: Seen
) -> None:
    state, kind = sensor(instance), dagster_side.UNREACHABLE
    for _ in range(dagster_side.SLOW):
        assert list(dagster_side.ticks(seen)) == []
        said = f"The sensor tick {dagster_side.TIMED_OUT} than 60 seconds to execute the sensor function."
        tick(instance, state, TickStatus.FAILURE, cls_name=kind, said=said, cause="_InactiveRpcError")
    seen.memory = Memory(looked={"tick": seen.now - timedelta(seconds=30)})
    (trouble,) = dagster_side.ticks(seen)
    assert (trouble.subject, trouble.said) == (
        "dispatcher",
        "It takes longer than Dagster waits for a tick.",
    )
    seen.memory = Memory(looked={"tick": seen.now - timedelta(minutes=5)})
    assert list(dagster_side.ticks(seen)) == [], "the watch did not look either"


def test_a_source_that_is_away_is_told_as_a_connection_and_not_again_as_a_sensor(
    instance: dg.DagsterInstance, seen: Seen
) -> None:
    tick(instance, sensor(instance, "typeform_submissions"), TickStatus.FAILURE)
    assert [trouble.subject for trouble in dagster_side.ticks(seen)] == ["typeform_submissions"]
    name = "form_source typeform"
    seen.connections[name] = ConnectionState(name=name, state="open")
    assert list(dagster_side.ticks(seen)) == []
    # well again, its failures of a moment ago are no news of their own
    seen.connections[name] = ConnectionState(name=name, closed_at=seen.now + timedelta(seconds=1))
    assert list(dagster_side.ticks(seen)) == []
    seen.connections[name] = ConnectionState(name=name, closed_at=seen.now - timedelta(minutes=1))
    assert [trouble.subject for trouble in dagster_side.ticks(seen)] == ["typeform_submissions"]


def test_of_an_exception_that_is_not_ours_only_the_kind_is_told(
    instance: dg.DagsterInstance, seen: Seen
) -> None:
    tick(
        instance,
        sensor(instance),
        TickStatus.FAILURE,
        cls_name="KeyError",
        said="KeyError: 'maeve@x.example'",
    )
    (trouble,) = dagster_side.ticks(seen)
    assert trouble.said.startswith("KeyError. Its page")


def dead_run(instance: dg.DagsterInstance, job: str, **tags: str) -> str:
    run = create_run_for_test(instance, job_name=job, status=DagsterRunStatus.FAILURE, tags=tags)
    return run.run_id


def test_a_run_that_failed_is_told_once_until_one_goes_well(instance: dg.DagsterInstance, seen: Seen) -> None:
    dead_run(instance, "follow_up")
    dead_run(instance, "follow_up", **{dagster_side.RETRY_TAG: "1"})
    (trouble,) = dagster_side.runs(seen)
    assert (trouble.subject, trouble.times, trouble.said) == (
        "follow_up",
        2,
        "The process of the run has died.",
    )
    create_run_for_test(instance, job_name="follow_up", status=DagsterRunStatus.SUCCESS)
    assert list(dagster_side.runs(seen)) == []


def test_a_live_run_that_dies_is_told_of_only_when_several_do(
    instance: dg.DagsterInstance, seen: Seen
) -> None:
    for number in range(3):
        assert list(dagster_side.runs(seen)) == [], number
        dead_run(instance, "lead_intake")
    (trouble,) = dagster_side.runs(seen)
    assert trouble.severity == "urgent"


def test_a_live_run_whose_lead_needs_a_person_is_told_as_that_lead(
    instance: dg.DagsterInstance, seen: Seen, ledger: Ledger
) -> None:
    runs = [dead_run(instance, "lead_intake") for _ in range(3)]
    from orchestration_project_tests.ledger.leads import carry, submit

    for run_id, ref in zip(runs, submit(ledger, 3), strict=True):
        (lead,) = carry(ledger, ref, run_id=run_id)
        ledger.outcomes.needs_person(lead, "task: refused.", run_id)
    assert list(dagster_side.runs(seen)) == []


def heard(instance: dg.DagsterInstance, seen: Seen, ago: float, *parts: str) -> None:
    at = (seen.now - timedelta(seconds=ago)).timestamp()
    for part in parts or [*instance.get_daemon_statuses()]:
        instance.add_daemon_heartbeat(DaemonHeartbeat(at, part, "id"))


def test_a_part_of_the_daemon_that_has_stopped_is_told_with_its_name_and_until_it_is_back(
    instance: dg.DagsterInstance, seen: Seen
) -> None:
    assert list(dagster_side.daemons(seen)) == [], "on a new installation none has been heard yet"
    heard(instance, seen, 5)
    assert list(dagster_side.daemons(seen)) == []
    heard(instance, seen, 600, "SCHEDULER")
    (trouble,) = dagster_side.daemons(seen)
    assert (trouble.subject, trouble.severity) == ("scheduler", "urgent")
    assert trouble.what == "A part of Dagster's daemon has stopped: scheduler."
    assert seen.now - (trouble.since or seen.now) == timedelta(seconds=600)
    heard(instance, seen, 5, "SCHEDULER")
    assert list(dagster_side.daemons(seen)) == []


def test_dagster_tells_so_that_a_tick_was_not_ended_in_time() -> None:
    assert dagster_side.TIMED_OUT in inspect.getsource(DagsterGrpcClient.external_sensor_execution)
