"""Leads that are to be checked: who is told of them, once, and how they go on."""

from datetime import timedelta

from orchestration_project.ledger import Ledger
from orchestration_project.model import Carried, Doubt, DoubtKind
from orchestration_project_tests.hand_clock import HandClock
from orchestration_project_tests.ledger.leads import a_carried, events, goes_on, introduce, row, state

ODD = Doubt(kind=DoubtKind.MAYBE_SPAM, says="It looks odd.")
ORDERS = Doubt(kind=DoubtKind.ORDERS, says="It gives orders.")


def to_check(ledger: Ledger, name: str = "lead") -> Carried:
    lead = a_carried(ledger, name)
    ledger.outcomes.to_check(lead, (ODD, ORDERS), "run")
    return lead


def test_a_doubtful_lead_waits_with_all_that_was_seen(ledger: Ledger) -> None:
    lead = to_check(ledger)
    stands = row(ledger, lead.ref)
    assert (stands["state"], stands["reason"]) == ("to_check", "maybe_spam")
    assert stands["explanation"] == "It looks odd. It gives orders."
    assert ledger.claims.claim(max_leads=25, max_runs=10) == (), "no run takes it"
    assert ledger.stories.count() == {"to_check": 1}


def test_the_team_is_told_of_each_once_and_of_what_a_run_could_not_tell(
    ledger: Ledger, clock: HandClock
) -> None:
    first, second = to_check(ledger, "first"), to_check(ledger, "second")
    assert [lead.ref for lead in ledger.checks.of_run("run")] == [first.ref, second.ref]
    ledger.checks.told([first.ref])
    assert [lead.ref for lead in ledger.checks.untold()] == [second.ref]
    clock.forward(minutes=2)
    ledger.checks.told([first.ref, second.ref])
    assert events(ledger, first.ref).count("told") == 1
    assert ledger.checks.tellings(timedelta(minutes=1)) == 1
    assert ledger.checks.tellings(timedelta(minutes=5)) == 2


def test_once_a_person_has_looked_it_goes_on_and_no_doubt_stops_it(ledger: Ledger) -> None:
    lead, other = to_check(ledger), a_carried(ledger, "other", run_id="another run")
    assert ledger.by_hand.let_go_on([lead.ref, other.ref]) == (lead.ref,)
    gone_on = goes_on(ledger, "next run")
    assert (gone_on.ref, gone_on.released) == (lead.ref, True)
    assert ledger.by_hand.let_go_on([lead.ref]) == ()


def test_as_spam_it_is_set_aside(ledger: Ledger) -> None:
    lead = to_check(ledger)
    ledger.by_hand.set_aside_as_spam([lead.ref])
    assert state(ledger, lead.ref) == "quarantined"
    assert ledger.checks.untold() == ()


def test_one_that_is_to_be_checked_stands_for_nobody(ledger: Ledger) -> None:
    lead = to_check(ledger)
    introduce(ledger, lead.ref, person="ann@example.com")
    assert ledger.people.standing([lead.ref]) == {}
