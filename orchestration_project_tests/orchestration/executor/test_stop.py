"""A run that is stopped: what waits is cancelled, slots are free again, and no new work begins.

How a whole process of a run is stopped is `test_stopping.py`.
"""

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextvars import copy_context
from typing import Any

import anyio
import dagster as dg
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

from orchestration_project.orchestration import executor
from orchestration_project.orchestration.executor import side_by_side_executor
from orchestration_project.orchestration.stopping import STOP, RunStopped, Stop, call
from orchestration_project_tests.orchestration.executor.conftest import (
    BOTH,
    PATIENCE,
    run,
    taken,
    threads_of_ops,
)

A_LONG_TIME = 3600.0


@pytest.fixture
def portal() -> Iterator[BlockingPortal]:
    with start_blocking_portal() as opened:
        yield opened
        opened.call(opened.stop, True)  # noqa: FBT003


def stop(instance: dg.DagsterInstance) -> None:
    """What the button in the UI does, and then its signal."""
    (one,) = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
    instance.report_run_canceling(one)
    assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL, "it would end the tests"
    os.kill(os.getpid(), signal.SIGTERM)


def until_it_waits(thread: int) -> None:
    """For what it has handed over: under the stock executor a signal can come in the middle of that, before
    there is anything to cancel. Then the portal ends the work, at the end of the run."""
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE:
        frame = sys._current_frames()[thread]
        while frame:
            if frame.f_code is Future.result.__code__:
                return
            frame = frame.f_back
        time.sleep(0.001)
    raise AssertionError("The op's thread does not wait.")


@BOTH
def test_a_stop_cancels_what_an_op_waits_for(
    instance: dg.DagsterInstance, portal: BlockingPortal, under: dg.ExecutorDefinition
) -> None:
    assert stopped_while_waiting(instance, portal, under, policy=None) == ["waiter"]


def test_a_stop_is_no_reason_to_try_again(instance: dg.DagsterInstance, portal: BlockingPortal) -> None:
    policy = dg.RetryPolicy(max_retries=3)
    assert stopped_while_waiting(instance, portal, side_by_side_executor, policy) == ["waiter"]


def stopped_while_waiting(
    instance: dg.DagsterInstance,
    portal: BlockingPortal,
    under: dg.ExecutorDefinition,
    policy: dg.RetryPolicy | None,
) -> list[str | None]:
    """The ops that failed."""
    cancelled = threading.Event()
    ops: list[int] = []

    def stop_what_waits() -> None:
        until_it_waits(ops[0])
        stop(instance)

    async def work() -> None:
        try:
            await anyio.to_thread.run_sync(stop_what_waits)
            await anyio.sleep(A_LONG_TIME)
        finally:
            cancelled.set()

    @dg.op(retry_policy=policy)
    def waiter() -> int:
        ops.append(threading.get_ident())
        call(portal, work)
        return 1

    @dg.op
    def after(number: int) -> None:
        raise AssertionError(number)

    def compose() -> None:
        after(waiter())

    began = time.monotonic()
    result = run(compose, instance, under=under)
    assert time.monotonic() - began < PATIENCE
    assert cancelled.wait(PATIENCE)
    assert status(instance, result) is dg.DagsterRunStatus.CANCELED
    assert threads_of_ops() == []
    kept = [entry.dagster_event for entry in instance.all_logs(result.run_id) if entry.dagster_event]
    return [event.step_key for event in kept if event.is_step_failure]


def status(instance: dg.DagsterInstance, result: dg.JobExecutionResult) -> dg.DagsterRunStatus:
    ended = instance.get_run_by_id(result.run_id)
    assert ended is not None
    return ended.status


def test_a_stop_ends_all_that_go_side_by_side_and_gives_their_slots_back(
    instance_on_disk: dg.DagsterInstance, portal: BlockingPortal
) -> None:
    instance_on_disk.event_log_storage.set_concurrency_slots("desk", 2)
    all_there = threading.Barrier(2, timeout=PATIENCE)

    async def forever() -> None:
        await anyio.sleep(A_LONG_TIME)

    @dg.op(pool="desk")
    def sync_one() -> None:
        all_there.wait()
        call(portal, forever)

    @dg.op(pool="desk")
    async def async_one() -> None:
        all_there.wait()
        stop(instance_on_disk)
        await asyncio.sleep(A_LONG_TIME)

    @dg.op(pool="desk", tags={"dagster/priority": "-1"})
    def in_the_queue() -> None:
        raise AssertionError("There was no slot for it.")

    def compose() -> None:
        sync_one()
        async_one()
        in_the_queue()

    began = time.monotonic()
    result = run(compose, instance_on_disk)
    assert time.monotonic() - began < PATIENCE
    assert status(instance_on_disk, result) is dg.DagsterRunStatus.CANCELED
    assert threads_of_ops() == []
    assert taken(instance_on_disk) == 0


def test_an_op_that_cannot_be_cancelled_is_left_behind(
    instance_on_disk: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executor, "PATIENCE", 0.05)
    instance_on_disk.event_log_storage.set_concurrency_slots("desk", 1)
    released = threading.Event()

    @dg.op(pool="desk")
    def deaf() -> None:
        stop(instance_on_disk)
        released.wait(A_LONG_TIME)

    def compose() -> None:
        deaf()

    try:
        result = run(compose, instance_on_disk)
        assert status(instance_on_disk, result) is dg.DagsterRunStatus.CANCELED
        assert taken(instance_on_disk) == 0
        (left,) = [thread for thread in threading.enumerate() if thread.name == "deaf"]
        assert left.daemon, "it would hold up the end of the process"
    finally:
        released.set()
    left.join(PATIENCE)


def test_after_a_stop_no_new_work_begins(portal: BlockingPortal) -> None:
    begun: list[str] = []

    async def work() -> str:
        begun.append("work")
        return "done"

    def ask() -> Any:
        STOP.set(stop)
        return call(portal, work)

    stop = Stop()
    assert copy_context().run(ask) == "done"
    stop.ask()
    with pytest.raises(RunStopped):
        copy_context().run(ask)
    assert begun == ["work"]


def test_outside_a_run_of_ours_work_is_simply_waited_for(portal: BlockingPortal) -> None:
    async def work() -> str:
        return "done"

    async def broken() -> None:
        raise ValueError("It is broken.")

    assert call(portal, work) == "done"
    with pytest.raises(ValueError, match="It is broken"):
        call(portal, broken)
