"""Whose a lead is: the first touch is written once, and the earlier lead of a person is found."""

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from orchestration_project.ledger import Ledger, open_ledger
from orchestration_project.ledger.other_messages import NEWEST_OF_A_KEY, wrote_again
from orchestration_project.ledger.outcomes import Wait
from orchestration_project.ledger.people import NOBODY_WAITS_FOR, Introduction
from orchestration_project.model import Attribution, Delivery, Lead, Reason, Ref
from orchestration_project_tests.hand_clock import HandClock
from orchestration_project_tests.larkfield import a_lead
from orchestration_project_tests.ledger.leads import carry

JANE = "jane@acme.example"


def lead(ledger: Ledger, external_id: str, submitted_at: datetime, person: str | None = JANE) -> Ref:
    (item,) = ledger.submissions.store("inbox", [Delivery(external_id=external_id, raw=b"{}")])
    introduce(ledger, item.ref, person, submitted_at, Attribution(source=f"touch {external_id}"))
    return item.ref


def introduce(
    ledger: Ledger, ref: Ref, person: str | None, submitted_at: datetime, touch: Attribution
) -> Attribution:
    """The first touch of the person, as it stands in what is known of the lead then."""
    given = a_lead(ref=ref, attribution=touch, submitted_at=submitted_at)
    ledger.people.introduce(
        [
            Introduction(
                ref=ref,
                person_key=person,
                submitted_at=submitted_at,
                keys=frozenset({f"mail:{person}"} if person else ()),
                touch=touch,
                lead=given,
            )
        ]
    )
    known = ledger.facts.read(Lead, [ref])[ref]
    assert known.model_copy(update={"first_touch": given.first_touch}) == given
    return known.first_touch


def earlier(ledger: Ledger, ref: Ref) -> Ref | None:
    """The newest that stands for the person."""
    return next((each.ref for each in ledger.people.perhaps_the_same([ref])[ref] if each.stands), None)


def test_the_first_touch_is_written_once(ledger: Ledger, now: datetime) -> None:
    first, later = Attribution(source="google", medium="cpc"), Attribution(source="newsletter")
    refs = [
        item.ref
        for item in ledger.submissions.store(
            "inbox", [Delivery(external_id=str(number), raw=b"{}") for number in range(3)]
        )
    ]
    assert introduce(ledger, refs[0], JANE, now, first) == first
    assert introduce(ledger, refs[1], JANE, now - timedelta(days=9), later) == first
    assert introduce(ledger, refs[0], JANE, now, later) == first, "a second run changes nothing"
    assert introduce(ledger, refs[2], "john@acme.example", now, later) == later
    assert ledger.stories.tell(refs[1]).first_touch == first


def test_a_lead_without_a_person_has_its_own_touch_and_leaves_no_trace(ledger: Ledger, now: datetime) -> None:
    ref = lead(ledger, "1", now, person=None)
    touch = Attribution(source="google")
    assert introduce(ledger, ref, None, now, touch) == touch
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


def test_of_many_with_one_key_only_the_newest_are_looked_at(ledger: Ledger, now: datetime) -> None:
    refs = [
        lead(ledger, str(number), now + timedelta(minutes=number)) for number in range(NEWEST_OF_A_KEY + 5)
    ]
    found = ledger.people.perhaps_the_same([refs[-1], refs[0]])
    assert [each.ref for each in found[refs[-1]]] == refs[-2 : -2 - NEWEST_OF_A_KEY : -1]
    assert found[refs[0]] == ()


def test_a_lead_that_is_read_again_has_the_keys_of_what_it_says_now(ledger: Ledger, now: datetime) -> None:
    first, second = lead(ledger, "1", now), lead(ledger, "2", now + timedelta(minutes=1))
    assert earlier(ledger, second) == first
    introduce(ledger, second, "john@acme.example", now + timedelta(minutes=1), Attribution())
    assert earlier(ledger, second) is None


