"""A tick of the dispatcher: it waits for work without sleeping here, and hands out runs once there is any."""

import json
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import dagster as dg
import pytest

from orchestration_project.connecting import connector_context
from orchestration_project.errors import PlaybookError
from orchestration_project.installation import WORKING_COPY
from orchestration_project.intake import take_in
from orchestration_project.ledger import Ledger, open_ledger
from orchestration_project.ledger.claims import Claim
from orchestration_project.ledger.connections import ConnectionState
from orchestration_project.ledger.outcomes import Wait
from orchestration_project.model import Carried, Delivery, Ref
from orchestration_project.offer import capabilities
from orchestration_project.orchestration import staying
from orchestration_project.orchestration.dispatch import MAX_CLAIMS_IN_FLIGHT, Dispatcher
from orchestration_project.orchestration.dispatcher import (
    KEEP_GOING_SECONDS,
    LOOK_SECONDS,
    REST_SECONDS,
    Waiting,
    nothing_to_start,
)
from orchestration_project.orchestration.recover import LEASE_TAG, UNSEEN_AFTER
from orchestration_project.orchestration.resources import open_workbench
from orchestration_project.orchestration.staying import LONG_TICK_SECONDS, TICK_SECONDS
from orchestration_project.playbook.load import load_playbook
from orchestration_project.playbook.model import Playbook
from orchestration_project.process import myself
from orchestration_project_tests.hand_clock import HandClock


@dataclass
class HandTime:
    """Seconds that only pass when somebody sleeps, for the ledger too; `then` happens during the sleep of
    that number."""

    clock: HandClock
    now: float = 1000.0
    slept: list[float] = field(default_factory=list[float])
    then: dict[int, Callable[[], object]] = field(default_factory=dict[int, Callable[[], object]])

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        self.clock.forward(seconds=seconds)
        self.then.get(len(self.slept), lambda: None)()


@dataclass(frozen=True)
class CountingDispatcher(Dispatcher):
    """Notes when it was asked to look after what is stuck."""

    time: HandTime = field(kw_only=True)
    kept_going: list[float] = field(default_factory=list[float], kw_only=True)

    def keep_going(self) -> tuple[Ref, ...]:
        self.kept_going.append(self.time.now)
        return super().keep_going()


def delivery(number: int) -> Delivery:
    payload = {
        "id": f"s{number}",
        "name": "Maeve O'Brien",
        "email": f"maeve{number}@harbour-joinery.example",
        "message": "Our bookkeeper has left.",
    }
    return Delivery(external_id=payload["id"], raw=json.dumps(payload).encode())


@pytest.fixture(scope="module")
def playbook() -> Playbook:
    return load_playbook(WORKING_COPY / "playbook", capabilities())


@pytest.fixture(scope="module")
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as opened:
        yield opened


@pytest.fixture
def hand_time(clock: HandClock) -> HandTime:
    return HandTime(clock)


@pytest.fixture
def dispatcher(
    ledger: Ledger, playbook: Playbook, instance: dg.DagsterInstance, hand_time: HandTime, tmp_path: Path
) -> Iterator[CountingDispatcher]:
    said: list[str] = []
    with open_workbench(playbook, connector_context(playbook, tmp_path, ledger)) as workbench:
        yield CountingDispatcher(ledger, instance, playbook, workbench, said.append, time=hand_time)


@pytest.fixture
def waiting(dispatcher: CountingDispatcher, hand_time: HandTime) -> Waiting:
    return Waiting(dispatcher, monotonic=hand_time.monotonic, wait=hand_time.sleep)


def submit(waiting: Waiting, *numbers: int) -> tuple[Ref, ...]:
    """By whatever source; the dispatcher reads none."""
    dispatcher = waiting.dispatcher
    deliveries = [delivery(number) for number in numbers]
    return tuple(item.ref for item in take_in(dispatcher.ledger, dispatcher.playbook, "inbox", deliveries))


def carried(waiting: Waiting, ref: Ref) -> Carried:
    """The lead in the hands of a run."""
    claims = waiting.dispatcher.ledger.claims
    (claim,) = claims.claim(max_leads=1, max_runs=1)
    (lead,) = claims.start(claim, "a run", myself())
    assert lead.ref == ref
    return lead


def away(waiting: Waiting) -> None:
    """A connection, which is asked when its time has come."""

    def open_it(state: ConnectionState) -> ConnectionState:
        return state.model_copy(update={"state": "open", "next_probe": datetime.max.replace(tzinfo=UTC)})

    waiting.dispatcher.ledger.connections.change("crm", open_it)


def requests(result: dg.SensorResult) -> list[dg.RunRequest]:
    return list(result.run_requests or [])


