"""What becomes of a lead that a run carries, and what is remembered and forgotten of its troubles."""

import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from orchestration_project.errors import TRIED_AGAIN
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.outcomes import Wait
from orchestration_project.model import Carried, Reason, Verdict
from orchestration_project_tests.hand_clock import HandClock
from orchestration_project_tests.ledger.leads import (
    a_carried,
    carry,
    events,
    goes_on,
    introduce,
    row,
    state,
    submit,
)

AWAY = Wait(explanation="The CRM is away.", waiting_for="crm")


def told(ledger: Ledger, lead: Carried, event: str) -> list[str]:
    return [each.detail for each in ledger.stories.tell(lead.ref).events if each.event == event]


def troubles(ledger: Ledger, lead: Carried) -> Mapping[str, Any]:
    stands = row(ledger, lead.ref)
    return {name: stands[name] for name in ("tries", "faults", "deaths", "company", "waiting_since")}


NO_TROUBLES = {"tries": 0, "faults": 0, "deaths": 0, "company": None, "waiting_since": None}


def test_a_lead_that_waits_is_nobodys_work_and_counts_its_tries(ledger: Ledger, clock: HandClock) -> None:
    lead = a_carried(ledger)
    since = clock()
    for number in range(3):
        clock.forward(minutes=number)
        ledger.outcomes.wait(lead, AWAY, "run")
        assert ledger.claims.carried("run") == ()
        ledger.connections.try_one("crm")
        lead = goes_on(ledger)
    assert (lead.tries, lead.waiting_since) == (3, since), "it has waited since the first of them"


def test_what_was_not_even_tried_is_no_try_and_is_told_once(ledger: Ledger) -> None:
    lead = a_carried(ledger)
    for _ in range(3):
        ledger.outcomes.wait(lead, AWAY.model_copy(update={"counts": False}), "run")
        ledger.connections.try_one("crm")
        lead = goes_on(ledger)
    assert lead.tries == 0
    assert told(ledger, lead, "waiting") == ["The CRM is away. It goes on by itself once that is well."]


def test_the_story_says_how_long_a_lead_waits(ledger: Ledger, clock: HandClock) -> None:
    lead = a_carried(ledger)
    for seconds in (45, 600):
        later = clock() + timedelta(seconds=seconds)
        ledger.outcomes.wait(lead, Wait(explanation="Away.", try_at=later), "run")
        (lead,) = carry(ledger, lead.ref)
    assert told(ledger, lead, "waiting") == [
        "Away. It goes on by itself in 45 s.",
        "Away. It goes on by itself in 10 min.",
    ]


def test_a_mistake_of_ours_is_counted_apart(ledger: Ledger) -> None:
    lead = a_carried(ledger)
    ledger.outcomes.wait(lead, Wait(explanation="a KeyError", fault=True), "run")
    lead = goes_on(ledger)
    assert (lead.faults, lead.tries) == (1, 1)


@pytest.mark.parametrize("state_", ["done", "planned"])
def test_once_a_lead_is_through_its_troubles_are_forgotten(ledger: Ledger, state_: Any) -> None:
    lead = a_carried(ledger)
    ledger.outcomes.wait(lead, Wait(explanation="a KeyError", fault=True), "run")
    lead = goes_on(ledger)
    assert troubles(ledger, lead) != NO_TROUBLES
    assert ledger.outcomes.finish([lead], "run", state_) == (lead,)
    assert troubles(ledger, lead) == NO_TROUBLES
    assert state(ledger, lead.ref) == state_ == events(ledger, lead.ref)[-1]


def test_a_lead_that_is_gone_through_once_more_was_finished_the_first_time(
    ledger: Ledger, clock: HandClock
) -> None:
    lead = a_carried(ledger)
    first = clock()
    ledger.outcomes.wait_for_ai(lead, Wait(explanation="The AI is away.", waiting_for="ai"), "run")
    clock.forward(hours=1)
    (lead,) = carry(ledger, lead.ref)
    ledger.outcomes.finish([lead], "run")
    assert row(ledger, lead.ref)["finished_at"] is not None
    other = a_carried(ledger, "other")
    ledger.outcomes.finish([other], "run")
    assert ledger.stories.list_leads(refs=[other.ref])[0].finished_at == clock()
    assert first < clock()


