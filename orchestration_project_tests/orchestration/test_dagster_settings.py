"""What `dagster.yaml` asks of Dagster's daemon, carried out by the daemon's own code."""

import logging
import shutil
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import pytest
import sqlalchemy
from dagster._daemon.monitoring import concurrency, run_monitoring
from dagster._time import get_current_datetime

from orchestration_project.installation import WORKING_COPY


@dg.op
def nothing() -> None:
    """Stands for a run's work."""


@dg.job
def run_of_ours() -> None:
    nothing()


@pytest.fixture
def instance(
    tmp_path: Path, database_with_records: sqlalchemy.Engine, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dg.DagsterInstance]:
    shutil.copyfile(WORKING_COPY / "dagster.yaml", tmp_path / "dagster.yaml")
    monkeypatch.setenv("LEADS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LEADS_DATABASE_URL", database_with_records.url.render_as_string(hide_password=False))
    with dg.DagsterInstance.from_config(str(tmp_path)) as opened:
        yield opened


def carry_out(iteration: Callable[..., Iterable[object]], instance: dg.DagsterInstance) -> None:
    """What the daemon does each `poll_interval_seconds`."""
    context = SimpleNamespace(instance=instance)
    context.create_request_context = lambda: context
    assert [error for error in iteration(context, logging.getLogger()) if error is not None] == []


def later(monkeypatch: pytest.MonkeyPatch, **time: float) -> None:
    then = get_current_datetime() + timedelta(**time)
    monkeypatch.setattr(concurrency, "get_current_datetime", lambda: then)
    monkeypatch.setattr(run_monitoring, "get_current_timestamp", then.timestamp)


def test_a_run_that_was_killed_gives_its_place_in_a_pool_back_within_a_minute(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = instance.event_log_storage
    storage.set_concurrency_slots("crm", 1)
    run = instance.create_run_for_job(run_of_ours, status=dg.DagsterRunStatus.STARTED)
    assert storage.claim_concurrency_slot("crm", run.run_id, "step").is_claimed
    instance.report_run_failed(run, "The run's process died.")
    carry_out(concurrency.execute_concurrency_slots_iteration, instance)
    assert storage.get_concurrency_info("crm").claimed_slots, "its process may be ending still"
    later(monkeypatch, seconds=60 - instance.run_monitoring_poll_interval_seconds)
    carry_out(concurrency.execute_concurrency_slots_iteration, instance)
    assert storage.get_concurrency_info("crm").claimed_slots == []


@pytest.mark.parametrize(("minutes", "status"), [(4, "STARTED"), (6, "FAILURE")])
def test_a_run_that_hangs_is_ended_after_the_time_on_its_tag(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch, minutes: int, status: str
) -> None:
    run = instance.create_run_for_job(run_of_ours, tags={"dagster/max_runtime": "300"})
    instance.report_dagster_event(
        dg.DagsterEvent(event_type_value=dg.DagsterEventType.RUN_START.value, job_name=run.job_name),
        run.run_id,
    )
    later(monkeypatch, minutes=minutes)
    carry_out(run_monitoring.execute_run_monitoring_iteration, instance)
    ended = instance.get_run_by_id(run.run_id)
    assert ended is not None
    assert ended.status.value == status
