"""The list of leads: what each filter means, in which order pages follow, and what is said of all of them."""

from datetime import timedelta
from typing import Any

import pytest

from orchestration_project.ledger import Ledger, tables
from orchestration_project.ledger.lead_filter import LeadFilter
from orchestration_project.ledger.lead_list import LeadList, Order
from orchestration_project.ledger.outcomes import Wait
from orchestration_project.ledger.people import Introduction
from orchestration_project.model import (
    Carried,
    Company,
    Decision,
    Delivery,
    Lead,
    Person,
    Reason,
    ReceiptStatus,
    Ref,
    Score,
    ScoreStatus,
    Scoring,
)
from orchestration_project_tests.hand_clock import HandClock
from orchestration_project_tests.ledger.leads import a_carried, a_receipt, carry, introduce, recorded


def decided(ledger: Ledger, lead: Carried, score: int | None, track: str, run_id: str = "run") -> None:
    made = Score(value=score, rationale="", confidence=1) if score is not None else None
    status = ScoreStatus.SCORED if score is not None else ScoreStatus.TIMEOUT
    ledger.decisions.add(
        lead,
        Decision(
            ref=lead.ref,
            scoring=Scoring(ref=lead.ref, status=status, score=made, scorer="offline"),
            track=track,
            why_track="",
            playbook_version="1",
            decided_at=ledger.clock(),
        ),
        run_id,
    )
    ledger.outcomes.routed(lead, track, 0, rescore=False)


def says(ledger: Ledger, ref: Ref, **lead: Any) -> None:
    """What a form said, as it was read."""
    read = Lead(ref=ref, source="inbox", external_id="x", submitted_at=ledger.clock(), **lead)
    key = read.person.email.casefold() if read.person.email else None
    ledger.people.introduce([Introduction(ref=ref, person_key=key, submitted_at=ledger.clock(), lead=read)])


@pytest.fixture
def five(ledger: Ledger, clock: HandClock) -> list[Ref]:
    """One an hour: done with 9, waiting with 9, quarantined, done without a score, received at the shop."""
    refs: list[Ref] = []
    for number, score in enumerate((9, 9, None, None)):
        lead = a_carried(ledger, f"lead {number}")
        refs.append(lead.ref)
        if number != 2:
            decided(ledger, lead, score, "nurture" if number else "priority")
        match number:
            case 1:
                ledger.outcomes.wait(lead, Wait(explanation="away", waiting_for="crm"), "run")
            case 2:
                ledger.outcomes.quarantine(lead, Reason.SPAM, "words", None, "run")
            case _:
                ledger.outcomes.finish([lead], "run")
        clock.forward(hours=1)
    (item,) = ledger.submissions.store("shop", [Delivery(external_id="s", raw=b"{}")])
    introduce(ledger, item.ref)
    return [*refs, item.ref]


@pytest.mark.parametrize(
    ("wanted", "which"),
    [
        (LeadFilter(), [0, 1, 2, 3, 4]),
        (LeadFilter(states=("done",)), [0, 3]),
        (LeadFilter(states=("done", "quarantined")), [0, 2, 3]),
        (LeadFilter(tracks=("nurture",)), [1, 3]),
        (LeadFilter(sources=("shop",)), [4]),
        (LeadFilter(scores=(8, 10)), [0, 1]),
        (LeadFilter(scores=(0, 8)), []),
        (LeadFilter(score_statuses=(ScoreStatus.TIMEOUT,)), [3]),
        (LeadFilter(states=("done",), scores=(9, 9)), [0]),
        (LeadFilter(refs=()), []),
    ],
)
def test_each_part_of_a_filter_narrows(
    ledger: Ledger, five: list[Ref], wanted: LeadFilter, which: list[int]
) -> None:
    assert ledger.lists.refs(wanted) == tuple(five[number] for number in which)


def test_times_are_of_arrival_and_the_end_does_not_belong_to_them(
    ledger: Ledger, five: list[Ref], clock: HandClock
) -> None:
    an_hour_ago = clock() - timedelta(hours=1)
    assert ledger.lists.refs(LeadFilter(since=an_hour_ago)) == tuple(five[3:])
    assert ledger.lists.refs(LeadFilter(until=an_hour_ago)) == tuple(five[:3])


