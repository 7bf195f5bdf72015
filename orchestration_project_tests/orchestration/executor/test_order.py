"""What goes side by side under our executor, and in which order: ops that meet, fail, try again.

Pools and what a stop does have files of their own.
"""

import asyncio
import threading
from collections.abc import Iterator

import dagster as dg
import pytest

from orchestration_project.orchestration import executor
from orchestration_project_tests.orchestration.executor.conftest import (
    BOTH,
    PATIENCE,
    Crowd,
    run,
    threads_of_ops,
)


def events(result: dg.JobExecutionResult, step: str) -> list[dg.DagsterEventType]:
    return [event.event_type for event in result.all_events if event.step_key == step]


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
