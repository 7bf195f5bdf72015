"""Pools under our executor: no more ops at a time than there are slots, and each slot is given back.

Which pools there are, and how large, is `test_pools.py`.
"""

import threading

import dagster as dg
import pytest

from orchestration_project.orchestration import executor
from orchestration_project_tests.orchestration.executor.conftest import PATIENCE, Crowd, run, taken


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
