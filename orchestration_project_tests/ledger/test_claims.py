"""Which run may take which leads: handed out once, in order, and never from a run that has them."""

import threading
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from orchestration_project.errors import LeadsError
from orchestration_project.ledger import Ledger, open_ledger, tables
from orchestration_project.ledger.claims import Claim
from orchestration_project.ledger.imports import Imports, OldSubmission
from orchestration_project.ledger.lead_filter import LeadFilter
from orchestration_project.ledger.outcomes import Wait
from orchestration_project.ledger.rows import keep_mine
from orchestration_project.ledger.submissions import INTRODUCTION_TIME
from orchestration_project.model import Attribution, Carried, Delivery, LeaseLost, Reason, Ref
from orchestration_project_tests.hand_clock import HandClock
from orchestration_project_tests.ledger.leads import a_carried, carry, events, introduce, row, state, submit


def claim(ledger: Ledger, max_leads: int = 25, max_runs: int = 10) -> tuple[Claim, ...]:
    return ledger.claims.claim(max_leads=max_leads, max_runs=max_runs, places=1)


def imported(ledger: Ledger) -> Ref:
    old = OldSubmission(
        delivery=Delivery(external_id="old", raw=b"{}"),
        person_key=None,
        submitted_at=ledger.clock(),
        touch=Attribution(),
    )
    (ref,) = Imports(ledger.engine, ledger.clock).store("csv", [old])
    return ref


def test_a_few_leads_get_a_run_each(ledger: Ledger) -> None:
    refs = submit(ledger, 3)
    assert [claim.refs for claim in claim(ledger)] == [(ref,) for ref in refs]


def test_a_burst_goes_in_company_of_at_most_the_limit(ledger: Ledger) -> None:
    submit(ledger, 60)
    assert [len(claim.refs) for claim in claim(ledger)] == [20, 20, 20]


@pytest.mark.parametrize(
    ("leads", "sizes"), [(3, [1, 1, 1]), (8, [5, 3]), (22, [6, 6, 6, 4]), (40, [5, 5, 5, 5, 5, 5, 5, 5])]
)
def test_the_company_grows_with_the_backlog(ledger: Ledger, leads: int, sizes: list[int]) -> None:
    submit(ledger, leads)
    assert [len(claim.refs) for claim in ledger.claims.claim(max_leads=8, max_runs=10)] == sizes


def test_no_lead_is_claimed_twice(ledger: Ledger) -> None:
    submit(ledger, 30)
    first, second = claim(ledger, max_runs=1), claim(ledger, max_runs=5)
    taken = [ref for each in (*first, *second) for ref in each.refs]
    assert len(taken) == len(set(taken)) == 30
    assert claim(ledger) == ()


def test_each_claim_has_a_newer_lease_than_any_before(ledger: Ledger) -> None:
    submit(ledger, 3)
    leases = [each.lease for each in claim(ledger)]
    (one,) = submit(ledger, name="later")
    leases += [each.lease for each in claim(ledger)]
    leases.append(row(ledger, one)["lease"] + 1)
    assert leases == sorted(set(leases))


def test_the_first_track_of_the_playbook_goes_first_and_then_the_oldest(ledger: Ledger) -> None:
    refs = submit(ledger, 4)
    for lead, rank in zip(carry(ledger, *refs), (2, 0, 1, 0), strict=True):
        ledger.outcomes.routed(lead, "some", rank, rescore=False)
        ledger.outcomes.wait(lead, Wait(explanation="away", try_at=ledger.clock()), "run")
    (together,) = claim(ledger)
    assert together.refs == (refs[1], refs[3], refs[2], refs[0])


def test_with_those_that_run_already_there_are_never_more_than_allowed(ledger: Ledger) -> None:
    submit(ledger, 3)
    assert len(ledger.claims.claim(max_leads=25, max_runs=9, max_in_flight=2)) == 2
    assert ledger.claims.claim(max_leads=25, max_runs=9, max_in_flight=2) == ()
    assert len(ledger.claims.claim(max_leads=25, max_runs=9, max_in_flight=3)) == 1


