"""When a connection opens, how often it is asked, and when it is well: for all processes at once."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration_project.connectors.rate import QueueTooLong
from orchestration_project.errors import (
    CredentialError,
    LeadRefusedError,
    PermanentServiceError,
    PlaybookError,
    RefusedForNow,
    SettingError,
    SetupError,
    TransientServiceError,
)
from orchestration_project.healing.breaker import (
    FAILURES,
    FLAPS,
    LONG,
    Breaker,
    after_bad_probe,
    after_failure,
    after_good_probe,
    tells_of_connection,
    until_probe,
    why_of,
)
from orchestration_project.healing.fate import ConnectionAway
from orchestration_project.ledger import Ledger, open_ledger
from orchestration_project.ledger.connections import ConnectionState
from orchestration_project.model import Ref
from orchestration_project_tests.hand_clock import HandClock

DOWN = TransientServiceError("HubSpot", "answered 503.")
CREDENTIAL = CredentialError("HubSpot", "answered 401.", "Renew HUBSPOT_TOKEN.")
ANN, BOB = Ref("L-AAAAAAAAAA"), Ref("L-BBBBBBBBBB")
WELL = ConnectionState(name="crm")


def limited(seconds: float) -> RefusedForNow:
    return RefusedForNow("HubSpot", "answered 429.", retry_after=seconds)


def after(state: ConnectionState, now: datetime, *refs: Ref, error: Exception = DOWN) -> ConnectionState:
    for ref in refs:
        state = after_failure(state, error, ref, now) or state
    return state


@pytest.mark.parametrize("refs", [(ANN, ANN, BOB), (ANN, BOB, BOB), (ANN, BOB, ANN)])
def test_three_failures_of_two_leads_open_it(now: datetime, refs: tuple[Ref, ...]) -> None:
    assert len(refs) == FAILURES
    assert after(WELL, now, *refs[:-1]).state == "closed"
    opened = after(WELL, now, *refs)
    assert (opened.state, opened.why, opened.said) == ("open", "down", "HubSpot: answered 503.")
    assert (opened.since, opened.next_probe) == (now, now + timedelta(seconds=10))


def test_one_lead_alone_never_opens_it(now: datetime) -> None:
    failed = after(WELL, now, *[ANN] * 50)
    assert (failed.state, failed.failures) == ("closed", 50)
    assert after(failed, now, BOB).state == "open"


def test_two_failures_of_two_leads_do_not_open_it(now: datetime) -> None:
    assert after(WELL, now, ANN, BOB).state == "closed"


@pytest.mark.parametrize("seconds", [LONG + 1, 1800.0, 86_400.0])
def test_a_service_that_asks_for_much_patience_gets_it_from_all(now: datetime, seconds: float) -> None:
    opened = after(WELL, now, ANN, error=limited(seconds))
    assert (opened.state, opened.why) == ("open", "limited")
    assert opened.next_probe == now + timedelta(seconds=seconds)


@pytest.mark.parametrize("seconds", [0.0, 1.0, LONG])
def test_a_little_patience_is_the_leads_own(now: datetime, seconds: float) -> None:
    assert after(WELL, now, ANN, error=limited(seconds)).state == "closed"


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (CREDENTIAL, "refused"),
        (SetupError("Slack", "knows no channel leads."), "set_up"),
        (SettingError("SLACK_TOKEN is not set.", "Make one."), "set_up"),
        (PlaybookError("No track takes score 5."), "set_up"),
        (RefusedForNow("HubSpot", "cannot be reached."), "down"),
    ],
)
def test_what_is_unmistakable_opens_it_at_once(now: datetime, error: Exception, why: str) -> None:
    opened = after(WELL, now, ANN, error=error)
    assert (opened.state, opened.why, opened.said) == ("open", why, str(error))
    assert why_of(error) == why


def test_a_source_that_cannot_be_read_opens_it_at_once(now: datetime) -> None:
    opened = after_failure(WELL, DOWN, None, now)
    assert opened is not None
    assert opened.state == "open"


def test_what_is_open_stays_as_it_is_whatever_else_fails(now: datetime) -> None:
    opened = after(WELL, now, ANN, error=CREDENTIAL)
    assert after_failure(opened, DOWN, BOB, now) is None
    assert after_failure(opened, limited(9999), BOB, now) is None


@pytest.mark.parametrize(
    ("error", "tells"),
    [
        (DOWN, True),
        (CREDENTIAL, True),
        (limited(1800), True),
        (PlaybookError("No track."), True),
        (QueueTooLong("HubSpot", "has too long a queue."), False),
        (LeadRefusedError("Mailchimp", "says it has bounced."), False),
        (PermanentServiceError("HubSpot", "answered 400."), False),
        (ConnectionAway("crm", ""), False),
        (KeyError("x"), False),
    ],
)
def test_one_leads_trouble_and_our_own_queue_are_not_the_connections(
    error: Exception, *, tells: bool
) -> None:
    assert tells_of_connection(error) is tells


@given(seconds=st.floats(0, 10**7))
def test_our_own_queue_never_opens_it(seconds: float) -> None:
    assert not tells_of_connection(QueueTooLong("HubSpot", "has too long a queue.", retry_after=seconds))


def test_probes_grow_further_apart_up_to_a_minute(now: datetime) -> None:
    state = after(WELL, now, ANN, error=CREDENTIAL)
    pauses: list[float] = []
    for _ in range(6):
        assert state.next_probe is not None
        pauses.append((state.next_probe - now).total_seconds())
        now = state.next_probe
        state = after_bad_probe(state, "still 401.", now)
    assert pauses == [10, 20, 40, 60, 60, 60]
    assert (state.state, state.said) == ("open", "still 401.")


@given(probes=st.integers(0, 10**9), patience=st.none() | st.floats(0, 10**8))
def test_a_probe_comes_within_a_minute_unless_the_service_says_otherwise(
    probes: int, patience: float | None
) -> None:
    pause = until_probe(probes, patience).total_seconds()
    if patience is None:
        assert 10 <= pause <= 60
    else:
        assert pause == pytest.approx(patience, abs=1e-5)


def test_after_a_good_probe_it_is_half_open_and_the_next_failure_opens_it_again(now: datetime) -> None:
    opened = after(WELL, now, ANN, BOB, ANN)
    trial = after_good_probe(after_bad_probe(opened, "still 503.", now))
    assert (trial.state, trial.next_probe) == ("half_open", None)
    later = now + timedelta(minutes=1)
    again = after(trial, later, ANN)
    assert (again.state, again.since) == ("open", now), "it has been away since then"
    assert again.next_probe == later + timedelta(seconds=40), "its probes go on where they were"


# with the ledger: what one process learns, all know


@pytest.fixture
def breaker(ledger: Ledger, clock: HandClock) -> Breaker:
    return Breaker(ledger.connections, clock)


def flap(breaker: Breaker, clock: HandClock, after_: timedelta) -> float:
    """It is well for so long, and then away again; until the next probe, in seconds."""
    breaker.went_well("crm")
    clock.now += after_
    for ref in (ANN, ANN, BOB):
        breaker.failed("crm", DOWN, ref)
    state = breaker.states.read()["crm"]
    assert state.state == "open"
    assert state.next_probe is not None
    return (state.next_probe - clock()).total_seconds()


def test_a_connection_that_opens_again_soon_was_not_well(breaker: Breaker, clock: HandClock) -> None:
    for ref in (ANN, ANN, BOB):
        breaker.failed("crm", DOWN, ref)
    soon = FLAPS - timedelta(seconds=1)
    assert [flap(breaker, clock, soon) for _ in range(4)] == [20, 40, 60, 60]
    assert flap(breaker, clock, FLAPS) == 10, "after that it is a trouble of its own"


def test_a_hiccup_is_no_flapping(breaker: Breaker, clock: HandClock) -> None:
    breaker.failed("crm", DOWN, ANN)
    assert flap(breaker, clock, timedelta(seconds=5)) == 10
    breaker.states.close("crm")
    clock.forward(days=30)
    breaker.failed("crm", DOWN, ANN)
    assert flap(breaker, clock, timedelta(seconds=5)) == 10, "what was a month ago counts no more"


def test_what_one_process_finds_out_another_knows_at_its_next_step(
    breaker: Breaker, ledger: Ledger, clock: HandClock
) -> None:
    other = Breaker(open_ledger(ledger.engine, clock).connections, clock)
    breaker.failed("crm", CREDENTIAL, ANN)
    other.insist("crm")
    other.refresh()
    with pytest.raises(ConnectionAway, match=r"crm: is away, and was not asked.*09:30 UTC.*HUBSPOT_TOKEN"):
        other.insist("crm")
    assert (breaker.is_open("crm"), other.is_open("crm"), other.is_open("mail")) == (True, True, False)
    other.insist("mail")


def test_failures_of_two_processes_are_counted_together(
    breaker: Breaker, ledger: Ledger, clock: HandClock
) -> None:
    other = Breaker(open_ledger(ledger.engine, clock).connections, clock)
    for each, ref in ((breaker, ANN), (other, BOB), (breaker, ANN)):
        each.failed("crm", DOWN, ref)
    assert ledger.connections.read()["crm"].state == "open"


def test_an_answer_in_between_begins_the_count_anew(breaker: Breaker) -> None:
    for _ in range(4):
        breaker.failed("crm", DOWN, ANN)
        breaker.failed("crm", DOWN, BOB)
        breaker.went_well("crm")
    assert breaker.states.read()["crm"].state == "closed"


def test_where_there_was_no_trouble_an_answer_writes_nothing(breaker: Breaker) -> None:
    breaker.went_well("crm")
    breaker.failed("crm", QueueTooLong("HubSpot", "has too long a queue."), ANN)
    breaker.failed("crm", LeadRefusedError("HubSpot", "forgot them."), BOB)
    assert breaker.states.read() == {}
