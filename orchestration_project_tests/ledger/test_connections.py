"""Whether each connection works, as all processes see it, and who goes on when it is well again."""

import threading
from datetime import datetime, timedelta

from orchestration_project.ledger import Ledger, open_ledger
from orchestration_project.ledger.connections import ConnectionState, due
from orchestration_project.ledger.outcomes import Wait
from orchestration_project.model import Carried, Ref
from orchestration_project_tests.hand_clock import HandClock
from orchestration_project_tests.ledger.leads import a_carried, carry, events, row, state, submit

OPEN = ConnectionState(name="crm", state="open", why="down", said="HubSpot: answered 503.", failures=3)


def waits(ledger: Ledger, *leads: Carried, name: str = "crm") -> tuple[Ref, ...]:
    for lead in leads:
        ledger.outcomes.wait(lead, Wait(explanation="away", waiting_for=name), "run")
    return tuple(lead.ref for lead in leads)


def some_that_wait(ledger: Ledger, number: int, name: str = "crm") -> tuple[Ref, ...]:
    return waits(ledger, *carry(ledger, *submit(ledger, number, name=name)), name=name)


def claimable(ledger: Ledger) -> set[Ref]:
    return {ref for claim in ledger.claims.claim(max_leads=25, max_runs=10) for ref in claim.refs}


def test_a_connection_without_trouble_is_not_among_them(ledger: Ledger) -> None:
    assert ledger.connections.read() == {}
    assert ledger.connections.change("crm", lambda _state: None) == ConnectionState(name="crm")
    assert ledger.connections.read() == {}


def test_a_state_is_read_as_it_was_written_by_any_process(
    ledger: Ledger, clock: HandClock, now: datetime
) -> None:
    opened = OPEN.model_copy(update={"since": now, "next_probe": now + timedelta(seconds=10)})
    assert ledger.connections.change("crm", lambda _state: opened) == opened
    other = open_ledger(ledger.engine, clock)
    assert other.connections.read() == {"crm": opened}
    other.close()