def test_two_who_claim_at_the_same_moment_share_the_leads_and_the_places(
    ledger: Ledger, clock: HandClock
) -> None:
    submit(ledger, 40)
    start, claims = threading.Barrier(4), list[Claim]()

    def take() -> None:
        mine = open_ledger(ledger.engine, clock)
        start.wait(20)
        claims.extend(mine.claims.claim(max_leads=5, max_runs=4, max_in_flight=6))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    taken = [ref for each in claims for ref in each.refs]
    assert len(claims) == len({each.lease for each in claims}) == 6
    assert len(taken) == len(set(taken)) == 30


def test_a_lead_nobody_has_introduced_yet_waits_a_moment(ledger: Ledger, clock: HandClock) -> None:
    ledger.submissions.store("inbox", [Delivery(external_id="1", raw=b"{}")])
    assert claim(ledger) == ()
    assert ledger.claims.seconds_until_claimable() == INTRODUCTION_TIME.total_seconds()
    clock.now += INTRODUCTION_TIME
    assert len(claim(ledger)) == 1


def test_an_introduced_lead_may_be_claimed_at_once(ledger: Ledger) -> None:
    (stored,) = ledger.submissions.store("inbox", [Delivery(external_id="1", raw=b"{}")])
    introduce(ledger, stored.ref)
    assert ledger.claims.anything_claimable()
    assert claim(ledger)[0].refs == (stored.ref,)


def test_a_lead_that_was_given_back_in_company_goes_with_the_next_company_after_its_wait(
    ledger: Ledger, clock: HandClock
) -> None:
    refs = submit(ledger, 10)
    leads = carry(ledger, *refs)
    later = clock() + timedelta(seconds=30)
    ledger.outcomes.wait(leads[4], Wait(explanation="the CRM was away.", try_at=later), "run")
    assert claim(ledger) == ()
    assert ledger.claims.seconds_until_claimable() == 30
    clock.forward(seconds=31)
    fresh = submit(ledger, 5, name="fresh")
    (together,) = claim(ledger)
    assert together.refs == (refs[4], *fresh), "it is no suspect, and needs no run of its own"


def test_a_lead_that_waits_for_a_connection_has_no_time_before_that_is_well(
    ledger: Ledger, clock: HandClock
) -> None:
    lead = a_carried(ledger)
    ledger.outcomes.wait(lead, Wait(explanation="away", waiting_for="crm"), "run")
    clock.forward(days=1)
    assert claim(ledger) == ()
    assert not ledger.claims.anything_claimable()
    assert ledger.claims.seconds_until_claimable() is None
    ledger.connections.close("crm")
    assert claim(ledger)[0].refs == (lead.ref,)


def test_a_run_takes_what_it_was_handed_and_a_second_run_nothing_of_it(ledger: Ledger) -> None:
    (ref,) = submit(ledger)
    (mine,) = claim(ledger)
    (lead,) = ledger.claims.start(mine, "run", "host/1")
    assert (lead.ref, lead.lease) == (ref, mine.lease)
    assert ledger.claims.start(mine, "another run", "host/2") == ()
    assert ledger.claims.start(mine, "run", "host/1") == (lead,), "the retry of its first step"
    assert (row(ledger, ref)["run_id"], row(ledger, ref)["holder"]) == ("run", "host/1")
    assert ledger.claims.carried("another run") == ()
    assert ledger.runs.size("run") == 1


