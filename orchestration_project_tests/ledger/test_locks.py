"""Who works on what: locks between tasks, between ledgers, and what becomes of them."""

import anyio
import pytest

from orchestration_project.ledger import Ledger, open_ledger
from orchestration_project_tests.conftest import HandClock

TURNS = 6


async def _take_turns(ledgers: list[Ledger], names: list[str]) -> tuple[int, list[str]]:
    """The most tasks that were inside at the same time, and the order in which they left."""
    inside = most = 0
    left: list[str] = []

    async def turn(ledger: Ledger, name: str) -> None:
        nonlocal inside, most
        async with ledger.locks.named(name):
            inside += 1
            most = max(most, inside)
            for _ in range(20):
                await anyio.lowlevel.checkpoint()
            await anyio.to_thread.run_sync(lambda: None)
            inside -= 1
            left.append(name)

    async with anyio.create_task_group() as group:
        for number, name in enumerate(names):
            group.start_soon(turn, ledgers[number % len(ledgers)], name)
    return most, left


@pytest.mark.parametrize("ledgers", [1, 2])
def test_tasks_with_the_same_name_never_overlap(ledger: Ledger, clock: HandClock, ledgers: int) -> None:
    others = [open_ledger(ledger.engine, clock) for _ in range(ledgers - 1)]
    most, left = anyio.run(_take_turns, [ledger, *others], ["crm:jane"] * TURNS)
    assert most == 1
    assert len(left) == TURNS


def test_another_name_does_not_wait(ledger: Ledger, clock: HandClock) -> None:
    async def both() -> None:
        other = open_ledger(ledger.engine, clock)
        with anyio.fail_after(20):
            async with ledger.locks.named("crm:jane"), other.locks.named("crm:john"):
                pass

    anyio.run(both)


def test_a_task_that_fails_lets_its_name_go(ledger: Ledger) -> None:
    async def twice() -> None:
        with anyio.fail_after(20):
            with pytest.raises(ValueError, match="broken"):
                async with ledger.locks.named("crm:jane"):
                    raise ValueError("broken")
            async with ledger.locks.named("crm:jane"):
                pass

    anyio.run(twice)


def test_a_lead_is_held_by_one_ledger_until_it_lets_go(ledger: Ledger, clock: HandClock) -> None:
    other = open_ledger(ledger.engine, clock)
    assert ledger.locks.hold([1, 2]) == {1, 2}
    assert other.locks.hold([2, 3]) == {3}
    assert ledger.locks.hold([2, 3]) == {2}, "holding twice is holding once"
    assert (ledger.locks.has(2), other.locks.has(2)) == (True, False)
    ledger.locks.release()
    assert not ledger.locks.has(2)
    assert other.locks.hold([2]) == {2}
    other.locks.release()


def test_what_is_let_go_is_free_at_that_moment(ledger: Ledger, clock: HandClock) -> None:
    other = open_ledger(ledger.engine, clock)
    for turn in range(40):
        holder, next_one = (ledger, other) if turn % 2 else (other, ledger)
        assert holder.locks.hold([1]) == {1}
        holder.locks.release()
        assert next_one.locks.hold([1]) == {1}
        next_one.locks.release()


def test_locks_of_a_session_that_the_server_has_ended_can_be_let_go(ledger: Ledger) -> None:
    assert ledger.locks.hold([1]) == {1}
    with ledger.engine.connect() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = 1"
        )
    ledger.locks.release()
    assert ledger.locks.hold([1]) == {1}