def test_a_lead_that_waits_for_the_ai_is_done_for_now_and_told_so_once(
    ledger: Ledger, clock: HandClock
) -> None:
    lead = a_carried(ledger)
    for _ in range(2):
        ledger.outcomes.wait_for_ai(lead, Wait(explanation="The AI is away.", waiting_for="ai"), "run")
        assert (state(ledger, lead.ref), ledger.claims.anything_claimable()) == ("waiting", False)
        (lead,) = carry(ledger, lead.ref)
        assert lead.rescore
    assert told(ledger, lead, "done for now") == ["The AI is away."]
    ledger.outcomes.finish([lead], "run")
    (lead,) = carry(ledger, lead.ref)
    assert not lead.rescore


def test_the_track_a_lead_takes_is_known_to_the_next_step(ledger: Ledger) -> None:
    lead = a_carried(ledger)
    ledger.outcomes.routed(lead, "priority", 0, rescore=True)
    (carried,) = ledger.claims.carried("run")
    assert (carried.track, carried.rescore) == ("priority", True)


def test_quarantining_a_lead_frees_the_duplicates_of_it(ledger: Ledger) -> None:
    first, second = carry(ledger, *submit(ledger, 2))
    assert ledger.outcomes.quarantine(second, Reason.DUPLICATE, "wrote twice", first.ref, "run")
    assert state(ledger, second.ref) == "quarantined"
    ledger.outcomes.quarantine(first, Reason.TEST, "a test", None, "run")
    assert state(ledger, second.ref) == "received"
    assert ledger.claims.claim(max_leads=25, max_runs=5)[0].refs == (second.ref,)
    assert told(ledger, second, "received again") == [f"{first.ref} is in quarantine itself"]


@pytest.mark.parametrize("set_aside", ["quarantined", "needs_person"])
def test_nobody_is_the_duplicate_of_a_lead_that_was_set_aside_itself(ledger: Ledger, set_aside: str) -> None:
    first, second = carry(ledger, *submit(ledger, 2))
    if set_aside == "quarantined":
        ledger.outcomes.quarantine(first, Reason.SPAM, "spam", None, "run")
    else:
        ledger.outcomes.needs_person(first, "the disk is full", "run")
    assert not ledger.outcomes.quarantine(second, Reason.DUPLICATE, "wrote twice", first.ref, "run")
    assert state(ledger, second.ref) == "running"
    ledger.outcomes.finish([second], "run")
    assert state(ledger, second.ref) == "done"


