"""What this project uses of Dagster's private parts, all of it, and what for. No other module imports them.

A new version of Dagster may change them without a word: test_dagster_internals.py notices.
"""

import os
import sys
from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any, Literal

import click
import sqlalchemy
from dagster import DagsterEvent, DagsterInstance

# a person's stop is a signal, which is held back until we wait within this
from dagster._core.errors import DagsterUserCodeProcessError, raise_execution_interrupts

# what the event of an executor says about itself
from dagster._core.events import EngineEventData

# opens a run's resources around its steps, and closes them
from dagster._core.execution.api import ExecuteRunWithPlanIterable

# where what is printed in a run is kept, and the event that says so
from dagster._core.execution.compute_logs import create_compute_log_file_key

# what an executor is handed, and what a step is run with
from dagster._core.execution.context.system import (
    PlanExecutionContext,
    PlanOrchestrationContext,
    StepExecutionContext,
)
from dagster._core.execution.context_creation_job import PlanExecutionContextManager

# which step may start, which is skipped, which is tried again
from dagster._core.execution.plan.active import ActiveExecution

# runs one step: its events, its retries, its failure; then the hooks that wait for it
from dagster._core.execution.plan.execute_plan import (
    _handle_compute_log_setup_error,  # pyright: ignore[reportPrivateUsage]
    _handle_compute_log_teardown_error,  # pyright: ignore[reportPrivateUsage]
    _trigger_hook,  # pyright: ignore[reportPrivateUsage]
    dagster_event_sequence_for_step,
)

# the slots of the pools
from dagster._core.execution.plan.instance_concurrency_context import InstanceConcurrencyContext
from dagster._core.execution.plan.plan import ExecutionPlan
from dagster._core.execution.plan.step import ExecutionStep
from dagster._core.execution.retries import RetryMode

# where an instance is, in words that another process can read
from dagster._core.instance import InstanceRef

# what a launcher is asked, and how it says whether a run's process lives
from dagster._core.launcher import LaunchRunContext, ResumeRunContext
from dagster._core.launcher.base import CheckRunHealthResult, WorkerStatus

# the queue of runs, which dagster.yaml names
from dagster._core.run_coordinator import QueuedRunCoordinator, SubmitRunContext

# what is handed out while the output of a run is kept
from dagster._core.storage.compute_log_manager import CapturedLogContext

# which runs take up a place
from dagster._core.storage.dagster_run import ACTIVE_RUN_STATUSES

# what runs print, in files; and the folder for what ops hand on in files
from dagster._core.storage.local_compute_log_manager import LocalComputeLogManager
from dagster._core.storage.root import LocalArtifactStorage

# where Dagster keeps sensors and their ticks
from dagster._core.storage.schedules import ScheduleStorage, SqlScheduleStorage

# how often the daemon loads all code anew; the loop over the sensors
from dagster._daemon import controller
from dagster._daemon import sensor as sensor_daemon

# how often a code server is asked whether it is still the same
from dagster._grpc import server_watcher

# executes a run, whatever started its process
from dagster._grpc.impl import core_execute_run

# what a launcher hands on
from dagster._grpc.types import ExecuteRunArgs, ResumeRunArgs

# what dagster.yaml says of a class; and words for what has to pass between processes
from dagster._serdes import ConfigurableClassData, deserialize_value, serialize_value, unpack_value

# what a storage answers to an op that wants a slot of a pool
from dagster._utils.concurrency import ConcurrencyClaimStatus
from dagster._utils.hosted_user_process import recon_job_from_origin

# a stop is noted, and raised where the run says that it may be
from dagster._utils.interrupts import capture_interrupts

# what of an exception comes from the code server to the daemon
from dagster_postgres import DagsterPostgresStorage
from dagster_shared.error import SerializableErrorInfo

__all__ = [
    "ACTIVE_RUN_STATUSES",
    "CODE_SERVER",
    "COMMANDS",
    "DAEMON",
    "OF_COMMANDS",
    "STARTED_BY_DEV",
    "ActiveExecution",
    "CapturedLogContext",
    "CheckRunHealthResult",
    "ConfigurableClassData",
    "EngineEventData",
    "ExecuteRunWithPlanIterable",
    "ExecutionPlan",
    "ExecutionStep",
    "InstanceConcurrencyContext",
    "LaunchRunContext",
    "LocalArtifactStorage",
    "LocalComputeLogManager",
    "PlanExecutionContext",
    "PlanExecutionContextManager",
    "PlanOrchestrationContext",
    "QueuedRunCoordinator",
    "ResumeRunContext",
    "RetryMode",
    "SerializableErrorInfo",
    "StepExecutionContext",
    "SubmitRunContext",
    "WorkerStatus",
    "capture_output",
    "command_of",
    "execute_run",
    "give_own_loop",
    "instance_in_words",
    "instance_of",
    "load_code_again_every",
    "look_at_code_every",
    "look_at_pools_every",
    "look_at_sensors_every",
    "on_reload",
    "raise_execution_interrupts",
    "release_output",
    "run_in",
    "share_connections",
    "step_events",
    "told_by_sensor",
]


