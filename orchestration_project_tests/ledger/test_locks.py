"""Who works on what: locks between tasks, between ledgers, and what becomes of them."""

import anyio
import pytest
from sqlalchemy import Connection, event
from sqlalchemy.exc import DBAPIError

from orchestration_project.errors import RefusedForNow
from orchestration_project.healing.breaker import tells_of_connection
from orchestration_project.ledger import Ledger, locks, open_ledger, turns
from orchestration_project_tests.databases import end_sessions
from orchestration_project_tests.hand_clock import HandClock
from orchestration_project_tests.ledger.leads import a_carried

TURNS = 6


@pytest.fixture
def sessions() -> None:
    """Closed ones have ended."""


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


def test_whose_turn_does_not_come_is_refused_for_now_and_no_service_is_blamed(
    ledger: Ledger, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "LONGEST_TURN", 0.05)

    async def both() -> None:
        other = open_ledger(ledger.engine, clock)
        async with ledger.locks.named("crm:jane"):
            with pytest.raises(RefusedForNow, match=r"waited 0\.05 seconds.*tried again by itself") as told:
                async with other.locks.named("crm:jane"):
                    raise AssertionError("two have the name at once")
            assert told.value.own_pace
            assert not tells_of_connection(told.value)
        async with other.locks.named("crm:jane"):
            pass

    anyio.run(both)


def alive(ledger: Ledger) -> set[int]:
    """The leases of which a living session tells, of those under which leads are carried."""
    with ledger.engine.connect() as connection:
        running = connection.exec_driver_sql("SELECT lease FROM leads.work WHERE state = 'running'")
        leases = set(running.scalars())
    return leases - {silent.lease for silent in ledger.recovery.silent()}


def kill_lock_sessions(ledger: Ledger) -> None:
    """What a fail-over does, or somebody who ends idle sessions: the process lives on without its locks."""
    with ledger.engine.connect() as connection:
        holders = connection.exec_driver_sql(
            f"SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND classid = {locks.LEASE_CLASS}"
        ).scalars()
        killed = {*holders}
        end_sessions(connection, [*killed])
    assert killed


def test_a_lease_shows_life_until_it_is_let_go(ledger: Ledger, clock: HandClock) -> None:
    other = open_ledger(ledger.engine, clock)
    mine, theirs = a_carried(ledger, run_id="mine"), a_carried(other, "other", run_id="theirs")
    assert alive(ledger) == alive(other) == {mine.lease, theirs.lease}
    ledger.locks.hold(mine.lease)  # holding twice is holding once
    ledger.locks.release()
    assert alive(other) == {theirs.lease}
    other.locks.release()
    assert alive(ledger) == set()
    ledger.locks.hold(mine.lease)
    assert alive(other) == {mine.lease}


def test_what_is_let_go_is_free_at_that_moment(ledger: Ledger) -> None:
    lead = a_carried(ledger)
    for _ in range(40):
        assert alive(ledger) == {lead.lease}
        ledger.locks.release()
        assert alive(ledger) == set()
        ledger.locks.hold(lead.lease)


def test_leases_of_a_session_that_the_server_has_ended_can_be_let_go(ledger: Ledger) -> None:
    lead = a_carried(ledger)
    kill_lock_sessions(ledger)
    ledger.locks.release()
    ledger.locks.hold(lead.lease)
    assert alive(ledger) == {lead.lease}


def test_a_process_that_has_lost_its_session_holds_all_its_leases_again(ledger: Ledger) -> None:
    first, second = a_carried(ledger, "first", run_id="1"), a_carried(ledger, "second", run_id="2")
    for _ in range(3):
        kill_lock_sessions(ledger)
        assert alive(ledger) == set()
        ledger.locks.hold(second.lease)
        assert alive(ledger) == {first.lease, second.lease}


def test_a_process_whose_new_session_ends_as_well_is_told_and_holds_its_lease_again_later(
    ledger: Ledger,
) -> None:
    lead = a_carried(ledger)
    kill_lock_sessions(ledger)
    engine = ledger.locks._engine

    def end(connection: Connection) -> None:
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        with ledger.engine.connect() as beside:
            end_sessions(beside, [pid])

    event.listen(engine, "engine_connect", end)
    try:
        with pytest.raises(DBAPIError):
            ledger.locks.hold(lead.lease)
    finally:
        event.remove(engine, "engine_connect", end)
    assert alive(ledger) == set()
    ledger.locks.hold(lead.lease)
    assert alive(ledger) == {lead.lease}


def test_a_run_shows_life_again_by_asking_for_its_leads(ledger: Ledger) -> None:
    lead = a_carried(ledger)
    kill_lock_sessions(ledger)
    assert ledger.claims.carried("run") == (lead,)
    assert alive(ledger) == {lead.lease}


def test_a_named_lock_whose_session_is_killed_can_be_taken_again(ledger: Ledger) -> None:
    async def twice() -> None:
        async with ledger.locks.named("crm:jane"):
            with ledger.engine.connect() as connection:
                connection.exec_driver_sql(
                    "SELECT pg_terminate_backend(pid, 10000) FROM pg_locks "
                    "WHERE locktype = 'advisory' AND objsubid = 1"
                )
        with anyio.fail_after(20):
            async with ledger.locks.named("crm:jane"):
                pass

    anyio.run(twice)


def test_a_lease_of_any_size_is_held(ledger: Ledger) -> None:
    """Half a lock's key has 31 bits; a number that grows with each start may have more some day."""
    lead = a_carried(ledger)
    huge = 2**31 * 5 + 17
    with ledger.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE leads.work SET lease = {huge}")
    assert alive(ledger) == set()
    ledger.locks.hold(huge)
    ledger.locks.hold(huge)
    assert alive(ledger) == {huge}
    assert lead.lease != huge


def test_many_leads_of_one_company_take_turns_over_one_connection(ledger: Ledger) -> None:
    """In the order in which they came; whoever gives up leaves no gap."""
    order: list[int] = []

    async def turn(number: int) -> None:
        with anyio.move_on_after(0.001 if number == 7 else 60):
            async with ledger.locks.named("crm:self-employed", f"crm:person {number}"):
                order.append(number)
                await anyio.to_thread.run_sync(lambda: None)

    held: list[int] = []

    async def all_at_once() -> None:
        async with anyio.create_task_group() as group:
            for number in range(30):
                group.start_soon(turn, number)
            await anyio.sleep(0.05)
            with ledger.engine.connect() as connection:
                sessions = (
                    "SELECT count(DISTINCT pid) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1"
                )
                held.append(connection.exec_driver_sql(sessions).scalar_one())

    anyio.run(all_at_once)
    assert held[0] <= 1
    assert order == [number for number in range(30) if number != 7]