def test_of_two_that_take_each_other_for_the_original_one_goes_on(ledger: Ledger) -> None:
    """Whichever is first, and as often as it is tried: both in quarantine would wait for nobody."""
    for turn in range(8):
        one, other = carry(ledger, *submit(ledger, 2, name=f"turn {turn}"), run_id=f"run {turn}")
        start, held = threading.Barrier(2), list[bool]()

        def hold(
            lead: Carried, original: Carried, start: threading.Barrier = start, held: list[bool] = held
        ) -> None:
            start.wait(20)
            held.append(ledger.outcomes.quarantine(lead, Reason.DUPLICATE, "twice", original.ref, "run"))

        threads = [threading.Thread(target=hold, args=pair) for pair in ((one, other), (other, one))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert sorted(held) == [False, True]
        assert sorted(state(ledger, lead.ref) for lead in (one, other)) == ["quarantined", "running"]


def test_a_released_lead_is_known_as_genuine(ledger: Ledger) -> None:
    one, other = submit(ledger, 2)
    ledger.by_hand.replay([one], genuine=True)
    assert [lead.released for lead in carry(ledger, one, other)] == [True, False]
    ledger.by_hand.replay([one])
    assert [lead.released for lead in carry(ledger, one)] == [False], "the next replay judges it again"


def test_a_replay_goes_through_several_from_the_start(ledger: Ledger) -> None:
    leads = carry(ledger, *submit(ledger, 2))
    ledger.facts.write(leads, [Verdict(ref=lead.ref) for lead in leads], "run")
    ledger.outcomes.quarantine(leads[0], Reason.SPAM, "spam", None, "run")
    ledger.attention.draw(leads[1].ref, "look")
    ledger.outcomes.needs_person(leads[1], "broken", "run")
    ledger.by_hand.replay([lead.ref for lead in leads])
    for line in ledger.stories.list_leads():
        assert (line.status, line.reason, line.explanation, line.attention) == ("received", None, "", "")
    assert ledger.facts.read(Verdict, [lead.ref for lead in leads]) == {}
    (claim,) = ledger.claims.claim(max_leads=1, max_runs=1)
    assert claim.refs == (leads[0].ref,)


def test_a_replay_of_a_lead_under_way_takes_it_from_its_run(ledger: Ledger) -> None:
    lead = a_carried(ledger)
    ledger.by_hand.replay([lead.ref])
    assert ledger.outcomes.finish([lead], "run") == ()
    assert state(ledger, lead.ref) == "received", "the run's end does not overwrite what the person wants"
    (claim,) = ledger.claims.claim(max_leads=1, max_runs=1)
    (again,) = ledger.claims.start(claim, "another run", "host/1")
    assert ledger.outcomes.finish([again], "another run") == (again,)


def test_what_a_person_should_see_stops_nothing(ledger: Ledger) -> None:
    lead = a_carried(ledger)
    ledger.attention.draw(lead.ref, "Its company has two contacts.")
    assert ledger.stories.list_leads()[0].attention == "Its company has two contacts."
    assert told(ledger, lead, "look at this") == ["Its company has two contacts."]
    assert ledger.outcomes.finish([lead], "run") == (lead,)
    assert ledger.stories.list_leads()[0].attention == "Its company has two contacts."


def test_after_days_of_waiting_a_person_is_asked_but_not_where_all_is_done_for_now(
    ledger: Ledger, clock: HandClock
) -> None:
    waits, scored, patient = carry(ledger, *submit(ledger, 3))
    ledger.outcomes.wait(waits, AWAY, "run")
    ledger.outcomes.wait_for_ai(scored, Wait(explanation="The AI is away.", waiting_for="ai"), "run")
    clock.forward(days=3, seconds=1)
    ledger.outcomes.wait(patient, AWAY, "run")
    given_up = ledger.outcomes.give_up(clock() - timedelta(days=3), "It has waited for 3 days. ")
    assert given_up == (waits.ref,)
    assert [state(ledger, lead.ref) for lead in (waits, scored, patient)] == [
        "needs_person",
        "done",
        "waiting",
    ]
    (line,) = ledger.stories.list_leads(refs=[waits.ref])
    assert line.explanation == "It has waited for 3 days. The CRM is away."
    assert ledger.outcomes.give_up(clock() - timedelta(days=3), "again") == ()


def test_who_writes_again_after_their_lead_needs_a_person_is_news(ledger: Ledger) -> None:
    first, second = submit(ledger, 2, name="jane", person="jane@acme.example")
    assert ledger.people.standing([first]) == {first: "received"}
    (lead,) = carry(ledger, first)
    ledger.outcomes.needs_person(lead, "the disk is full", "run")
    assert ledger.people.standing([first]) == {}
    introduce(ledger, second, person="jane@acme.example")
    assert ledger.claims.claim(max_leads=1, max_runs=1)[0].refs == (second,)


def test_of_a_lead_that_was_given_up_nobody_promises_to_try_again(ledger: Ledger, clock: HandClock) -> None:
    lead, other = a_carried(ledger, "one"), a_carried(ledger, "other")
    ledger.outcomes.wait(lead, Wait(explanation=f"crm: away. {TRIED_AGAIN}. task: busy."), "run")
    said = f"crm: away. {TRIED_AGAIN}; if this lasts, look at the page."
    ledger.outcomes.wait(other, Wait(explanation=said), "run")
    clock.forward(days=4)
    ledger.outcomes.give_up(clock(), "It has waited. ")
    told = [line.explanation for line in ledger.stories.list_leads(status="needs_person")]
    assert told == [
        "It has waited. crm: away. task: busy.",
        "It has waited. crm: away. If this lasts, look at the page.",
    ]
