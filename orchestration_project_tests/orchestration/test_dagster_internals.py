"""What we use of Dagster's private parts is as we expect it; where a new version changes it, this fails."""

import asyncio
import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import dagster as dg
import pytest
from dagster._daemon import controller, freshness
from dagster._grpc import server_watcher
from dagster_postgres import PostgresEventLogStorage, PostgresRunStorage, PostgresScheduleStorage

from orchestration_project.installation import WORKING_COPY
from orchestration_project.orchestration import dagster_internals as internals
from orchestration_project.orchestration import own_records

PRIVATE = re.compile(r"^\s*(from|import)\s+dagster(_\w+)?\.(\w+\.)*_", re.MULTILINE)
CALLED: list[tuple[Callable[..., Any], set[str]]] = [
    (dg.Executor.execute, {"plan_context", "execution_plan"}),
    (internals.ExecuteRunWithPlanIterable, {"execution_plan", "iterator", "execution_context_manager"}),
    (
        internals.PlanExecutionContextManager,
        {
            "job",
            "retry_mode",
            "execution_plan",
            "run_config",
            "dagster_run",
            "instance",
            "raise_on_error",
            "output_capture",
            "step_dependency_config",
        },
    ),
    (internals.InstanceConcurrencyContext, {"instance", "dagster_run"}),
    (internals.LocalComputeLogManager, {"base_dir", "inst_data"}),
    (internals.LocalComputeLogManager.capture_logs, {"log_key"}),
    (internals.LocalComputeLogManager.complete_artifact_path, {"log_key"}),
    (internals.LocalComputeLogManager.get_captured_local_path, {"log_key", "extension"}),
    (internals.CapturedLogContext, {"log_key"}),
    (internals.LocalArtifactStorage, {"base_dir", "inst_data"}),
    (internals.InstanceConcurrencyContext.free_step, {"step_key"}),
    (
        internals.ExecutionPlan.start,
        {"retry_mode", "max_concurrent", "instance_concurrency_context", "step_dependency_config"},
    ),
    (internals.ActiveExecution.get_steps_to_execute, set()),
    (internals.ActiveExecution.get_known_state, set()),
    (internals.ActiveExecution.sleep_interval, set()),
    (internals.ActiveExecution.handle_event, {"dagster_event"}),
    (internals.ActiveExecution.plan_events_iterator, {"job_context"}),
    (internals.ActiveExecution.concurrency_event_iterator, {"plan_context"}),
    (internals.ActiveExecution.verify_complete, {"job_context", "step_key"}),
    (internals.PlanExecutionContext.for_step, {"step", "known_state"}),
    (internals.EngineEventData.in_process, {"pid", "step_keys_to_execute"}),
    (internals.raise_execution_interrupts, set()),
    (internals.create_compute_log_file_key, set()),
    (internals.dagster_event_sequence_for_step, {"step_context"}),
    (
        internals.core_execute_run,
        {"recon_job", "dagster_run", "instance", "inject_env_vars", "resume_from_failure"},
    ),
    (internals.recon_job_from_origin, {"origin"}),
    (internals.LaunchRunContext, {"dagster_run", "workspace"}),
    (internals.CheckRunHealthResult, {"status", "msg"}),
    (internals._trigger_hook, {"step_context", "step_event_list"}),
    (internals._handle_compute_log_setup_error, {"context", "exc_info"}),
    (internals._handle_compute_log_teardown_error, {"context", "exc_info"}),
]


@pytest.mark.parametrize(("called", "given"), CALLED, ids=lambda part: getattr(part, "__qualname__", ""))
def test_it_takes_what_we_give_it_and_needs_nothing_else(called: Callable[..., Any], given: set[str]) -> None:
    taken = dict(inspect.signature(called).parameters)
    taken.pop("self", None)
    assert given <= set(taken)
    needed = {name for name, parameter in taken.items() if parameter.default is parameter.empty}
    assert needed <= given


@pytest.mark.parametrize(
    ("owner", "read"),
    [
        (internals.ActiveExecution, {"is_complete"}),
        (internals.RetryMode, {"ENABLED"}),
        (internals.StepExecutionContext, {"step", "event_loop"}),
        (internals.PlanExecutionContext, {"instance", "dagster_run", "run_id", "retry_mode"}),
        (internals.PlanOrchestrationContext, {"job", "retry_mode", "run_config", "raise_on_error"}),
        (internals.PlanOrchestrationContext, {"dagster_run", "instance", "output_capture"}),
        (
            internals.SqlScheduleStorage,
            {"_has_instigators_table", "has_instigators_table", "has_built_index"},
        ),
        (
            PostgresRunStorage,
            {"has_run_stats_index_cols", "has_bulk_actions_selector_cols", "has_backfill_id_column"},
        ),
        (internals.SerializableErrorInfo, {"message", "cause", "cls_name", "to_string"}),
    ],
)
def test_it_has_what_we_read(owner: type, read: set[str]) -> None:
    assert read <= set(dir(owner))


