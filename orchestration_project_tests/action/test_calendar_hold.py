"""A hold takes a free half hour for a call, and tells the owner what it is about."""

from datetime import UTC, datetime, timedelta

import anyio

from orchestration_project.action.calendar_hold import CalendarHold, hold
from orchestration_project.action.slots import Slot
from orchestration_project.connectors.calendar.interface import Busy, Hold
from orchestration_project.model import Company, NotDone, Person, Written
from orchestration_project_tests.action.briefs import LEAD, REF, SCORE, a_brief, a_receipt
from orchestration_project_tests.action.tools import tools
from orchestration_project_tests.fakes.calendar import FakeCalendar

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SLOT = Slot(NOON, NOON + timedelta(minutes=30))


def act(calendar: FakeCalendar, now: datetime, time_zone: str | None = None) -> Written | NotDone:
    brief = a_brief(person=LEAD.person.model_copy(update={"time_zone": time_zone}))
    return anyio.run(CalendarHold().act, brief, tools(calendar=calendar), lambda: now)


def test_the_hold_takes_the_next_free_slot(now: datetime) -> None:
    calendar = FakeCalendar(Busy(start=now, end=NOON))
    written = act(calendar, now)
    assert calendar.holds[REF].start == NOON
    assert calendar.holds[REF].end == NOON + timedelta(minutes=30)
    assert written == Written(
        external_id=REF, note="Tue 24 Nov 2026, 12:00 (Europe/London)", until=calendar.holds[REF].end
    )


def test_the_slot_suits_the_leads_time_zone(now: datetime) -> None:
    calendar = FakeCalendar()
    act(calendar, now, "America/New_York")
    assert calendar.holds[REF].start == datetime(2026, 11, 24, 13, 0, tzinfo=UTC)


def test_a_time_zone_we_do_not_know_holds_nothing_up(now: datetime) -> None:
    calendar = FakeCalendar()
    act(calendar, now, "Etc/Unknown")
    assert REF in calendar.holds


def test_a_full_calendar_is_told_and_holds_up_no_other_action(now: datetime) -> None:
    calendar = FakeCalendar(Busy(start=now, end=now + timedelta(days=60)))
    answer = act(calendar, now)
    assert isinstance(answer, NotDone)
    assert "no half hour" in answer.note
    assert not calendar.holds


def test_a_hold_is_found_again(now: datetime) -> None:
    calendar = FakeCalendar()
    found = anyio.run(CalendarHold().find, a_brief(), tools(calendar=calendar))
    assert found is None
    act(calendar, now)
    found = anyio.run(CalendarHold().find, a_brief(), tools(calendar=calendar))
    assert found == Written(external_id=REF, until=calendar.holds[REF].end)


def test_two_leads_never_choose_a_slot_at_the_same_time() -> None:
    other = a_brief(ref="L-zzzzzzzzzz", person=Person())
    assert CalendarHold().lock_keys(a_brief()) == CalendarHold().lock_keys(other) != ()


def test_every_lead_of_the_track_gets_a_hold() -> None:
    assert CalendarHold().skip(a_brief(person=Person())) is None


def test_the_event_says_who_why_and_where_to_read_on() -> None:
    contact = a_receipt("crm_contact").model_copy(update={"url": "https://crm.example/1"})
    assert hold(a_brief(receipts=(contact,)), SLOT) == Hold(
        key=REF,
        start=SLOT.start,
        end=SLOT.end,
        title="Hold: call with Jane Doe (Acme Ltd)",
        description=(
            f"Lead {REF}, score 9/10\nthe AI says: “Asks for payroll for 40 people, soon”\n"
            "Contact: https://crm.example/1"
        ),
    )


def test_without_a_score_the_event_says_why_there_is_none() -> None:
    assert hold(a_brief(score=None), SLOT).description == (
        f"Lead {REF}, no score (timeout)\nThe AI did not answer within 12 s."
    )


def test_no_link_from_a_form_reaches_the_calendar() -> None:
    score = SCORE.model_copy(update={"rationale": "Wants\nhttps://evil.example looked at."})
    brief = a_brief(
        score=score, person=Person(full_name="Jane evil.com Doe"), company=Company(name="evil.example.org")
    )
    event = hold(brief, SLOT)
    assert event.title == "Hold: call with Jane Doe"
    assert event.description == f"Lead {REF}, score 9/10\nthe AI says: “Wants”"
