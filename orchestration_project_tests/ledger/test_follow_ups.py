"""Who is due for a follow-up: each lead once, what failed after a while, what was called off never."""

from datetime import datetime, timedelta

import pytest

from orchestration_project.ledger import Ledger
from orchestration_project.ledger.follow_ups import CALL_TOOK_PLACE, FAILED_AGAIN, NO_CALL, WINDOW
from orchestration_project.model import Delivery, Receipt, ReceiptStatus, Ref
from orchestration_project_tests.hand_clock import HandClock

SLOT = timedelta(hours=3)
TAKES, SETTLES = 90.0, 60.0


def some_leads(ledger: Ledger, count: int) -> list[Ref]:
    """In the order of their refs."""
    stored = ledger.submissions.store(
        "inbox", [Delivery(external_id=str(n), raw=b"{}") for n in range(count)]
    )
    return sorted(lead.ref for lead in stored)


def write(
    ledger: Ledger, ref: Ref, action: str, status: ReceiptStatus, until: datetime | None = None
) -> None:
    """As a follow-up writes it, or a run before it; whatever stood there before."""
    done = status is ReceiptStatus.DONE
    receipt = Receipt(
        ref=ref, action=action, status=status, external_id=f"id {ref}" if done else None, until=until
    )
    with ledger.engine.begin() as connection:
        connection.exec_driver_sql(
            "DELETE FROM leads.receipts WHERE action = %s AND lead_id = "
            "(SELECT id FROM leads.submissions WHERE ref = %s)",
            (action, ref),
        )
    lead = ledger.follow_ups.lead(ref)
    assert lead is not None
    if status in (ReceiptStatus.DONE, ReceiptStatus.FAILED, ReceiptStatus.BEGUN):
        ledger.receipts.begin(lead, action, takes=TAKES, settles=SETTLES, guarded=False)
        if status is not ReceiptStatus.BEGUN:
            ledger.receipts.record(lead, receipt, "run")
    else:
        ledger.receipts.note(lead, receipt, "run", guarded=False)


@pytest.fixture
def ref(ledger: Ledger, clock: HandClock) -> Ref:
    """A lead with a contact, a draft and a hold, whose time is over in three hours."""
    (ref,) = some_leads(ledger, 1)
    write(ledger, ref, "crm_contact", ReceiptStatus.DONE)
    write(ledger, ref, "draft", ReceiptStatus.DONE)
    write(ledger, ref, "calendar_hold", ReceiptStatus.DONE, clock() + SLOT)
    return ref


def drafts(ledger: Ledger, after: Ref | None = None, *, limit: int = 10, allowed: bool = True) -> list[Ref]:
    def ask() -> list[Ref]:
        return [draft.ref for draft in ledger.follow_ups.open_drafts(after, limit, allowed=allowed)]

    found = ask()
    ledger.follow_ups.settle()
    assert ask() == found  # marks make it quicker and change nothing
    return found


def calls(ledger: Ledger, *, limit: int = 10, allowed: bool = True) -> list[Ref]:
    found = ledger.follow_ups.due_calls(limit, allowed=allowed)
    ledger.follow_ups.settle()
    assert ledger.follow_ups.due_calls(limit, allowed=allowed) == found
    return list(found)


def test_a_draft_is_open_until_it_is_known_to_be_sent(ledger: Ledger, ref: Ref) -> None:
    (draft,) = ledger.follow_ups.open_drafts(None, 10, allowed=True)
    assert (draft.ref, draft.draft_id) == (ref, f"id {ref}")
    write(ledger, ref, "sent_mail", ReceiptStatus.DONE)
    assert drafts(ledger) == []


@pytest.mark.parametrize("status", [status for status in ReceiptStatus if status is not ReceiptStatus.DONE])
def test_a_draft_that_was_not_made_is_not_asked_for(ledger: Ledger, ref: Ref, status: ReceiptStatus) -> None:
    write(ledger, ref, "draft", status)
    assert drafts(ledger) == []


def test_a_draft_that_nobody_sends_is_forgotten_some_day(ledger: Ledger, ref: Ref, clock: HandClock) -> None:
    clock.now += WINDOW - timedelta(seconds=1)
    assert drafts(ledger) == [ref]
    clock.now += timedelta(seconds=1)
    assert drafts(ledger) == []


