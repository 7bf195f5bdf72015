"""Receipts: one a lead and action, changed in place, with the story told beside them."""

import threading
from datetime import UTC, datetime

from orchestration_project.ledger import Ledger
from orchestration_project.model import Delivery, Receipt, ReceiptStatus, Ref


def a_lead(ledger: Ledger, external_id: str = "1") -> Ref:
    return ledger.submissions.store("inbox", [Delivery(external_id=external_id, raw=b"{}")])[0].ref


def test_a_receipt_comes_back_as_it_was_written(ledger: Ledger) -> None:
    receipt = Receipt(
        ref=a_lead(ledger),
        action="crm_contact",
        status=ReceiptStatus.DONE,
        external_id="17",
        url="https://crm.example/17",
        note="updated",
        conflicts=("phone", "company"),
        until=datetime(2026, 11, 24, 12, 30, tzinfo=UTC),
    )
    ledger.receipts.write(receipt, "run")
    assert ledger.receipts.read_one(receipt.ref, "crm_contact") == receipt
    assert ledger.receipts.read_one(receipt.ref, "task") is None


def test_writing_again_replaces_all_of_it_and_makes_no_second_one(ledger: Ledger) -> None:
    ref = a_lead(ledger)
    failed = Receipt(ref=ref, action="task", status=ReceiptStatus.FAILED, error="the CRM was away")
    done = Receipt(ref=ref, action="task", status=ReceiptStatus.DONE, external_id="3")
    ledger.receipts.write(failed, "run 1")
    ledger.receipts.write(done, "run 2")
    assert ledger.receipts.read([ref]) == {ref: {"task": done}}


def test_each_lead_has_its_own_and_a_lead_without_has_an_empty_place(ledger: Ledger) -> None:
    one, other, none = (a_lead(ledger, name) for name in ("1", "2", "3"))
    ledger.receipts.write(Receipt(ref=one, action="chat", status=ReceiptStatus.DONE), "run")
    ledger.receipts.write(Receipt(ref=other, action="chat", status=ReceiptStatus.PLANNED), "run")
    found = ledger.receipts.read([one, other, none])
    assert found[one]["chat"].status is ReceiptStatus.DONE
    assert found[other]["chat"].status is ReceiptStatus.PLANNED
    assert found[none] == {}
    assert ledger.receipts.read([]) == {}


def test_the_story_tells_each_receipt_but_not_the_beginning_of_an_act(ledger: Ledger) -> None:
    ref = a_lead(ledger)
    for status, error in (
        (ReceiptStatus.BEGUN, None),
        (ReceiptStatus.FAILED, "away"),
        (ReceiptStatus.DONE, None),
    ):
        ledger.receipts.write(
            Receipt(ref=ref, action="task", status=status, error=error, note="note"), "run-9"
        )
    told = ledger.stories.tell(ref).events[1:]
    assert [(event.event, event.detail) for event in told] == [("task failed", "away"), ("task done", "note")]
    assert {event.run_id for event in told} == {"run-9"}


def test_two_who_write_the_same_receipt_at_once_leave_one(ledger: Ledger) -> None:
    ref, start = a_lead(ledger), threading.Barrier(4)

    def write() -> None:
        start.wait(10)
        ledger.receipts.write(Receipt(ref=ref, action="chat", status=ReceiptStatus.DONE), "run")

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(ledger.stories.list_leads(refs=[ref])[0].actions) == 1
