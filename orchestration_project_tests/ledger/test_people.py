"""Whose a lead is: the first touch is written once, and the earlier lead of a person is found."""

from datetime import datetime, timedelta

from orchestration_project.ledger import Ledger
from orchestration_project.model import Attribution, Delivery, Reason, Ref

JANE = "jane@acme.example"
DAY = timedelta(hours=24)


def lead(ledger: Ledger, external_id: str, submitted_at: datetime, person: str | None = JANE) -> Ref:
    (item,) = ledger.submissions.store("inbox", [Delivery(external_id=external_id, raw=b"{}")])
    ledger.people.introduce(item.ref, person, submitted_at, Attribution(source=f"touch {external_id}"))
    return item.ref


def earlier(ledger: Ledger, ref: Ref, window: timedelta = DAY) -> Ref | None:
    found = ledger.people.earlier_lead(ref, JANE, window)
    return found.ref if found else None


def test_the_first_touch_is_written_once(ledger: Ledger, now: datetime) -> None:
    first, later = Attribution(source="google", medium="cpc"), Attribution(source="newsletter")
    refs = [
        item.ref
        for item in ledger.submissions.store(
            "inbox", [Delivery(external_id=str(number), raw=b"{}") for number in range(3)]
        )
    ]
    assert ledger.people.introduce(refs[0], JANE, now, first) == first
    assert ledger.people.introduce(refs[1], JANE, now - timedelta(days=9), later) == first
    assert ledger.people.introduce(refs[0], JANE, now, later) == first, "a second run changes nothing"
    assert ledger.people.introduce(refs[2], "john@acme.example", now, later) == later
    assert ledger.stories.tell(refs[1]).first_touch == first


def test_a_lead_without_a_person_has_its_own_touch_and_leaves_no_trace(ledger: Ledger, now: datetime) -> None:
    ref = lead(ledger, "1", now, person=None)
    touch = Attribution(source="google")
    assert ledger.people.introduce(ref, None, now, touch) == touch
    with ledger.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM leads.first_touches").scalar() == 0


def test_the_earlier_lead_is_the_newest_before_this_one(ledger: Ledger, now: datetime) -> None:
    oldest = lead(ledger, "1", now - timedelta(hours=3))
    between = lead(ledger, "2", now - timedelta(hours=1))
    latest = lead(ledger, "3", now)
    assert earlier(ledger, latest) == between
    assert earlier(ledger, between) == oldest
    assert earlier(ledger, oldest) is None


def test_what_counts_is_when_it_was_sent_and_not_when_it_arrived(ledger: Ledger, now: datetime) -> None:
    came_first = lead(ledger, "1", now)
    sent_first = lead(ledger, "2", now - timedelta(minutes=5))
    assert earlier(ledger, came_first) == sent_first
    assert earlier(ledger, sent_first) is None


def test_of_two_sent_at_the_same_moment_the_one_received_first_is_the_earlier(
    ledger: Ledger, now: datetime
) -> None:
    first = lead(ledger, "b", now)
    second = lead(ledger, "a", now)
    assert earlier(ledger, second) == first
    assert earlier(ledger, first) is None


def test_the_window_ends_where_it_says(ledger: Ledger, now: datetime) -> None:
    old = lead(ledger, "1", now - timedelta(hours=24))
    new = lead(ledger, "2", now)
    assert earlier(ledger, new, DAY) == old
    assert earlier(ledger, new, DAY - timedelta(seconds=1)) is None


def test_the_lead_of_somebody_else_is_no_earlier_one(ledger: Ledger, now: datetime) -> None:
    lead(ledger, "1", now - timedelta(hours=1), person="john@acme.example")
    lead(ledger, "2", now - timedelta(hours=1), person=None)
    assert earlier(ledger, lead(ledger, "3", now)) is None


def test_a_lead_in_quarantine_is_no_earlier_one(ledger: Ledger, now: datetime) -> None:
    first = lead(ledger, "1", now - timedelta(hours=2))
    spam = lead(ledger, "2", now - timedelta(hours=1))
    ledger.work.quarantine(spam, Reason.SPAM, "spam", None, "run")
    assert earlier(ledger, lead(ledger, "3", now)) == first


def test_an_introduced_lead_may_be_claimed_at_once(ledger: Ledger, now: datetime) -> None:
    ref = lead(ledger, "1", now)
    assert ledger.work.claim(max_leads=1, max_runs=1)[0].refs == (ref,)