def test_the_score_that_is_looked_for_is_the_newest_decision_s(ledger: Ledger) -> None:
    lead = a_carried(ledger)
    decided(ledger, lead, None, "nurture")
    decided(ledger, lead, 9, "priority", run_id="again")
    assert ledger.lists.refs(LeadFilter(scores=(9, 9))) == (lead.ref,)
    assert ledger.lists.refs(LeadFilter(score_statuses=(ScoreStatus.TIMEOUT,))) == ()


def test_what_is_only_planned_is_found_whatever_else_was_done(ledger: Ledger) -> None:
    lead, other = a_carried(ledger, "one"), a_carried(ledger, "two")
    recorded(ledger, lead, a_receipt(lead, ReceiptStatus.DONE, "crm_contact"))
    ledger.receipts.note(lead, a_receipt(lead, ReceiptStatus.PLANNED, "draft"), "run")
    recorded(ledger, other, a_receipt(other, ReceiptStatus.DONE, "draft"))
    assert ledger.lists.refs(LeadFilter(planned=True)) == (lead.ref,)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("weiß", True),
        ("JÜRGEN", True),
        ("jürg", True),
        ("rees studio", True),
        ("juergen@rees-studio.example", True),
        ("rees.example", True),
        ("bookkeeping studio", True),
        ("o'brien", True),
        ("美咲", True),
        ("+44 117", False),
        ("+44117", True),
        ("keeping", False),
        ("bookkeeping casino", False),
        ("' | !:* \\ & ()", False),
        ("nobody's", False),
    ],
)
def test_words_of_the_form_are_found_by_their_beginnings(ledger: Ledger, words: str, found: bool) -> None:
    lead = a_carried(ledger)
    says(
        ledger,
        lead.ref,
        person=Person(
            full_name="Jürgen Weiß 美咲", email="juergen@rees-studio.example", phone="+441174960123"
        ),
        company=Company(name="O'Brien & Rees.Example Ltd"),
        message="How does your bookkeeping/payroll work for a small studio?\n" + "x" * 30_000,
    )
    a_carried(ledger, "another")
    assert ledger.lists.refs(LeadFilter(text=words)) == ((lead.ref,) if found else ())


def test_one_of_whom_only_the_address_is_known_is_found_by_it(ledger: Ledger) -> None:
    lead = a_carried(ledger)
    introduce(ledger, lead.ref, person="ann@acme.example")
    assert ledger.lists.refs(LeadFilter(text=" Ann@Acme.example ")) == (lead.ref,)


@pytest.mark.parametrize(
    ("order", "which"), [("newest", [4, 3, 2, 1, 0]), ("oldest", [0, 1, 2, 3, 4]), ("score", [1, 0, 4, 3, 2])]
)
def test_pages_follow_one_another_in_every_order(
    ledger: Ledger, five: list[Ref], order: Order, which: list[int]
) -> None:
    seen: list[Ref] = []
    after: Ref | None = None
    while page := ledger.lists.page(LeadFilter(), order=order, limit=2, after=after):
        seen += [line.ref for line in page]
        after = page[-1].ref
    assert seen == [five[number] for number in which]
    assert [line.ref for line in ledger.lists.all(LeadFilter(), order=order)] == seen


def test_a_lead_that_comes_meanwhile_moves_no_page(ledger: Ledger, five: list[Ref]) -> None:
    first = ledger.lists.page(LeadFilter(), limit=2)
    a_carried(ledger, "meanwhile")
    second = ledger.lists.page(LeadFilter(), limit=2, after=first[-1].ref)
    assert [line.ref for line in (*first, *second)] == [five[number] for number in (4, 3, 2, 1)]