def test_drafts_are_asked_for_in_rounds(ledger: Ledger) -> None:
    refs = some_leads(ledger, 5)
    for each in refs:
        write(ledger, each, "draft", ReceiptStatus.DONE)
    asked: list[Ref] = []
    for _ in range(5):
        asked += drafts(ledger, asked[-1] if asked else None, limit=2)
    assert asked == refs * 2
    assert drafts(ledger, refs[2]) == [refs[3], refs[4], refs[0], refs[1], refs[2]]


def test_a_call_is_due_when_its_time_has_passed(ledger: Ledger, ref: Ref, clock: HandClock) -> None:
    assert calls(ledger) == []
    clock.now += SLOT
    assert calls(ledger) == [ref]
    write(ledger, ref, "call", ReceiptStatus.DONE)
    assert calls(ledger) == []


def test_a_call_that_was_moved_is_due_at_its_new_time(ledger: Ledger, ref: Ref, clock: HandClock) -> None:
    clock.now += SLOT
    write(ledger, ref, "call", ReceiptStatus.PLANNED, clock() + SLOT)
    assert calls(ledger) == []
    clock.now += SLOT
    assert calls(ledger) == [ref]


def test_a_hold_of_which_no_time_is_known_has_no_call(ledger: Ledger, ref: Ref, clock: HandClock) -> None:
    write(ledger, ref, "calendar_hold", ReceiptStatus.DONE)
    clock.now += SLOT
    assert calls(ledger) == []


def test_calls_of_long_ago_are_not_logged_any_more(ledger: Ledger, ref: Ref, clock: HandClock) -> None:
    clock.now += SLOT + WINDOW
    assert calls(ledger) == []


def test_the_call_that_was_over_first_comes_first(ledger: Ledger, clock: HandClock) -> None:
    refs = some_leads(ledger, 3)
    for each, hours in zip(refs, (2, 1, 3), strict=True):
        write(ledger, each, "calendar_hold", ReceiptStatus.DONE, clock() + timedelta(hours=hours))
    clock.forward(days=1)
    assert calls(ledger, limit=2) == [refs[1], refs[0]]


@pytest.mark.parametrize("log", ["sent_mail", "call"])
@pytest.mark.parametrize(
    ("status", "wait"),
    [
        (ReceiptStatus.FAILED, FAILED_AGAIN),
        (ReceiptStatus.BEGUN, timedelta(seconds=TAKES + SETTLES)),  # nobody could tell what came of it before
    ],
)
def test_what_went_wrong_is_tried_again_after_a_while(
    ledger: Ledger, ref: Ref, clock: HandClock, log: str, status: ReceiptStatus, wait: timedelta
) -> None:
    due = drafts if log == "sent_mail" else calls
    clock.now += SLOT
    write(ledger, ref, log, status)
    clock.now += wait - timedelta(seconds=1)
    assert due(ledger) == []
    clock.now += timedelta(seconds=1)
    assert due(ledger) == [ref]


@pytest.mark.parametrize("log", ["sent_mail", "call"])
def test_what_waits_is_due_when_its_time_has_come(
    ledger: Ledger, ref: Ref, clock: HandClock, log: str
) -> None:
    due = drafts if log == "sent_mail" else calls
    clock.now += SLOT
    later = clock() + timedelta(minutes=5)
    receipt = Receipt(ref=ref, action=log, status=ReceiptStatus.WAITING, try_at=later)
    lead = ledger.follow_ups.lead(ref)
    assert lead is not None
    ledger.receipts.note(lead, receipt, "follow-up", guarded=False)
    assert due(ledger) == []
    clock.now = later
    assert due(ledger) == [ref]


@pytest.mark.parametrize("log", ["sent_mail", "call"])
def test_what_was_only_planned_is_due_as_soon_as_it_can_be_done(
    ledger: Ledger, ref: Ref, clock: HandClock, log: str
) -> None:
    due = drafts if log == "sent_mail" else calls
    clock.now += SLOT
    write(ledger, ref, log, ReceiptStatus.PLANNED)
    assert due(ledger, allowed=False) == []
    assert due(ledger, allowed=True) == [ref]
    write(ledger, ref, "crm_contact", ReceiptStatus.PLANNED)
    assert due(ledger, allowed=True) == [], "it would only wait for the contact again"