COMMANDS: dict[tuple[str, str], Literal["dev", "daemon", "webserver"]] = {
    ("dagster._cli.dev", "dev"): "dev",
    ("dagster_dg_cli.cli.dev", "dev"): "dev",
    ("dagster._daemon.cli", "run"): "daemon",
    ("dagster_webserver.cli", "dagster-webserver"): "webserver",
}
DAEMON = "dagster._daemon"
"""`python -m` this `run` is `dagster-daemon run`."""
OF_COMMANDS = (
    "dagster._cli.api",
    "dagster._daemon.cli",
    "dagster._daemon.daemon",
    "dagster._grpc.server",
    "dagster_graphql.schema",
    "dagster_webserver.cli",
    "dagster_webserver.webserver",
)
"""What Dagster's commands import when they run."""
CODE_SERVER = "code-server"
"""A word of the command with which `dagster dev` starts a code server."""
STARTED_BY_DEV = "DAGSTER_IS_DEV_CLI"
"""The variable that tells a process that `dagster dev` or `dg dev` has started it."""


def command_of(context: click.Context) -> Literal["dev", "daemon", "webserver"] | None:
    """Which of Dagster's commands this process was started with, of those that last."""
    if context.command.callback is None:
        return None
    return COMMANDS.get((context.command.callback.__module__, context.command.name or ""))


def step_events(step: StepExecutionContext) -> Iterator[DagsterEvent]:
    """Runs a step, and then the hooks that wait for it. Its events are stored by the time they come.

    A failure of the op is an event; what is raised is a stop, or a fault of Dagster itself.
    """
    events: list[DagsterEvent] = []
    for event in dagster_event_sequence_for_step(step):
        events.append(event)
        yield event
    yield from _trigger_hook(step, events)


def give_own_loop(step: StepExecutionContext, loop: AbstractEventLoop) -> None:
    """By itself a step runs its async op on the one loop of the run, which serves one thread at a time."""
    step._event_loop = loop  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]


def capture_output(run: PlanExecutionContext, steps: list[str], capture: ExitStack) -> Iterator[DagsterEvent]:
    """What is printed until `capture` closes is kept for the UI, as the stock executor does it."""
    manager = run.instance.compute_log_manager
    key = manager.build_log_key_for_run(run.run_id, create_compute_log_file_key())
    try:
        yield DagsterEvent.capture_logs(run, steps, key, capture.enter_context(manager.capture_logs(key)))
    except Exception:  # noqa: BLE001 - a run does not fail for want of its output; the event says why
        yield from _handle_compute_log_setup_error(run, sys.exc_info())


def release_output(run: PlanExecutionContext, capture: ExitStack) -> Iterator[DagsterEvent]:
    try:
        capture.close()
    except Exception:  # noqa: BLE001 - the same
        yield from _handle_compute_log_teardown_error(run, sys.exc_info())


def told_by_sensor(error: BaseException) -> SerializableErrorInfo | None:
    """What a sensor raised, as the daemon has it from the code server; None: it is no such error."""
    if not isinstance(error, DagsterUserCodeProcessError):
        return None
    return next(iter(error.user_code_process_error_infos), None)


def instance_in_words(instance: DagsterInstance) -> str:
    return serialize_value(instance.get_ref())


def run_in(packed: Mapping[str, Any]) -> str:
    """The id of the run that a launcher has packed for a worker."""
    return unpack_value(dict(packed), (ExecuteRunArgs, ResumeRunArgs)).run_id


def instance_of(words: str) -> DagsterInstance:
    """The instance that `instance_in_words` spoke of, opened in this process."""
    return DagsterInstance.from_ref(deserialize_value(words, InstanceRef))


def execute_run(instance: DagsterInstance, run_id: str, tags: Mapping[str, str], *, resume: bool) -> None:
    """What a run's process is for, as Dagster's own do it; closes the instance. The tags are the run's before
    anything happens in it: of two who add tags at once, Dagster keeps those of one."""
    with capture_interrupts(), instance as opened:
        opened.add_run_tags(run_id, dict(tags))
        run = opened.get_run_by_id(run_id)
        if run is None or run.job_code_origin is None:
            raise LookupError(f"Dagster has no run {run_id}, or does not know where its code is.")
        here = EngineEventData.in_process(os.getpid())
        opened.report_engine_event(f"Started process for run (pid: {os.getpid()}).", run, here)
        job = recon_job_from_origin(run.job_code_origin)
        for _ in core_execute_run(job, run, opened, inject_env_vars=True, resume_from_failure=resume):
            pass