def test_nobody_changes_a_state_while_another_decides_on_it(ledger: Ledger, clock: HandClock) -> None:
    start = threading.Barrier(6)

    def fail() -> None:
        mine = open_ledger(ledger.engine, clock)
        start.wait(20)
        for _ in range(5):
            mine.connections.change(
                "crm", lambda state: state.model_copy(update={"failures": state.failures + 1})
            )

    threads = [threading.Thread(target=fail) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert ledger.connections.read()["crm"].failures == 30


def test_when_a_connection_closes_all_that_wait_for_it_go_on_and_no_others(
    ledger: Ledger, clock: HandClock
) -> None:
    ours, others = some_that_wait(ledger, 4), some_that_wait(ledger, 2, name="mail")
    ledger.connections.change("crm", lambda _state: OPEN)
    assert ledger.connections.waiting() == {"crm": 4, "mail": 2}
    clock.forward(minutes=3)
    assert ledger.connections.close("crm") == 4
    assert ledger.connections.waiting() == {"mail": 2}
    assert ledger.connections.read()["crm"] == ConnectionState(name="crm", closed_at=clock())
    assert {row(ledger, ref)["tries"] for ref in ours} == {0}, "the next trouble is another one"
    assert events(ledger, ours[0])[-1] == "goes on"
    assert claimable(ledger) == set(ours)
    assert {state(ledger, ref) for ref in others} == {"waiting"}


def test_what_waits_for_its_own_moment_too_goes_on_earlier(ledger: Ledger, clock: HandClock) -> None:
    lead = a_carried(ledger)
    later = clock() + timedelta(hours=1)
    ledger.outcomes.wait(lead, Wait(explanation="away", waiting_for="crm", try_at=later), "run")
    ledger.connections.close("crm")
    assert claimable(ledger) == {lead.ref}


def test_an_opening_of_long_ago_is_remembered_until_the_next(ledger: Ledger, clock: HandClock) -> None:
    ledger.connections.change("crm", lambda _state: OPEN.model_copy(update={"probes": 3}))
    ledger.connections.close("crm")
    closed_at = clock()
    clock.forward(minutes=1)
    ledger.connections.change("crm", lambda state: state.model_copy(update={"failures": 1}))
    ledger.connections.close("crm")  # one hiccup, and it was never away
    closed = ledger.connections.read()["crm"]
    assert (closed.closed_at, closed.probes, closed.failures) == (closed_at, 3, 0)


def test_a_connection_that_answers_again_gets_exactly_one_lead_to_try(
    ledger: Ledger, clock: HandClock
) -> None:
    refs = some_that_wait(ledger, 3)
    assert ledger.connections.try_one("mail") is None
    assert ledger.connections.try_one("crm") == refs[0]
    for _ in range(2):
        assert ledger.connections.try_one("crm") is None, "it may go, and no run has it yet"
    assert claimable(ledger) == {refs[0]}
    assert ledger.connections.try_one("crm") is None, "a run has it"
    (lead,) = carry(ledger, *submit(ledger, name="another"))
    ledger.outcomes.finish([lead], "run")
    assert ledger.connections.try_one("crm") is None
    assert ledger.connections.waiting() == {"crm": 3}, "the one on trial, too"


def test_after_a_trial_in_vain_the_next_one_tries(ledger: Ledger) -> None:
    refs = some_that_wait(ledger, 2)
    assert ledger.connections.try_one("crm") == refs[0]
    (claim,) = ledger.claims.claim(max_leads=1, max_runs=1)
    waits(ledger, *ledger.claims.start(claim, "run", "host/1"))
    assert ledger.connections.try_one("crm") == refs[1], "of those that were tried least"


def test_the_first_track_tries_first_and_then_the_oldest(ledger: Ledger) -> None:
    leads = carry(ledger, *submit(ledger, 3))
    for lead, rank in zip(leads, (1, 0, 0), strict=True):
        ledger.outcomes.routed(lead, "some", rank, rescore=False)
    refs = waits(ledger, *leads)
    assert ledger.connections.try_one("crm") == refs[1]


def test_several_who_look_at_the_same_moment_let_one_lead_go(ledger: Ledger, clock: HandClock) -> None:
    for turn in range(3):
        name = f"crm {turn}"
        refs = some_that_wait(ledger, 8, name=name)
        start, tried = threading.Barrier(6), list[Ref | None]()

        def look(name: str = name, start: threading.Barrier = start, tried: list[Ref | None] = tried) -> None:
            mine = open_ledger(ledger.engine, clock)
            mine.connections.read()  # is connected
            start.wait(20)
            tried.append(mine.connections.try_one(name))

        threads = [threading.Thread(target=look) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert len(tried) == 6
        assert [ref for ref in tried if ref is not None] == [refs[0]]


def test_who_waits_for_what_is_well_or_gone_is_not_forgotten(ledger: Ledger, clock: HandClock) -> None:
    away, well, gone = (some_that_wait(ledger, 1, name=name) for name in ("crm", "mail", "fax"))
    ledger.connections.change("crm", lambda _state: OPEN)
    ledger.connections.change("fax", lambda _state: OPEN.model_copy(update={"name": "fax"}))
    ledger.connections.close("mail")
    late = waits(
        ledger, a_carried(ledger, "late"), name="mail"
    )  # noted as away just before all was well again
    clock.forward(minutes=1)
    assert len(ledger.connections.free_forgotten(("crm", "mail"))) == 2
    assert claimable(ledger) == {*well, *gone, *late}
    assert {state(ledger, ref) for ref in away} == {"waiting"}
    assert ledger.connections.free_forgotten(("crm", "mail")) == ()


def test_a_trial_is_not_among_the_forgotten(ledger: Ledger) -> None:
    some_that_wait(ledger, 2)
    half_open = OPEN.model_copy(update={"state": "half_open"})
    ledger.connections.change("crm", lambda _state: half_open)
    ledger.connections.try_one("crm")
    assert ledger.connections.free_forgotten(("crm",)) == ()


def test_open_connections_are_asked_when_their_time_has_come(now: datetime) -> None:
    later = now + timedelta(seconds=1)
    states = [
        OPEN.model_copy(update={"name": "now", "next_probe": now}),
        OPEN.model_copy(update={"name": "never asked", "next_probe": None}),
        OPEN.model_copy(update={"name": "later", "next_probe": later}),
        OPEN.model_copy(update={"name": "on trial", "state": "half_open"}),
        ConnectionState(name="well"),
    ]
    assert [state.name for state in due(states, now)] == ["now", "never asked"]