@pytest.mark.parametrize("log", ["sent_mail", "call"])
def test_what_was_called_off_stays_so(ledger: Ledger, ref: Ref, clock: HandClock, log: str) -> None:
    clock.now += SLOT
    write(ledger, ref, log, ReceiptStatus.SKIPPED)
    clock.forward(days=3)
    assert (drafts if log == "sent_mail" else calls)(ledger) == []


def test_a_lead_that_nobody_decided_on_has_no_record(ledger: Ledger, ref: Ref) -> None:
    assert ledger.follow_ups.decided(ref) is None
    assert ledger.follow_ups.decided(Ref("L-UNKNOWN")) is None


def call_of(ledger: Ledger, ref: Ref) -> ReceiptStatus | None:
    receipt = ledger.receipts.read_one(ref, "call")
    return receipt.status if receipt else None


def test_a_call_of_which_a_person_tells_is_due_at_once_whatever_the_calendar_says(
    ledger: Ledger, ref: Ref
) -> None:
    (other,) = [lead for lead in some_leads(ledger, 2) if lead != ref]  # without a hold
    for lead in (ref, other):
        write(ledger, lead, "crm_contact", ReceiptStatus.DONE)
        assert ledger.follow_ups.call_took_place(lead) is None
        ledger.follow_ups.report_call(lead, took_place=True)
        assert ledger.follow_ups.call_took_place(lead) is True
    assert sorted(calls(ledger)) == sorted([ref, other])
    assert len(calls(ledger, limit=1)) == 1
    write(ledger, ref, "call", ReceiptStatus.DONE)
    assert calls(ledger) == [other]


def test_of_what_a_person_says_the_last_word_counts(ledger: Ledger, ref: Ref, clock: HandClock) -> None:
    clock.now += SLOT
    ledger.follow_ups.report_call(ref, took_place=False)
    assert (call_of(ledger, ref), calls(ledger)) == (ReceiptStatus.SKIPPED, [])
    ledger.follow_ups.report_call(ref, took_place=True)
    assert (call_of(ledger, ref), calls(ledger)) == (ReceiptStatus.WAITING, [ref])
    ledger.follow_ups.report_call(ref, took_place=False)
    assert (call_of(ledger, ref), calls(ledger)) == (ReceiptStatus.SKIPPED, [])
    assert ledger.follow_ups.call_took_place(ref) is False
    story = [event.event for event in ledger.stories.tell(ref).events]
    assert [event for event in story if event in (CALL_TOOK_PLACE, NO_CALL)] == [
        NO_CALL,
        CALL_TOOK_PLACE,
        NO_CALL,
    ]


def test_what_is_logged_already_stays_so_whatever_a_person_says(ledger: Ledger, ref: Ref) -> None:
    write(ledger, ref, "call", ReceiptStatus.DONE)
    for took_place in (True, False):
        receipt = ledger.follow_ups.report_call(ref, took_place=took_place)
        assert receipt is not None and receipt.status is ReceiptStatus.DONE
    assert call_of(ledger, ref) is ReceiptStatus.DONE
    assert calls(ledger) == []


def followed_up(ledger: Ledger) -> set[str]:
    """The actions that are marked so."""
    with ledger.engine.connect() as connection:
        return {*connection.exec_driver_sql("SELECT action FROM leads.receipts WHERE followed_up").scalars()}


@pytest.mark.parametrize("status", ReceiptStatus)
def test_what_is_known_is_marked_and_nothing_else(ledger: Ledger, ref: Ref, status: ReceiptStatus) -> None:
    ledger.follow_ups.settle()
    assert followed_up(ledger) == set()
    known = status in (ReceiptStatus.DONE, ReceiptStatus.SKIPPED)
    write(ledger, ref, "sent_mail", status)
    ledger.follow_ups.settle()
    assert followed_up(ledger) == ({"draft"} if known else set())
    write(ledger, ref, "call", status)
    ledger.follow_ups.settle()
    assert followed_up(ledger) == ({"draft", "calendar_hold"} if known else set())


def test_of_a_lead_that_was_erased_nobody_can_tell(ledger: Ledger) -> None:
    assert ledger.follow_ups.report_call(Ref("L-ZZZZZZZZZZ"), took_place=True) is None