def share_connections(storage: DagsterPostgresStorage, engine: sqlalchemy.Engine, *, keep: bool) -> None:
    """Gives the three storages one pool, which closes with the instance unless it is to be kept."""
    for part in (storage.run_storage, storage.event_log_storage, storage.schedule_storage):
        part._engine = engine  # noqa: SLF001  # pyright: ignore[reportPrivateUsage, reportAttributeAccessIssue]
    if not keep:
        storage.run_storage.dispose = engine.dispose  # by itself it has nothing to dispose of
    found = _found.setdefault(str(engine.url), set())
    _look_once(storage.schedule_storage, found)
    for question in ("has_run_stats_index_cols", "has_bulk_actions_selector_cols", "has_backfill_id_column"):
        setattr(storage.run_storage, question, _once(question, getattr(storage.run_storage, question), found))


def look_at_pools_every(storage: DagsterPostgresStorage, seconds: float) -> None:
    """How long an op that waits for a slot of a pool sleeps between two looks, where the storage says so; by
    itself Dagster sleeps longer each time, up to 15 s, and the slot stands empty meanwhile."""
    claim = storage.event_log_storage.claim_concurrency_slot

    def claimed(
        concurrency_key: str, run_id: str, step_key: str, priority: int | None = None
    ) -> ConcurrencyClaimStatus:
        return claim(concurrency_key, run_id, step_key, priority).with_sleep_interval(seconds)

    storage.event_log_storage.claim_concurrency_slot = claimed


_found: dict[str, set[str]] = {}
"""By database, what this process has found there: Dagster asks for columns and tables again and again, to see
whether it was migrated, and lists all of them each time. What is there stays; what is not is looked for."""


def _once(question: str, ask: Callable[[], bool], found: set[str]) -> Callable[[], bool]:
    def answer() -> bool:
        if question not in found and ask():
            found.add(question)
        return question in found

    return answer


def _look_once(storage: ScheduleStorage, found: set[str]) -> None:
    if not isinstance(storage, SqlScheduleStorage):
        return
    table_there, index_built = storage._has_instigators_table, storage.has_built_index  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]

    def has_table(conn: sqlalchemy.Connection) -> bool:
        return _once("instigators", lambda: table_there(conn), found)()

    def has_table_unconnected() -> bool:
        if "instigators" in found:
            return True
        with storage.connect() as connection:
            return has_table(connection)

    def has_index(migration_name: str) -> bool:
        return _once(f"index {migration_name}", lambda: index_built(migration_name), found)()

    storage._has_instigators_table = has_table  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    storage.has_instigators_table = has_table_unconnected
    storage.has_built_index = has_index


def serves_code() -> bool:
    """Whether this process is the one that evaluates sensors: it opens an instance for each tick."""
    return sys.argv[1:3] == ["api", "grpc"]


def on_reload(act: Callable[[], object]) -> None:
    """What the button *Reload* does in this code server; by itself it does nothing, and says so."""
    from dagster._grpc.__generated__ import dagster_api_pb2  # noqa: PLC0415 - of one process only
    from dagster._grpc.server import DagsterApiServer  # noqa: PLC0415

    def reload(_self: object, _request: object, _context: object) -> object:
        act()
        return dagster_api_pb2.ReloadCodeReply()

    DagsterApiServer.ReloadCode = reload  # pyright: ignore[reportAttributeAccessIssue]


def look_at_code_every(seconds: float) -> None:
    """How often the daemon and the web server ask a code server whether it is still the same: by itself each
    opens a connection every second. One that does not answer is told of as late as before."""
    asked = server_watcher.WATCH_INTERVAL * server_watcher.MAX_RECONNECT_ATTEMPTS
    server_watcher.WATCH_INTERVAL = seconds
    server_watcher.MAX_RECONNECT_ATTEMPTS = max(1, round(asked / seconds))


def load_code_again_every(seconds: float) -> None:
    """How often the daemon loads all code locations anew, changed or not. One that cannot be loaded is borne
    with as long as before. Only for servers that tell of a change themselves (`look_at_code_every`)."""
    patience = controller.DEFAULT_WORKSPACE_FRESHNESS_TOLERANCE - controller.RELOAD_WORKSPACE_INTERVAL
    controller.RELOAD_WORKSPACE_INTERVAL = round(seconds)
    controller.DEFAULT_WORKSPACE_FRESHNESS_TOLERANCE = round(seconds) + patience


def look_at_sensors_every(seconds: float) -> None:
    """Of the daemon in this process. A sensor's own interval holds all the same."""
    sensor_daemon.MIN_INTERVAL_LOOP_TIME = seconds
