"""Receipts: one a lead and action, never backwards, and begun by one run at a time."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from orchestration_project.ledger import Ledger
from orchestration_project.ledger.acts import Beginning
from orchestration_project.model import LeaseLost, Receipt, ReceiptStatus, Ref
from orchestration_project_tests.hand_clock import HandClock
from orchestration_project_tests.ledger.leads import (
    a_carried,
    a_receipt,
    carry,
    everything,
    recorded,
    submit,
)

UNBEGUN = (ReceiptStatus.PLANNED, ReceiptStatus.WAITING, ReceiptStatus.SKIPPED)


def test_a_receipt_comes_back_as_it_was_written(ledger: Ledger) -> None:
    lead = a_carried(ledger)
    receipt = Receipt(
        ref=lead.ref,
        action="crm_contact",
        status=ReceiptStatus.DONE,
        external_id="17",
        url="https://crm.example/17",
        note="updated",
        conflicts=("phone", "company"),
        until=datetime(2026, 11, 24, 12, 30, tzinfo=UTC),
        memo="priority",
        tries=1,
    )
    recorded(ledger, lead, receipt)
    assert ledger.receipts.read_one(lead.ref, "crm_contact") == receipt
    assert ledger.receipts.read_one(lead.ref, "task") is None


def test_writing_again_replaces_all_of_it_and_makes_no_second_one(ledger: Ledger) -> None:
    lead = a_carried(ledger)
    recorded(ledger, lead, a_receipt(lead, ReceiptStatus.FAILED, error="the CRM was away"))
    recorded(ledger, lead, a_receipt(lead, ReceiptStatus.DONE, external_id="3"))
    done = a_receipt(lead, ReceiptStatus.DONE, external_id="3", tries=2)
    assert ledger.receipts.read([lead.ref]) == {lead.ref: {"task": done}}


def test_each_lead_has_its_own_and_a_lead_without_has_an_empty_place(ledger: Ledger) -> None:
    one, other, none = carry(ledger, *submit(ledger, 3))
    recorded(ledger, one, a_receipt(one, ReceiptStatus.DONE, "chat"))
    ledger.receipts.note(other, a_receipt(other, ReceiptStatus.PLANNED, "chat"), "run")
    found = ledger.receipts.read([one.ref, other.ref, none.ref])
    assert found[one.ref]["chat"].status is ReceiptStatus.DONE
    assert found[other.ref]["chat"].status is ReceiptStatus.PLANNED
    assert found[none.ref] == {}
    assert ledger.receipts.read([]) == {}


def test_the_story_tells_each_receipt_but_not_the_beginning_of_an_act(ledger: Ledger) -> None:
    lead = a_carried(ledger, run_id="run-9")
    for status, error in ((ReceiptStatus.FAILED, "away"), (ReceiptStatus.DONE, None)):
        recorded(ledger, lead, a_receipt(lead, status, error=error, note="note"), "run-9")
    told = ledger.stories.tell(lead.ref).events[2:]
    assert [(event.event, event.detail) for event in told] == [("task failed", "away"), ("task done", "note")]
    assert {event.run_id for event in told} == {"run-9"}


def test_an_end_that_nobody_knows_is_told_as_such(ledger: Ledger) -> None:
    lead = a_carried(ledger)
    recorded(ledger, lead, a_receipt(lead, ReceiptStatus.BEGUN, error="no answer"))
    event = ledger.stories.tell(lead.ref).events[-1]
    assert (event.event, event.detail) == ("task outcome unknown", "no answer")


def test_what_is_noted_again_is_told_once(ledger: Ledger) -> None:
    lead = a_carried(ledger)
    for note in ("waits for crm_contact", "waits for crm_contact", "autonomy is observe"):
        ledger.receipts.note(lead, a_receipt(lead, ReceiptStatus.PLANNED, note=note), "run")
    told = [event.detail for event in ledger.stories.tell(lead.ref).events if event.event == "task planned"]
    assert told == ["waits for crm_contact", "autonomy is observe"]


def test_of_several_who_begin_at_once_one_does(ledger: Ledger) -> None:
    lead, start = a_carried(ledger), threading.Barrier(4)
    answers: list[Beginning] = []
    lost: list[Ref] = []

    def begin() -> None:
        start.wait(10)
        try:
            answers.append(ledger.receipts.begin(lead, "chat", takes=90, settles=60))
        except LeaseLost as error:
            lost.append(error.ref)

    threads = [threading.Thread(target=begin) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(answers) + len(lost) == 4
    assert sum(answer.go for answer in answers) == 1
    assert len(ledger.stories.list_leads(refs=[lead.ref])[0].actions) == 1


def test_what_is_new_is_begun_without_anything_that_may_exist(ledger: Ledger) -> None:
    lead = a_carried(ledger)
    assert ledger.receipts.begin(lead, "task", takes=90, settles=60) == Beginning(go=True)
    begun = ledger.receipts.read_one(lead.ref, "task")
    assert begun is not None
    assert (begun.status, begun.tries, begun.unsure) == (ReceiptStatus.BEGUN, 1, False)


def test_what_was_begun_is_left_alone_while_it_may_still_be_done(ledger: Ledger, clock: HandClock) -> None:
    lead = a_carried(ledger)
    ledger.receipts.begin(lead, "task", takes=90, settles=60)
    clear_at = clock() + timedelta(seconds=150)
    for _ in range(2):
        beginning = ledger.receipts.begin(lead, "task", takes=90, settles=60)
        assert (beginning.go, beginning.clear_at) == (False, clear_at)
        clock.now = clear_at - timedelta(seconds=1)
    clock.now = clear_at
    beginning = ledger.receipts.begin(lead, "task", takes=90, settles=60)
    assert (beginning.go, beginning.may_exist) == (True, True)
    assert beginning.receipt is not None
    assert beginning.receipt.status is ReceiptStatus.BEGUN
    again = ledger.receipts.read_one(lead.ref, "task")
    assert again is not None
    assert (again.tries, again.unsure) == (2, True), "the first try may have left a twin"


def test_what_failed_with_an_unknown_end_is_left_alone_as_long_as_the_record_says(
    ledger: Ledger, clock: HandClock
) -> None:
    lead = a_carried(ledger)
    ledger.receipts.begin(lead, "task", takes=90, settles=60)
    clear_at = clock() + timedelta(seconds=10)
    ledger.receipts.record(lead, a_receipt(lead, ReceiptStatus.BEGUN), "run", clear_at=clear_at)
    assert not ledger.receipts.begin(lead, "task", takes=90, settles=60).go
    clock.now = clear_at
    assert ledger.receipts.begin(lead, "task", takes=90, settles=60).go


def test_what_the_service_refused_may_be_begun_again_at_once(ledger: Ledger) -> None:
    lead = a_carried(ledger)
    recorded(ledger, lead, a_receipt(lead, ReceiptStatus.WAITING, note="rate limited"))
    beginning = ledger.receipts.begin(lead, "task", takes=90, settles=60)
    assert (beginning.go, beginning.may_exist) == (True, True)


def test_what_is_done_is_never_begun_again(ledger: Ledger, clock: HandClock) -> None:
    lead = a_carried(ledger)
    recorded(ledger, lead, a_receipt(lead, ReceiptStatus.DONE, external_id="3"))
    before = everything(ledger)
    clock.forward(days=30)
    beginning = ledger.receipts.begin(lead, "task", takes=90, settles=60)
    assert not beginning.go
    assert beginning.receipt is not None
    assert beginning.receipt.external_id == "3"
    assert everything(ledger) == before


@pytest.mark.parametrize("status", [status for status in ReceiptStatus if status is not ReceiptStatus.DONE])
def test_no_note_takes_the_place_of_what_is_done(ledger: Ledger, status: ReceiptStatus) -> None:
    lead = a_carried(ledger)
    recorded(ledger, lead, a_receipt(lead, ReceiptStatus.DONE, external_id="3"))
    before = everything(ledger)
    stands = ledger.receipts.note(lead, a_receipt(lead, status), "run")
    assert (stands.status, stands.external_id) == (ReceiptStatus.DONE, "3")
    assert everything(ledger) == before


@pytest.mark.parametrize("status", UNBEGUN)
def test_no_note_takes_the_place_of_what_is_under_way(
    ledger: Ledger, clock: HandClock, status: ReceiptStatus
) -> None:
    lead = a_carried(ledger)
    ledger.receipts.begin(lead, "task", takes=90, settles=60)
    clock.forward(seconds=149)
    assert ledger.receipts.note(lead, a_receipt(lead, status), "run").status is ReceiptStatus.BEGUN
    clock.forward(seconds=1)
    assert ledger.receipts.note(lead, a_receipt(lead, status), "run").status is status


def test_a_try_whose_end_nobody_knows_is_not_forgotten_over_a_note(ledger: Ledger, clock: HandClock) -> None:
    """The connection is away when it could be looked up: the twin of it may be there all the same."""
    lead = a_carried(ledger)
    ledger.receipts.begin(lead, "task", takes=90, settles=60)
    clock.forward(seconds=150)
    ledger.receipts.note(lead, a_receipt(lead, ReceiptStatus.WAITING, note="the CRM is away"), "run")
    noted = ledger.receipts.read_one(lead.ref, "task")
    assert noted is not None
    assert (noted.status, noted.unsure) == (ReceiptStatus.WAITING, True)
    assert ledger.receipts.begin(lead, "task", takes=90, settles=60).may_exist
    begun = ledger.receipts.read_one(lead.ref, "task")
    assert begun is not None
    assert begun.unsure


def test_a_follow_up_of_a_lead_that_is_through_has_receipts_all_the_same(ledger: Ledger) -> None:
    lead = a_carried(ledger)
    ledger.outcomes.finish([lead], "run")
    again = ledger.follow_ups.lead(lead.ref)
    assert again is not None
    assert ledger.receipts.begin(again, "sent_mail", takes=9, settles=9, guarded=False).go
    ledger.receipts.record(again, a_receipt(lead, ReceiptStatus.DONE, "sent_mail"), "follow-up")
    ledger.receipts.note(again, a_receipt(lead, ReceiptStatus.PLANNED, "call"), "follow-up", guarded=False)
    found = ledger.receipts.read([lead.ref])[lead.ref]
    assert {name: each.status for name, each in found.items()} == {
        "sent_mail": ReceiptStatus.DONE,
        "call": ReceiptStatus.PLANNED,
    }
