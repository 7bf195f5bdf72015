"""The executor by itself, with small jobs of ops that do nothing but meet, fail, wait or are stopped."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextvars import copy_context
from pathlib import Path
from typing import Any
from uuid import uuid4

import anyio
import dagster as dg
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

from orchestration_project.orchestration import executor
from orchestration_project.orchestration.executor import side_by_side_executor
from orchestration_project.orchestration.stopping import STOP, RunStopped, Stop, call

PATIENCE = 20.0
A_LONG_TIME = 3600.0
JOBS: dict[str, dg.JobDefinition] = {}
BOTH = pytest.mark.parametrize(
    "under", [side_by_side_executor, dg.in_process_executor], ids=lambda under: under.name
)


def job_of(key: str) -> dg.JobDefinition:
    """By its key, since Dagster looks a job up anew."""
    return JOBS[key]


def run(
    compose: Callable[[], None],
    instance: dg.DagsterInstance,
    *,
    under: dg.ExecutorDefinition = side_by_side_executor,
    hooks: set[dg.HookDefinition] | None = None,
    raise_on_error: bool = False,
) -> dg.JobExecutionResult:
    """`compose` is the body of a graph."""
    key = f"small_{uuid4().hex}"
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    JOBS[key] = dg.GraphDefinition.to_job(
        dg.graph(name=key)(compose), executor_def=under, hooks=hooks, config=quiet
    )
    return dg.execute_job(
        dg.build_reconstructable_job(__name__, "job_of", (key,)), instance, raise_on_error=raise_on_error
    )


def events(result: dg.JobExecutionResult, step: str) -> list[dg.DagsterEventType]:
    return [event.event_type for event in result.all_events if event.step_key == step]


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as opened:
        yield opened


@pytest.fixture
def instance_on_disk(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """The one in memory has no pools."""
    with dg.DagsterInstance.local_temp(str(tmp_path), overrides={"telemetry": {"enabled": False}}) as opened:
        yield opened


@pytest.fixture
def portal() -> Iterator[BlockingPortal]:
    with start_blocking_portal() as opened:
        yield opened
        opened.call(opened.stop, True)  # noqa: FBT003


def test_ops_that_do_not_wait_for_one_another_go_side_by_side(instance: dg.DagsterInstance) -> None:
    all_three = threading.Barrier(3, timeout=PATIENCE)

    @dg.op
    def one() -> None:
        all_three.wait()

    @dg.op
    def another() -> None:
        all_three.wait()

    @dg.op
    async def third() -> None:
        await asyncio.sleep(0)
        all_three.wait()

    def compose() -> None:
        one()
        another()
        third()

    assert run(compose, instance).success


def test_async_ops_wait_side_by_side_each_on_a_loop_of_its_own(instance: dg.DagsterInstance) -> None:
    loops: set[asyncio.AbstractEventLoop] = set()
    both = threading.Barrier(2, timeout=PATIENCE)

    @dg.op
    async def one() -> int:
        loops.add(asyncio.get_running_loop())
        await asyncio.get_running_loop().run_in_executor(None, both.wait)
        return 1

    @dg.op
    def total(numbers: list[int]) -> None:
        assert numbers == [1, 1]

    def compose() -> None:
        total([one.alias("first")(), one.alias("second")()])

    assert run(compose, instance).success
    assert len(loops) == 2 and all(loop.is_closed() for loop in loops)


@BOTH
def test_an_op_begins_when_all_it_waits_for_is_through(
    instance: dg.DagsterInstance, under: dg.ExecutorDefinition
) -> None:
    order: list[str] = []

    @dg.op
    def step(context: dg.OpExecutionContext, _before: list[int]) -> int:
        order.append(context.op_handle.name)
        return len(order)

    def compose() -> None:
        first = step.alias("first")([])
        step.alias("last")([step.alias("left")([first]), step.alias("right")([first])])

    assert run(compose, instance, under=under).success
    assert (order[0], set(order[1:3]), order[3]) == ("first", {"left", "right"}, "last")


def test_the_events_of_an_op_are_told_and_kept_in_their_order(instance: dg.DagsterInstance) -> None:
    @dg.op(out={"there": dg.Out(int), "not_there": dg.Out(int, is_required=False)})
    def source() -> Iterator[dg.Output[int]]:
        yield dg.Output(3, "there")

    @dg.op
    def taker(number: int) -> int:
        return number

    def compose() -> None:
        there, not_there = source()
        taker.alias("taken")(there)
        taker.alias("skipped")(not_there)

    result = run(compose, instance)
    assert result.success
    kind = dg.DagsterEventType
    through = [kind.STEP_START, kind.STEP_OUTPUT, kind.HANDLED_OUTPUT, kind.STEP_SUCCESS]
    assert events(result, "source") == through
    assert events(result, "skipped") == [kind.STEP_SKIPPED]
    kept = [entry.dagster_event for entry in instance.all_logs(result.run_id) if entry.dagster_event]
    assert [event.event_type for event in kept if event.step_key == "source"] == through


@BOTH
def test_a_failure_stops_what_builds_on_it_and_nothing_else(
    instance: dg.DagsterInstance, under: dg.ExecutorDefinition
) -> None:
    through: list[str] = []

    @dg.op
    def bad() -> int:
        raise ValueError("It is broken.")

    @dg.op
    def good() -> int:
        through.append("good")
        return 1

    @dg.op
    def after(context: dg.OpExecutionContext, number: int) -> None:
        through.append(f"{context.op_handle.name} {number}")

    def compose() -> None:
        after.alias("after_bad")(bad())
        after.alias("after_good")(good())

    result = run(compose, instance, under=under)
    assert not result.success
    assert through == ["good", "after_good 1"]
    assert [event.step_key for event in result.get_step_failure_events()] == ["bad"]
    assert events(result, "after_bad") == []


def test_an_op_that_is_under_way_when_another_fails_is_finished(instance: dg.DagsterInstance) -> None:
    failed = threading.Event()

    @dg.op
    def bad() -> None:
        raise ValueError("It is broken.")

    @dg.failure_hook
    def tell(_context: dg.HookContext) -> None:
        failed.set()

    @dg.op
    def good() -> None:
        assert failed.wait(PATIENCE)

    def compose() -> None:
        bad()
        good()

    result = run(compose, instance, hooks={tell})
    assert not result.success
    assert dg.DagsterEventType.STEP_SUCCESS in events(result, "good")
    assert dg.DagsterEventType.HOOK_COMPLETED in events(result, "bad")
    assert dg.DagsterEventType.HOOK_SKIPPED in events(result, "good")


def test_a_caller_who_wants_the_error_gets_it_when_the_others_are_through(
    instance: dg.DagsterInstance,
) -> None:
    both = threading.Barrier(2, timeout=PATIENCE)
    through: list[str] = []

    @dg.op
    def bad() -> None:
        both.wait()
        raise ValueError("It is broken.")

    @dg.op
    def good() -> None:
        both.wait()
        through.append("good")

    def compose() -> None:
        bad()
        good()

    with pytest.raises(ValueError, match="It is broken"):
        run(compose, instance, raise_on_error=True)
    assert through == ["good"]
    assert threads_of_ops() == []


@pytest.mark.parametrize("seconds", [0, 0.01])
def test_an_op_is_tried_again_and_never_beside_itself(instance: dg.DagsterInstance, seconds: float) -> None:
    tries: list[int] = []

    @dg.op
    def moody(context: dg.OpExecutionContext) -> None:
        tries.append(context.retry_number)
        if context.retry_number < 2:
            raise dg.RetryRequested(max_retries=2, seconds_to_wait=seconds)

    @dg.success_hook
    def tell(_context: dg.HookContext) -> None: ...

    def compose() -> None:
        moody()

    result = run(compose, instance, hooks={tell})
    assert result.success
    assert tries == [0, 1, 2]
    told = [kind for kind in events(result, "moody") if kind.value.startswith("STEP_")]
    kind = dg.DagsterEventType
    again = [kind.STEP_UP_FOR_RETRY, kind.STEP_RESTARTED]
    assert told == [kind.STEP_START, *again, *again, kind.STEP_OUTPUT, kind.STEP_SUCCESS]


def test_no_more_threads_than_said(instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executor, "MOST_AT_ONCE", 3)
    crowd = Crowd(3)

    @dg.op(out=dg.DynamicOut(int))
    def many() -> Iterator[dg.DynamicOutput[int]]:
        for number in range(12):
            yield dg.DynamicOutput(number, str(number))

    @dg.op
    def one(number: int) -> int:
        crowd.enter()
        return number

    @dg.op
    def total(numbers: list[int]) -> None:
        assert sum(numbers) == sum(range(12))

    def compose() -> None:
        total(many().map(one).collect())

    assert run(compose, instance).success
    assert crowd.most == 3


class Crowd:
    """How many were inside at once. They go in groups of `size`, so that a smaller one is noticed."""

    def __init__(self, size: int) -> None:
        self.most = 0
        self._inside = 0
        self._guard = threading.Lock()
        self._group = threading.Barrier(size, timeout=PATIENCE)

    def enter(self) -> None:
        with self._guard:
            self._inside += 1
            self.most = max(self.most, self._inside)
        self._group.wait()
        with self._guard:
            self._inside -= 1
        self._group.wait()


def test_a_pool_lets_in_as_many_as_it_has_slots(
    instance_on_disk: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executor, "A_LOOK", 0.01)
    instance_on_disk.event_log_storage.set_concurrency_slots("desk", 1)
    desk = Crowd(1)
    beside = threading.Barrier(2, timeout=PATIENCE)

    @dg.op(pool="desk")
    def first() -> None:
        desk.enter()

    @dg.op(pool="desk")
    def second() -> None:
        desk.enter()

    @dg.op
    def other() -> None:
        beside.wait()

    def compose() -> None:
        first()
        second()
        other.alias("left")()
        other.alias("right")()

    result = run(compose, instance_on_disk)
    assert result.success
    assert desk.most == 1
    assert taken(instance_on_disk) == 0


def test_a_slot_is_given_back_between_two_tries(
    instance_on_disk: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executor, "A_LOOK", 0.01)
    instance_on_disk.event_log_storage.set_concurrency_slots("desk", 1)
    seen: list[int] = []

    @dg.op(pool="desk")
    def moody(context: dg.OpExecutionContext) -> None:
        seen.append(taken(instance_on_disk))
        if context.retry_number == 0:
            raise dg.RetryRequested(max_retries=1, seconds_to_wait=0)

    def compose() -> None:
        moody()

    assert run(compose, instance_on_disk).success
    assert seen == [1, 1]
    assert taken(instance_on_disk) == 0


def taken(instance: dg.DagsterInstance) -> int:
    info = instance.event_log_storage.get_concurrency_info("desk")
    return info.active_slot_count + info.pending_step_count


def test_what_an_op_prints_is_kept(instance_on_disk: dg.DagsterInstance) -> None:
    @dg.op
    def talker() -> None:
        print("Good morning.", flush=True)

    def compose() -> None:
        talker()

    result = run(compose, instance_on_disk)
    (captured,) = [e for e in result.all_events if e.event_type is dg.DagsterEventType.LOGS_CAPTURED]
    manager = instance_on_disk.compute_log_manager
    key = manager.build_log_key_for_run(result.run_id, captured.logs_captured_data.file_key)
    assert b"Good morning." in (manager.get_log_data(key).stdout or b"")


def stop(instance: dg.DagsterInstance) -> None:
    """What the button in the UI does, and then its signal."""
    (one,) = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
    instance.report_run_canceling(one)
    assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL, "it would end the tests"
    os.kill(os.getpid(), signal.SIGTERM)


def threads_of_ops() -> list[str]:
    names = {node.name for job in JOBS.values() for node in job.graph.node_defs} | {"left", "right"}
    return [thread.name for thread in threading.enumerate() if thread.name in names]


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

    async def work() -> None:
        try:
            await anyio.to_thread.run_sync(stop, instance)
            await anyio.sleep(A_LONG_TIME)
        finally:
            cancelled.set()

    @dg.op(retry_policy=policy)
    def waiter() -> int:
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