def test_the_summary_says_how_many_how_fast_and_what_waits(
    ledger: Ledger, five: list[Ref], clock: HandClock
) -> None:
    for seconds in (2, 4, 60):
        lead = a_carried(ledger, f"with a draft after {seconds}")
        clock.forward(seconds=seconds)
        recorded(ledger, lead, a_receipt(lead, ReceiptStatus.DONE, "draft"))
        ledger.outcomes.needs_person(lead, "look", "run")
    ledger.attention.draw(five[0], "see this")
    told = ledger.lists.summary(LeadFilter())
    assert (told.leads, told.seconds_to_draft) == (8, 4.0)
    assert (told.waiting, told.needs_person, told.to_look_at) == ({"crm": 1}, 3, 1)
    some = ledger.lists.summary(LeadFilter(states=("done",)))
    assert (some.leads, some.seconds_to_draft) == (2, None)
    assert some.needs_person == 3, "what waits is said of all leads"


@pytest.mark.parametrize(
    "wanted",
    [
        LeadFilter(),
        LeadFilter(states=("done",)),
        LeadFilter(tracks=("priority",)),
        LeadFilter(sources=("inbox",)),
        LeadFilter(score_statuses=(ScoreStatus.TIMEOUT,)),
        LeadFilter(scores=(0, 9)),
        LeadFilter(planned=True),
        LeadFilter(to_look_at=True),
    ],
)
def test_the_summary_counts_the_leads_that_the_list_shows(
    ledger: Ledger, five: list[Ref], wanted: LeadFilter
) -> None:
    ledger.attention.draw(five[0], "see this")
    assert ledger.lists.summary(wanted).leads == len(ledger.lists.page(wanted, limit=None))


def test_more_than_can_be_shown_at_once_is_not_counted_to_its_end(
    ledger: Ledger, five: list[Ref], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration_project.ledger.lead_list.COUNTED", 3)
    assert LeadList(ledger.engine).summary(LeadFilter()).leads == 4


def test_every_column_that_a_person_filters_by_has_an_index() -> None:
    first = {
        f"{table.name}.{next(iter(index.expressions))}".rpartition(".")[2]
        for table in (tables.submissions, tables.work, tables.receipts, tables.facts)
        for index in table.indexes
    }
    for column in ("received_at", "source", "state", "track", "coalesce(score, -1)", "score_status"):
        assert any(column in one for one in first), column


def test_leads_that_wait_or_need_a_person_go_on_now_and_no_others(ledger: Ledger, clock: HandClock) -> None:
    waits, away, stuck, done = (a_carried(ledger, name) for name in ("waits", "away", "stuck", "done"))
    later = clock() + timedelta(hours=3)
    ledger.outcomes.wait(waits, Wait(explanation="busy", try_at=later), "run")
    ledger.outcomes.wait(away, Wait(explanation="away", waiting_for="crm"), "run")
    ledger.outcomes.needs_person(stuck, "broken", "run")
    ledger.outcomes.finish([done], "run")
    refs = [lead.ref for lead in (waits, away, stuck, done)]
    assert ledger.by_hand.retry(refs) == tuple(refs[:3])
    (claim, other) = ledger.claims.claim(max_leads=1, max_runs=5)
    assert {*claim.refs, *other.refs} == {waits.ref, stuck.ref}
    assert ledger.connections.waiting() == {"crm": 1}, "whoever asks the CRM again lets it go"


def test_what_a_person_calls_spam_is_set_aside_and_its_duplicate_goes_on(ledger: Ledger) -> None:
    spam, double, running = (a_carried(ledger, name) for name in ("spam", "double", "running"))
    ledger.outcomes.finish([spam], "run")
    ledger.outcomes.quarantine(double, Reason.DUPLICATE, "the same", spam.ref, "run")
    assert ledger.by_hand.set_aside_as_spam([spam.ref, running.ref]) == (spam.ref, running.ref)
    lines = {line.ref: line for line in ledger.stories.list_leads()}
    assert (lines[spam.ref].status, lines[spam.ref].reason) == ("quarantined", "spam")
    assert lines[double.ref].status == "received"
    assert ledger.outcomes.finish([running], "run") == (), "the run has lost it"
    assert carry(ledger, spam.ref)[0].ref == spam.ref, "a person may still change their mind"