def test_leads_whose_run_has_ended_before_them_are_told_until_they_are_given_back(ledger: Ledger) -> None:
    submit(ledger)
    (mine,) = claim(ledger)
    assert ledger.lists.summary(LeadFilter()).left == 0, "its run is still to come"
    ledger.claims.start(mine, "run", "host/1")
    assert ledger.lists.summary(LeadFilter()).left == 0
    ledger.locks.release()  # as by Ctrl-C, when a process ends
    assert ledger.lists.summary(LeadFilter()).left == 1
    (silent,) = ledger.recovery.silent()
    ledger.recovery.give_back(silent, "died", dead=True)
    assert ledger.lists.summary(LeadFilter()).left == 0


def test_a_run_that_was_too_slow_finds_its_claim_void(ledger: Ledger, clock: HandClock) -> None:
    (ref,) = submit(ledger)
    (old,) = claim(ledger)
    clock.forward(minutes=5)
    (silent,) = ledger.recovery.silent()
    assert ledger.recovery.give_back(silent, "never came", dead=True).refs == (ref,)
    (new,) = claim(ledger)
    assert ledger.claims.start(old, "slow", "host/1") == ()
    (lead,) = ledger.claims.start(new, "quick", "host/2")
    assert lead.ref == ref


def test_a_run_has_its_leads_in_the_order_in_which_they_came(ledger: Ledger) -> None:
    refs = submit(ledger, 6)
    carry(ledger, *refs[::-1])
    assert tuple(lead.ref for lead in ledger.claims.carried("run")) == refs


def test_a_person_starts_a_run_with_leads_that_wait_or_are_through(ledger: Ledger) -> None:
    leads = carry(ledger, *submit(ledger, 4), run_id="first")
    ledger.outcomes.wait(leads[0], Wait(explanation="away", waiting_for="crm"), "first")
    ledger.outcomes.needs_person(leads[1], "broken", "first")
    ledger.outcomes.finish([leads[2]], "first")
    ledger.outcomes.quarantine(leads[3], Reason.SPAM, "spam", None, "first")
    taken = ledger.by_hand.take([lead.ref for lead in leads], "second", "host/1")
    assert [lead.ref for lead in taken] == [lead.ref for lead in leads]
    assert {state(ledger, lead.ref) for lead in leads} == {"running"}
    assert "run started by a person" in events(ledger, leads[0].ref)


def test_two_runs_never_have_the_same_lead(ledger: Ledger, clock: HandClock) -> None:
    free, busy = submit(ledger, 2)
    carry(ledger, busy)
    other_process = open_ledger(ledger.engine, clock)
    with pytest.raises(LeadsError, match=rf"^{busy} is with another run\. Wait for it"):
        other_process.by_hand.take([free, busy], "run 2", "host/2")
    assert state(ledger, free) == "received", "none is taken"
    assert [lead.ref for lead in ledger.claims.carried("run")] == [busy]
    other_process.close()


def test_an_unknown_lead_is_told_and_none_is_taken(ledger: Ledger) -> None:
    (ref,) = submit(ledger)
    with pytest.raises(LeadsError, match=r"No lead is called L-NOBODY.*`leads list`"):
        ledger.by_hand.take([ref, Ref("L-NOBODY")], "run", "host/1")
    assert state(ledger, ref) == "received"
    assert ledger.by_hand.take([], "run", "host/1") == ()


def test_history_is_acted_on_only_where_a_person_says_so(ledger: Ledger) -> None:
    old = imported(ledger)
    with pytest.raises(LeadsError, match=r"is history.*`imported: true`"):
        ledger.by_hand.take([old], "run", "host/1")
    assert state(ledger, old) == "imported"
    (lead,) = ledger.by_hand.take([old], "run", "host/1", imported=True)
    assert lead.ref == old


