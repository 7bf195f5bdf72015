"""A lease that is not the newest: what a run still writes under it is refused, and changes nothing."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from orchestration_project.ledger import Ledger, open_ledger
from orchestration_project.ledger.outcomes import Wait
from orchestration_project.model import (
    Carried,
    Decision,
    LeaseLost,
    Reason,
    ReceiptStatus,
    ScoreStatus,
    Scoring,
    Verdict,
)
from orchestration_project_tests.hand_clock import HandClock
from orchestration_project_tests.ledger.leads import (
    a_carried,
    a_receipt,
    carry,
    everything,
    recorded,
    row,
    state,
    submit,
)

Act = Callable[[Ledger, Carried], Any]


def a_decision(lead: Carried) -> Decision:
    return Decision(
        ref=lead.ref,
        scoring=Scoring(ref=lead.ref, status=ScoreStatus.TIMEOUT, scorer="OpenAI"),
        track="nurture",
        why_track="because",
        playbook_version="a1b2",
        decided_at=datetime(2026, 11, 24, 10, 0, tzinfo=UTC),
    )


WRITES: dict[str, Act] = {
    "wait": lambda ledger, lead: ledger.outcomes.wait(lead, Wait(explanation="away"), "run"),
    "wait for the AI": lambda ledger, lead: ledger.outcomes.wait_for_ai(
        lead, Wait(explanation="away"), "run"
    ),
    "needs a person": lambda ledger, lead: ledger.outcomes.needs_person(lead, "broken", "run"),
    "quarantine": lambda ledger, lead: ledger.outcomes.quarantine(lead, Reason.SPAM, "spam", None, "run"),
    "routed": lambda ledger, lead: ledger.outcomes.routed(lead, "priority", 0, rescore=True),
    "decided": lambda ledger, lead: ledger.decisions.add(lead, a_decision(lead), "run"),
    "receipt begun": lambda ledger, lead: ledger.receipts.begin(lead, "task", takes=9, settles=9),
    "receipt noted": lambda ledger, lead: ledger.receipts.note(
        lead, a_receipt(lead, ReceiptStatus.PLANNED), "run"
    ),
}


def finished_by_itself(ledger: Ledger, lead: Carried) -> None:
    ledger.outcomes.finish([lead], "run")


def replayed(ledger: Ledger, lead: Carried) -> None:
    ledger.by_hand.replay([lead.ref])


def with_another_run(ledger: Ledger, lead: Carried) -> None:
    replayed(ledger, lead)
    carry(ledger, lead.ref, run_id="another run")


def given_back(ledger: Ledger, lead: Carried) -> None:
    ledger.locks.release()
    (silent,) = ledger.recovery.silent()
    ledger.recovery.give_back(silent, "died", dead=True)


LOSSES: list[Act] = [finished_by_itself, replayed, with_another_run, given_back]


@pytest.mark.parametrize("lose", LOSSES)
@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_a_write_under_an_old_lease_writes_nothing_and_says_so(ledger: Ledger, lose: Act, write: Act) -> None:
    lead = a_carried(ledger)
    lose(ledger, lead)
    before = everything(ledger)
    with pytest.raises(LeaseLost):
        write(ledger, lead)
    assert everything(ledger) == before


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_the_same_write_under_the_newest_lease_is_written(ledger: Ledger, write: Act) -> None:
    lead = a_carried(ledger)
    before = everything(ledger)
    write(ledger, lead)
    assert everything(ledger) != before


@pytest.mark.parametrize("lose", LOSSES)
def test_of_several_leads_those_of_an_old_lease_are_left_out(ledger: Ledger, lose: Act) -> None:
    kept, lost = carry(ledger, *submit(ledger, 2), run_id="run")
    if lose is given_back:
        ledger.outcomes.wait(kept, Wait(explanation="elsewhere for a moment"), "run")
        lose(ledger, lost)
        (kept,) = carry(ledger, kept.ref)
    else:
        lose(ledger, lost)
    facts = [Verdict(ref=lead.ref, explanation="news") for lead in (kept, lost)]
    assert ledger.facts.write([kept, lost], facts, "run") == (kept,)
    assert set(ledger.facts.read(Verdict, [kept.ref, lost.ref])) == {kept.ref}
    before = row(ledger, lost.ref)
    assert ledger.outcomes.finish([kept, lost], "run") == (kept,)
    assert state(ledger, kept.ref) == "done"
    assert row(ledger, lost.ref) == before


def test_what_is_done_is_written_down_even_where_another_run_has_the_lead_by_now(ledger: Ledger) -> None:
    lead = a_carried(ledger)
    ledger.receipts.begin(lead, "task", takes=90, settles=60)
    with_another_run(ledger, lead)
    done = a_receipt(lead, ReceiptStatus.DONE, external_id="7")
    ledger.receipts.record(lead, done, "run")
    (newer,) = ledger.claims.carried("another run")
    beginning = ledger.receipts.begin(newer, "task", takes=90, settles=60)
    assert not beginning.go
    assert beginning.receipt is not None
    assert (beginning.receipt.status, beginning.receipt.external_id) == (ReceiptStatus.DONE, "7")


def test_it_is_not_once_somebody_else_has_begun_since(ledger: Ledger, clock: HandClock) -> None:
    lead = a_carried(ledger)
    ledger.receipts.begin(lead, "task", takes=90, settles=60)
    with_another_run(ledger, lead)
    clock.forward(seconds=151)
    (newer,) = ledger.claims.carried("another run")
    assert ledger.receipts.begin(newer, "task", takes=90, settles=60).go
    before = everything(ledger)
    with pytest.raises(LeaseLost):
        ledger.receipts.record(lead, a_receipt(lead, ReceiptStatus.DONE), "run")
    assert everything(ledger) == before


def test_nobody_records_what_they_did_not_begin(ledger: Ledger) -> None:
    lead = a_carried(ledger)
    with pytest.raises(LeaseLost):
        ledger.receipts.record(lead, a_receipt(lead, ReceiptStatus.DONE), "run")
    recorded(ledger, lead, a_receipt(lead, ReceiptStatus.DONE))
    with pytest.raises(LeaseLost):
        ledger.receipts.record(lead, a_receipt(lead, ReceiptStatus.FAILED), "run")


def test_a_run_whose_process_lives_keeps_its_lease_when_another_ledger_looks(
    ledger: Ledger, clock: HandClock
) -> None:
    lead = a_carried(ledger)
    other = open_ledger(ledger.engine, clock)
    assert other.recovery.silent() == ()
    other.close()
    assert ledger.claims.carried("run") == (lead,)
