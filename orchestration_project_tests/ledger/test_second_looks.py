"""What was begun twice and is done is looked at once more, some minutes later, by one process."""

from orchestration_project.ledger import Ledger
from orchestration_project.ledger.second_looks import WINDOW
from orchestration_project.model import Carried, ReceiptStatus
from orchestration_project_tests.hand_clock import HandClock
from orchestration_project_tests.ledger.leads import a_carried, a_receipt, events, recorded

TASK = ("task",)


def done_unsure(ledger: Ledger, name: str = "lead") -> Carried:
    lead = a_carried(ledger, name, run_id=f"run {name}")
    recorded(ledger, lead, a_receipt(lead, ReceiptStatus.DONE, external_id="7", unsure=True))
    return lead


def due(ledger: Ledger, *actions: str) -> list[str]:
    return [look.ref for look in ledger.second_looks.due(actions or TASK, 10)]


def test_what_is_done_after_a_try_in_doubt_is_due_ten_minutes_later(ledger: Ledger, clock: HandClock) -> None:
    lead = done_unsure(ledger)
    clock.forward(minutes=9)
    assert due(ledger) == []
    clock.forward(minutes=1)
    assert due(ledger) == [lead.ref]
    assert due(ledger, "chat", "draft") == [], "only of the actions that are asked for"


def test_what_was_never_in_doubt_or_is_not_done_is_not_looked_at(ledger: Ledger, clock: HandClock) -> None:
    sure, waits = a_carried(ledger, "sure", run_id="1"), a_carried(ledger, "waits", run_id="2")
    recorded(ledger, sure, a_receipt(sure, ReceiptStatus.DONE, external_id="7"))
    recorded(ledger, waits, a_receipt(waits, ReceiptStatus.WAITING, unsure=True))
    clock.forward(minutes=11)
    assert due(ledger) == []


def test_it_is_looked_at_once(ledger: Ledger, clock: HandClock) -> None:
    done_unsure(ledger)
    clock.forward(minutes=11)
    (look,) = ledger.second_looks.due(TASK, 10)
    assert ledger.second_looks.done(look)
    assert not ledger.second_looks.done(look), "another process was first"
    assert due(ledger) == []


def test_what_could_not_be_asked_is_put_off_but_not_for_ever(ledger: Ledger, clock: HandClock) -> None:
    lead = done_unsure(ledger)
    clock.forward(minutes=11)
    (look,) = ledger.second_looks.due(TASK, 10)
    ledger.second_looks.put_off(look)
    assert due(ledger) == []
    clock.forward(minutes=11)
    assert due(ledger) == [lead.ref]
    clock.forward(seconds=WINDOW.total_seconds())
    assert due(ledger) == []


def test_few_at_a_time_and_the_oldest_first(ledger: Ledger, clock: HandClock) -> None:
    leads = []
    for number in range(3):
        leads.append(done_unsure(ledger, f"lead {number}"))
        clock.forward(seconds=1)
    clock.forward(minutes=11)
    assert [look.ref for look in ledger.second_looks.due(TASK, 2)] == [lead.ref for lead in leads[:2]]


def test_what_is_to_be_looked_at_takes_the_place_of_nothing_unseen(ledger: Ledger) -> None:
    lead = a_carried(ledger)
    for words in ("Two tasks.", "Two tasks.", "Two drafts."):
        ledger.attention.draw(lead.ref, words)
    (line,) = ledger.stories.list_leads()
    assert line.attention == "Two tasks. Two drafts."
    assert ledger.attention.seen([lead.ref]) == (lead.ref,)
    assert ledger.attention.seen([lead.ref]) == ()
    (line,) = ledger.stories.list_leads()
    assert line.attention == ""
    assert events(ledger, lead.ref).count("seen") == 1