def refs_of(request: dg.RunRequest) -> list[str]:
    return request.run_config["ops"]["data"]["ops"]["receive"]["config"]["refs"]


def test_what_is_there_is_handed_out_at_once(waiting: Waiting, hand_time: HandTime) -> None:
    one, two = submit(waiting, 1, 2)
    result = waiting.tick()
    assert [refs_of(request) for request in requests(result)] == [[one], [two]]
    assert hand_time.slept == []


def test_with_nothing_to_do_it_waits_and_ends_before_the_next_look_of_the_daemon(
    waiting: Waiting, hand_time: HandTime
) -> None:
    begun = hand_time.now
    result = waiting.tick()
    assert requests(result) == []
    assert isinstance(result.skip_reason, dg.SkipReason)
    assert result.skip_reason.skip_message == "Nothing to start."
    assert set(hand_time.slept) == {LOOK_SECONDS}
    assert TICK_SECONDS - 2 * LOOK_SECONDS < hand_time.now - begun <= TICK_SECONDS


def test_what_comes_in_during_the_tick_is_handed_out_when_it_comes(
    waiting: Waiting, hand_time: HandTime
) -> None:
    hand_time.then[7] = lambda: submit(waiting, 1)
    assert len(requests(waiting.tick())) == 1
    assert len(hand_time.slept) == 7


def test_a_lead_that_waits_goes_on_when_its_time_has_come(waiting: Waiting, hand_time: HandTime) -> None:
    (ref,) = submit(waiting, 1)
    soon = hand_time.clock() + timedelta(seconds=4)
    lead = carried(waiting, ref)
    waiting.dispatcher.ledger.outcomes.wait(lead, Wait(explanation="It was away.", try_at=soon), "a run")
    begun = hand_time.now
    assert [refs_of(request) for request in requests(waiting.tick())] == [[ref]]
    assert 4.0 <= hand_time.now - begun < 4.0 + 2 * LOOK_SECONDS