def test_a_step_takes_the_loop_it_is_given() -> None:
    step = object.__new__(internals.StepExecutionContext)
    loop = asyncio.new_event_loop()
    internals.give_own_loop(step, loop)
    assert step.event_loop is loop
    loop.close()


def test_no_other_module_imports_private_parts() -> None:
    own = Path(internals.__file__)
    # they let Dagster's own daemon and commands look at our dagster.yaml
    looking = (
        *("test_dagster_settings.py", "test_own_records.py", "test_coordinator.py", "test_dagster_side.py"),
        *("test_housekeeping.py", "quick_dagster.py", "small_for_years.py"),
        *("dagster_daemon.py", Path(__file__).name),
    )
    assert PRIVATE.search(own.read_text(encoding="utf-8"))
    for folder in ("orchestration_project", "orchestration_project_tests", "benchmarks"):
        for path in (WORKING_COPY / folder).rglob("*.py"):
            found = PRIVATE.search(path.read_text(encoding="utf-8"))
            assert path == own or path.name in looking or found is None, f"{path.name}: {found}"


def test_dagster_tells_by_the_tables_that_we_ask_for_whether_it_has_to_make_any() -> None:
    asked = {
        name
        for storage in (PostgresRunStorage, PostgresEventLogStorage, PostgresScheduleStorage)
        for name in re.findall(r'"(\w+)" not in table_names', inspect.getsource(storage))
    }
    assert asked == {*own_records.TABLES, "schedules"}, "which were called so before they were `jobs`"


def test_the_daemon_goes_by_the_interval_that_we_set() -> None:
    from dagster._daemon import sensor

    assert "MIN_INTERVAL_LOOP_TIME - loop_duration" in inspect.getsource(sensor.execute_sensor_iteration_loop)


def test_the_commands_are_called_as_we_know_them() -> None:
    from dagster._cli.dev import dev_command
    from dagster._cli.utils import get_possibly_temporary_instance_for_cli as opened_in_a_command
    from dagster._daemon.cli import liveness_check_command, run_command
    from dagster_dg_cli.cli.dev import dev_command as dg_dev_command
    from dagster_webserver.cli import dagster_webserver

    commands = (dev_command, dg_dev_command, run_command, dagster_webserver, liveness_check_command)
    named = [internals.command_of(click.Context(command)) for command in commands]
    assert named == ["dev", "dev", "daemon", "webserver", None]
    assert "instance_ref" in inspect.signature(opened_in_a_command).parameters


def test_dagster_dev_marks_its_children_and_starts_code_servers_as_we_know_them() -> None:
    from dagster._cli import dev
    from dagster._grpc.constants import GrpcServerCommand

    assert f'os.environ["{internals.STARTED_BY_DEV}"] = "1"' in inspect.getsource(dev)
    assert internals.CODE_SERVER in GrpcServerCommand.CODE_SERVER_START.server_command


def test_a_code_server_is_asked_less_often_and_given_up_as_late_as_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    watch = inspect.signature(server_watcher.watch_grpc_server_thread).parameters
    assert watch["watch_interval"].default is None, "the module's then holds"
    monkeypatch.setattr(server_watcher, "WATCH_INTERVAL", 1)
    monkeypatch.setattr(server_watcher, "MAX_RECONNECT_ATTEMPTS", 10)
    internals.look_at_code_every(5.0)
    assert (server_watcher.WATCH_INTERVAL, server_watcher.MAX_RECONNECT_ATTEMPTS) == (5.0, 2)


def test_all_code_is_loaded_again_less_often_and_a_failure_is_borne_with_as_long_as_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert "RELOAD_WORKSPACE_INTERVAL" in inspect.getsource(controller.DagsterDaemonController)
    monkeypatch.setattr(controller, "RELOAD_WORKSPACE_INTERVAL", 60)
    monkeypatch.setattr(controller, "DEFAULT_WORKSPACE_FRESHNESS_TOLERANCE", 300)
    internals.load_code_again_every(600.0)
    assert controller.RELOAD_WORKSPACE_INTERVAL == 600
    assert controller.DEFAULT_WORKSPACE_FRESHNESS_TOLERANCE == 600 + 240


def test_freshness_is_looked_at_as_often_as_its_variable_says() -> None:
    assert "FRESHNESS_DAEMON_INTERVAL_SECONDS" in inspect.getsource(freshness)