def test_who_wrote_again_is_found_without_reading_the_keys_of_all(ledger: Ledger, now: datetime) -> None:
    """Of a ledger that was filled a moment ago the server has no statistics."""
    other = lead(ledger, "other", now, "other@acme.example")
    refs = [lead(ledger, str(number), now) for number in range(2)]
    fill = """INSERT INTO leads.lead_keys (lead_id, key) SELECT id, 'mail:' || number
        FROM leads.submissions, generate_series(1, 10000) AS number WHERE ref = :ref"""
    with ledger.engine.begin() as connection:
        connection.execute(text(fill), {"ref": other})
    with ledger.engine.connect() as connection:
        asked = connection.execute(wrote_again(), {"refs": [*refs]})
        assert {*asked.scalars()} == {*refs}
        explain = (
            wrote_again()
            .params(refs=[*refs])
            .compile(connection, compile_kwargs={"literal_binds": True, "render_postcompile": True})
        )
        plan = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {explain}")
        read = plan.scalar_one()[0]["Plan"]
    assert read["Shared Hit Blocks"] + read["Shared Read Blocks"] < 60


def test_the_lead_of_somebody_else_is_no_earlier_one(ledger: Ledger, now: datetime) -> None:
    lead(ledger, "1", now - timedelta(hours=1), person="john@acme.example")
    lead(ledger, "2", now - timedelta(hours=1), person=None)
    assert earlier(ledger, lead(ledger, "3", now)) is None


@pytest.mark.parametrize("state", NOBODY_WAITS_FOR)
def test_a_lead_that_was_set_aside_is_no_earlier_one(ledger: Ledger, now: datetime, state: str) -> None:
    """Neither spam, nor history, nor one that waits for a person: who writes again is news."""
    first = lead(ledger, "1", now - timedelta(hours=2))
    aside = lead(ledger, "2", now - timedelta(hours=1))
    (carried,) = carry(ledger, aside)
    if state == "quarantined":
        ledger.outcomes.quarantine(carried, Reason.SPAM, "spam", None, "run")
    elif state == "needs_person":
        ledger.outcomes.needs_person(carried, "the disk is full", "run")
    else:
        with ledger.engine.begin() as connection:
            connection.exec_driver_sql(
                "UPDATE leads.work SET state = 'imported' WHERE lead_id = %s", (carried.lead_id,)
            )
    assert earlier(ledger, lead(ledger, "3", now)) == first


@pytest.mark.parametrize("waits", [True, False])
def test_a_lead_under_way_or_waiting_stands_for_its_person(
    ledger: Ledger, now: datetime, *, waits: bool
) -> None:
    first = lead(ledger, "1", now - timedelta(hours=1))
    (carried,) = carry(ledger, first)
    if waits:
        ledger.outcomes.wait(carried, Wait(explanation="away", waiting_for="crm"), "run")
    assert earlier(ledger, lead(ledger, "2", now)) == first


def test_one_that_cannot_be_read_is_introduced_without_anything_known_of_it(
    ledger: Ledger, now: datetime
) -> None:
    (item,) = ledger.submissions.store("inbox", [Delivery(external_id="1", raw=b"\xff")])
    ledger.people.introduce([Introduction(ref=item.ref, person_key=None, submitted_at=now)])
    assert ledger.facts.read(Lead, [item.ref]) == {}
    assert ledger.claims.claim(max_leads=1, max_runs=1)[0].refs == (item.ref,)


def test_two_who_introduce_the_same_people_in_other_orders_never_wait_in_a_circle(
    ledger: Ledger, clock: HandClock, now: datetime
) -> None:
    people = [f"person {number}" for number in range(60)]
    stored = [
        ledger.submissions.store(source, [Delivery(external_id=name, raw=b"{}") for name in people])
        for source in ("one", "other")
    ]
    start, errors = threading.Barrier(2), list[Exception]()

    def introduce_all(order: int) -> None:
        given = [
            Introduction(ref=item.ref, person_key=item.external_id, submitted_at=now)
            for item in stored[order]
        ][:: 1 if order else -1]
        mine = open_ledger(ledger.engine, clock)
        start.wait(20)
        try:
            mine.people.introduce(given)
        except Exception as error:  # noqa: BLE001 - told by the assertion below
            errors.append(error)

    threads = [threading.Thread(target=introduce_all, args=(order,)) for order in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert errors == []
    with ledger.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM leads.first_touches").scalar() == 60