def test_it_looks_after_what_is_stuck_every_few_seconds(
    waiting: Waiting, dispatcher: CountingDispatcher, hand_time: HandTime
) -> None:
    away(waiting)
    begun = hand_time.now
    waiting.tick()
    gaps = [after - before for before, after in pairwise(dispatcher.kept_going)]
    assert dispatcher.kept_going[0] == begun, "before anything is handed out"
    assert len(gaps) == int(TICK_SECONDS // KEEP_GOING_SECONDS)
    assert all(KEEP_GOING_SECONDS - 0.01 <= gap < KEEP_GOING_SECONDS + 2 * LOOK_SECONDS for gap in gaps)


def test_at_rest_it_looks_less_often_where_a_lead_that_comes_is_heard(
    waiting: Waiting, dispatcher: CountingDispatcher, hand_time: HandTime
) -> None:
    resting = replace(waiting, is_heard=lambda: True)
    resting.tick()
    assert set(hand_time.slept) == {REST_SECONDS}
    assert dispatcher.kept_going == [], "there is nothing to look after"
    hand_time.slept.clear()
    away(waiting)
    resting.tick()
    assert set(hand_time.slept) == {LOOK_SECONDS}


def test_at_rest_it_stays_long_where_it_is_told_to_leave_and_then_leaves(
    waiting: Waiting, hand_time: HandTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    resting = replace(waiting, is_heard=lambda: True)
    monkeypatch.setattr(staying, "_told_by", {signal.SIGUSR2})
    begun = hand_time.now
    resting.tick()
    assert LONG_TICK_SECONDS - REST_SECONDS < hand_time.now - begun <= LONG_TICK_SECONDS
    begun = hand_time.now
    waiting.tick()
    assert hand_time.now - begun <= TICK_SECONDS
    over = threading.Event()
    monkeypatch.setattr(staying, "_over", over)
    hand_time.slept.clear()
    hand_time.then[2] = over.set
    resting.tick()
    assert len(hand_time.slept) == 2


def test_what_comes_while_it_rests_waits_for_nothing_that_is_looked_after(
    waiting: Waiting, dispatcher: CountingDispatcher, hand_time: HandTime
) -> None:
    hand_time.then[2] = lambda: submit(waiting, 1)

    def rings_early(seconds: float) -> None:
        hand_time.sleep(seconds / 2)

    rung = replace(waiting, is_heard=lambda: True, wait=rings_early)
    assert len(requests(rung.tick())) == 1
    assert dispatcher.kept_going == []


def test_what_was_claimed_and_became_no_run_is_handed_out_again_within_the_tick(
    waiting: Waiting, hand_time: HandTime
) -> None:
    (ref,) = submit(waiting, 1)
    (lost,) = requests(waiting.tick())
    hand_time.clock.forward(seconds=UNSEEN_AFTER.total_seconds() - 5)
    (again,) = requests(waiting.tick())
    assert refs_of(again) == refs_of(lost) == [ref]
    assert again.run_key != lost.run_key, "Dagster starts nothing for a key it has seen"
    assert hand_time.slept


def test_rules_that_are_broken_are_told_at_once_and_no_lead_is_claimed(
    waiting: Waiting, dispatcher: CountingDispatcher, hand_time: HandTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEADS_PLAYBOOK", "/nowhere")
    with pytest.raises(PlaybookError):
        waiting.tick()
    submit(waiting, 1)
    with pytest.raises(PlaybookError):
        waiting.tick()
    assert hand_time.slept == [], "so that the page shows it all the time"
    assert len(dispatcher.kept_going) == 1, "dead runs have nothing to do with the rules"
    assert waiting.dispatcher.ledger.stories.count() == {"received": 1}
    monkeypatch.delenv("LEADS_PLAYBOOK")
    assert len(requests(waiting.tick())) == 1


def test_a_tick_that_starts_nothing_says_who_waits_for_what(waiting: Waiting, dispatcher: Dispatcher) -> None:
    one, two, _three = submit(waiting, 1, 2, 3)
    for ref, wait in ((one, Wait(explanation="", waiting_for="crm")), (two, Wait(explanation=""))):
        claim = dispatcher.ledger.claims.claim(max_leads=1, max_runs=1)[0]
        (lead,) = dispatcher.ledger.claims.start(claim, "a run", myself())
        assert lead.ref == ref
        dispatcher.ledger.outcomes.wait(lead, wait, "a run")
    dispatcher.ledger.claims.claim(max_leads=1, max_runs=3)
    told = "Nothing to start. 2 leads are in runs. 1 lead is waiting (1 for crm); they go on by themselves."
    assert nothing_to_start(dispatcher.ledger) == told


def test_a_burst_goes_in_company(waiting: Waiting) -> None:
    submit(waiting, *range(60))
    assert [len(refs_of(request)) for request in requests(waiting.tick())] == [15, 15, 15, 15]


def test_a_run_request_names_its_lease_and_no_person(waiting: Waiting) -> None:
    submit(waiting, 1)
    asked = requests(waiting.tick())
    submit(waiting, *range(2, 40))
    asked += requests(waiting.tick())
    assert len(asked) == 5
    assert len({request.run_key for request in asked}) == 5
    for request in asked:
        assert request.job_name == "lead_intake"
        assert request.run_key == f"lease {request.tags[LEASE_TAG]}"
        told = json.dumps([request.run_key, request.run_config, dict(request.tags)])
        assert len(json.dumps(dict(request.tags))) < 300
        for personal in ("Maeve", "maeve", "O'Brien", "joinery", "bookkeeper"):
            assert personal not in told


@pytest.fixture
def by_fours(waiting: Waiting, playbook: Playbook) -> Waiting:
    """A run takes four leads at most, so that few are a flood."""
    limits = playbook.limits.model_copy(update={"max_leads_per_run": 4})
    small = playbook.model_copy(update={"limits": limits})
    return replace(waiting, dispatcher=replace(waiting.dispatcher, playbook=small))


def test_a_flood_stays_in_the_ledger_and_not_in_the_queue(by_fours: Waiting) -> None:
    waiting, places = by_fours, MAX_CLAIMS_IN_FLIGHT
    ledger = waiting.dispatcher.ledger
    submit(waiting, *range(places * 5))
    asked = requests(waiting.tick())
    assert [len(refs_of(request)) for request in asked] == [4] * places
    assert ledger.stories.count() == {"running": places * 4, "received": places}
    assert requests(waiting.tick()) == [], "all places are taken"
    lease = int(asked[0].tags[LEASE_TAG])
    claim = Claim(lease=lease, refs=tuple(Ref(ref) for ref in refs_of(asked[0])))
    ledger.outcomes.finish(ledger.claims.start(claim, "a run", myself()), "a run")
    assert [len(refs_of(request)) for request in requests(waiting.tick())] == [4]


def test_two_dispatchers_at_the_same_moment_do_not_hand_out_more(by_fours: Waiting, clock: HandClock) -> None:
    waiting = by_fours
    submit(waiting, *range(MAX_CLAIMS_IN_FLIGHT * 5))
    start, taken = threading.Barrier(4), list[int]()

    def claim() -> None:
        mine = open_ledger(waiting.dispatcher.ledger.engine, clock)
        other = replace(waiting.dispatcher, ledger=mine)
        start.wait(10)
        taken.extend(claim.lease for claim in other.claims())

    threads = [threading.Thread(target=claim) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(taken) == MAX_CLAIMS_IN_FLIGHT
