"""A run of ours that would not have to wait in the queue is launched at once; all others wait as they do."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import click
import dagster as dg
import pytest
from dagster._core.remote_origin import (
    ManagedGrpcPythonEnvCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._daemon import sensor as sensor_daemon
from dagster._daemon.cli import run_command

from orchestration_project.orchestration.coordinator import SENSORS_SECONDS, Coordinator
from orchestration_project.orchestration.dagster_internals import SubmitRunContext
from orchestration_project.orchestration.recover import LEASE_TAG
from orchestration_project_tests.orchestration.launched import Noting, waiting

NO_WORKSPACE = cast(Any, None)  # the coordinator looks at none
ORIGIN = RemoteJobOrigin(
    RemoteRepositoryOrigin(
        ManagedGrpcPythonEnvCodeLocationOrigin(LoadableTargetOrigin(module_name=__name__)), "leads"
    ),
    waiting.name,
)


@dataclass
class Queue:
    """Of a daemon that may have two runs at once."""

    instance: dg.DagsterInstance

    def submit(self, **tags: str) -> dg.DagsterRunStatus:
        config = {"ops": {"wait": {"config": {"there": "nowhere"}}}}
        run = self.instance.create_run_for_job(
            waiting, run_config=config, tags=tags, remote_job_origin=ORIGIN
        )
        return self.instance.run_coordinator.submit_run(SubmitRunContext(run, NO_WORKSPACE)).status

    def submit_lead(self) -> dg.DagsterRunStatus:
        return self.submit(**{LEASE_TAG: "7"})


@pytest.fixture
def queue(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Queue]:
    monkeypatch.setattr(sensor_daemon, "MIN_INTERVAL_LOOP_TIME", 5)
    settings = {
        "run_coordinator": {"module": Coordinator.__module__, "class": "Coordinator"},
        "run_launcher": {"module": Noting.__module__, "class": "Noting"},
        "concurrency": {"runs": {"max_concurrent_runs": 2}},
    }
    with ExitStack() as stack:
        instance = stack.enter_context(dg.DagsterInstance.local_temp(str(tmp_path), overrides=settings))
        if getattr(request, "param", "daemon") == "daemon":
            stack.enter_context(click.Context(run_command))
        assert isinstance(instance.run_coordinator, Coordinator)
        yield Queue(instance)


STARTING, QUEUED = dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.QUEUED


def test_leads_are_launched_at_once_while_there_is_a_place(queue: Queue) -> None:
    assert [queue.submit_lead() for _ in range(4)] == [STARTING, STARTING, QUEUED, QUEUED]
    assert len(Noting.of(queue.instance).launched) == 2


def test_nobody_overtakes_the_queue_and_what_is_not_ours_waits_in_it(queue: Queue) -> None:
    assert queue.submit() is QUEUED
    assert queue.submit_lead() is QUEUED
    assert Noting.of(queue.instance).launched == []


@pytest.mark.parametrize("queue", ["webserver"], indirect=True)
def test_a_process_without_a_warm_parent_launches_nothing(queue: Queue) -> None:
    assert queue.submit_lead() is QUEUED
    assert sensor_daemon.MIN_INTERVAL_LOOP_TIME == 5


def test_a_daemon_looks_at_its_sensors_once_a_second(queue: Queue) -> None:
    assert sensor_daemon.MIN_INTERVAL_LOOP_TIME == SENSORS_SECONDS == 1.0