def test_a_re_execution_takes_over_what_the_run_it_repeats_has_left(ledger: Ledger) -> None:
    waits, broken, done, theirs, anew = carry(ledger, *submit(ledger, 5), run_id="parent")
    ledger.outcomes.wait(waits, Wait(explanation="away", waiting_for="crm"), "parent")
    ledger.outcomes.needs_person(broken, "broken", "parent")
    ledger.outcomes.finish([done], "parent")
    ledger.outcomes.needs_person(theirs, "broken", "parent")
    carry(ledger, theirs.ref, run_id="somebody else's")
    ledger.by_hand.replay([anew.ref])
    adopted = ledger.by_hand.adopt("parent", "child", "host/1")
    assert [lead.ref for lead in adopted] == [waits.ref, broken.ref]
    assert ledger.claims.carried("child") == adopted
    assert ledger.by_hand.adopt("parent", "grandchild", "host/1") == ()
    assert "run resumed" in events(ledger, broken.ref)
    with pytest.raises(LeaseLost):
        ledger.outcomes.wait(waits, Wait(explanation="late"), "parent")


STEPS = st.lists(
    st.tuples(
        st.sampled_from(("claim", "start", "take", "wait", "finish", "needs", "replay", "die", "free")),
        st.integers(0, 1),  # whose turn it is, of two ledgers
        st.integers(0, 7),  # which lead, claim or carried one, of those there are
    ),
    min_size=4,
    max_size=25,
)


class Game:
    """Two processes that do to the same leads whatever they like, in any order."""

    def __init__(self, ledger: Ledger, other: Ledger, refs: tuple[Ref, ...]) -> None:
        self.ledgers = (ledger, other)
        self.refs = refs
        self.claims: list[Claim] = []
        self.hands: list[tuple[str, Carried]] = []  # each lead that any run ever had

    def step(self, what: str, whose: int, which: int) -> None:
        ledger, run = self.ledgers[whose], f"run {len(self.hands)} of {whose}"
        ref = self.refs[which % len(self.refs)]
        match what:
            case "claim":
                self.claims += ledger.claims.claim(max_leads=2, max_runs=2)
            case "start" if self.claims:
                self._have(run, ledger.claims.start(self.claims[which % len(self.claims)], run, run))
            case "take" if state(ledger, ref) != "running":
                self._have(run, ledger.by_hand.take([ref], run, run))
            case "replay":
                ledger.by_hand.replay([ref])
            case "die":
                ledger.locks.release()
            case "free":
                for silent in ledger.recovery.silent():
                    ledger.recovery.give_back(silent, "died" if silent.run_id else "never came", dead=True)
            case "wait" | "finish" | "needs" if self.hands:
                self._end(ledger, what, *self.hands[which % len(self.hands)])
            case _:
                pass

    def _have(self, run: str, leads: tuple[Carried, ...]) -> None:
        self.hands += [(run, lead) for lead in leads]

    @staticmethod
    def _end(ledger: Ledger, what: str, run: str, lead: Carried) -> None:
        try:
            if what == "wait":
                ledger.outcomes.wait(lead, Wait(explanation="away", try_at=ledger.clock()), run)
            elif what == "needs":
                ledger.outcomes.needs_person(lead, "broken", run)
            else:
                ledger.outcomes.finish([lead], run)
        except LeaseLost:
            pass

    def holders(self) -> dict[Ref, set[str]]:
        """The runs that could still write of each lead."""
        with self.ledgers[0].engine.connect() as connection:
            able = [(run, lead) for run, lead in self.hands if keep_mine(connection, [lead])]
        return {ref: {run for run, lead in able if lead.ref == ref} for ref in self.refs}


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_two_processes_do_a_lead_has_one_holder_at_most(
    ledger: Ledger, clock: HandClock, steps: list[tuple[str, int, int]]
) -> None:
    with ledger.engine.begin() as connection:
        connection.execute(delete(tables.submissions))
    other = open_ledger(ledger.engine, clock)
    game = Game(ledger, other, submit(ledger, 3))
    for step in steps:
        game.step(*step)
        for ref, holders in game.holders().items():
            assert len(holders) <= 1, f"{holders} have {ref} after {step}"
            assert not holders or state(ledger, ref) == "running"
    other.locks.release()
    ledger.locks.release()
