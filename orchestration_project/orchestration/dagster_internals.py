"""What this project uses of Dagster's private parts, all of it, and what for. No other module imports them.

A new version of Dagster may change them without a word: test_dagster_internals.py notices.
"""

import sys
from asyncio import AbstractEventLoop
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Literal

import click
from dagster import DagsterEvent

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

# the queue of runs, which dagster.yaml names
from dagster._core.run_coordinator import QueuedRunCoordinator

# what runs print, in files; and the folder for what ops hand on in files
from dagster._core.storage.local_compute_log_manager import LocalComputeLogManager
from dagster._core.storage.root import LocalArtifactStorage

# what dagster.yaml says of one of the three
from dagster._serdes import ConfigurableClassData

# what of an exception comes from the code server to the daemon
from dagster_shared.error import SerializableErrorInfo

__all__ = [
    "CODE_SERVER",
    "COMMANDS",
    "STARTED_BY_DEV",
    "ActiveExecution",
    "ConfigurableClassData",
    "EngineEventData",
    "ExecuteRunWithPlanIterable",
    "ExecutionPlan",
    "ExecutionStep",
    "InstanceConcurrencyContext",
    "LocalArtifactStorage",
    "LocalComputeLogManager",
    "PlanExecutionContext",
    "PlanExecutionContextManager",
    "PlanOrchestrationContext",
    "QueuedRunCoordinator",
    "RetryMode",
    "SerializableErrorInfo",
    "StepExecutionContext",
    "capture_output",
    "command_of",
    "give_own_loop",
    "raise_execution_interrupts",
    "release_output",
    "step_events",
    "told_by_sensor",
]


COMMANDS: dict[tuple[str, str], Literal["dev", "daemon", "webserver"]] = {
    ("dagster._cli.dev", "dev"): "dev",
    ("dagster_dg_cli.cli.dev", "dev"): "dev",
    ("dagster._daemon.cli", "run"): "daemon",
    ("dagster_webserver.cli", "dagster-webserver"): "webserver",
}
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
