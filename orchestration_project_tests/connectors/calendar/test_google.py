"""Google Calendar keeps holds under an id of ours: made once, found again, nobody invited."""

from collections.abc import Generator
from datetime import UTC, datetime, timedelta, timezone

import anyio
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from orchestration_project.connectors.base import connector_class
from orchestration_project.connectors.calendar import TABLE
from orchestration_project.connectors.calendar.google import GoogleCalendar, event_id
from orchestration_project.connectors.calendar.interface import Busy, HeldTime, Hold
from orchestration_project.errors import (
    CredentialError,
    LeadsError,
    SetupError,
    TransientServiceError,
)
from orchestration_project.fake_services.base import (
    Fault,
    answer_lost,
    inside_200,
    rate_limited,
    status,
    truncated,
    web_page,
)
from orchestration_project.fake_services.google import refused
from orchestration_project.fake_services.google_calendar import GoogleCalendarService
from orchestration_project.playbook.model import Connection
from orchestration_project_tests.connectors.services import Watched, naughty_texts, violations
from orchestration_project_tests.connectors.services import given as connector_context

pytestmark = pytest.mark.anyio

START = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
HOLD = Hold(
    key="L-abcdefghij",
    start=START,
    end=START + timedelta(minutes=30),
    title="Hold: call with Zoë; x, y",
    description="Lead L-abcdefghij\nWants \\n payroll",
)
EVENTS = "/calendar/v3/calendars/primary/events"


@pytest.fixture
def service() -> Generator[GoogleCalendarService]:
    with GoogleCalendarService() as running:
        yield running


def open_calendar(
    http: httpx.AsyncClient, service: GoogleCalendarService, calendar_id: str = "", **options: JsonValue
) -> GoogleCalendar:
    environment = {
        **service.environment,
        "GOOGLE_CALENDAR_BASE_URL": service.base_url,
        "GOOGLE_CALENDAR_ID": calendar_id,
    }
    connection = Connection(connector="google", options={**options})
    return GoogleCalendar.open(connection, connector_context(http, environment))


@pytest.fixture
def calendar(http: httpx.AsyncClient, service: GoogleCalendarService) -> GoogleCalendar:
    return open_calendar(http, service)


async def test_a_hold_is_a_tentative_event_that_takes_its_time_and_has_no_guests(
    calendar: GoogleCalendar, service: GoogleCalendarService
) -> None:
    written = await calendar.save_hold(HOLD)
    [event] = service.events.values()
    assert (event["summary"], event["description"]) == (HOLD.title, HOLD.description)
    assert event["start"] == {"dateTime": "2026-11-24T12:00:00+00:00"}
    assert event["end"] == {"dateTime": "2026-11-24T12:30:00+00:00"}
    assert (event["status"], event["transparency"]) == ("tentative", "opaque")
    assert event["extendedProperties"] == {"private": {"leadKey": HOLD.key}}
    assert "attendees" not in event
    assert written.external_id == event["id"] == event_id(HOLD.key)
    assert written.url == event["htmlLink"]
    [request] = service.asked(f"POST {EVENTS}")
    assert request.param("sendUpdates") == "none"


async def test_a_hold_is_found_by_its_key(calendar: GoogleCalendar) -> None:
    assert await calendar.find_hold(HOLD.key) is None
    written = await calendar.save_hold(HOLD)
    assert await calendar.find_hold(HOLD.key) == written
    assert await calendar.find_hold("L-other") is None


async def test_a_hold_made_twice_is_one_event_left_as_it_is(
    calendar: GoogleCalendar, service: GoogleCalendarService
) -> None:
    first = await calendar.save_hold(HOLD)
    service.events[first.external_id]["summary"] = "moved by a person"
    assert await calendar.save_hold(HOLD) == first
    assert [event["summary"] for event in service.events.values()] == ["moved by a person"]


async def test_a_hold_that_a_person_deleted_is_not_made_again(
    calendar: GoogleCalendar, service: GoogleCalendarService
) -> None:
    first = await calendar.save_hold(HOLD)
    service.delete(first.external_id)
    again = await calendar.save_hold(HOLD)
    assert again.note == "A person has deleted it."
    assert len(service.events) == 1


@pytest.mark.parametrize("fault", [answer_lost(), truncated()])
async def test_after_a_crash_between_act_and_record_there_is_one_event(
    calendar: GoogleCalendar, service: GoogleCalendarService, fault: Fault
) -> None:
    service.next_answer(fault, to=f"POST {EVENTS}")
    with pytest.raises(TransientServiceError):
        await calendar.save_hold(HOLD)
    assert await calendar.find_hold(HOLD.key) is not None
    assert len(service.events) == len(service.asked(f"POST {EVENTS}")) == 1


async def test_what_is_taken_is_told_in_times(
    calendar: GoogleCalendar, service: GoogleCalendarService
) -> None:
    await calendar.save_hold(HOLD)
    service.add("2026-11-25T10:00:00+01:00", "2026-11-25T11:00:00+01:00")
    service.add("2026-11-26T09:00:00Z", "2026-11-26T10:00:00Z", transparency="transparent")
    busy = await calendar.busy(START, START + timedelta(days=28))
    nine = datetime(2026, 11, 25, 9, tzinfo=UTC)
    assert busy == (
        Busy(start=HOLD.start, end=HOLD.end),
        Busy(start=nine, end=nine + timedelta(hours=1)),
    )


async def test_what_an_event_is_and_who_declined_it_decide(
    calendar: GoogleCalendar, service: GoogleCalendarService
) -> None:
    at = ("2026-11-25T09:00:00Z", "2026-11-25T10:00:00Z")
    others = {"email": "bob@acme.example", "responseStatus": "declined"}

    async def taken(**fields: object) -> int:
        service.events.clear()
        service.add(*at, **fields)
        return len(await calendar.busy(START, START + timedelta(days=28)))

    def answer(status: str) -> list[object]:
        return [others, {"email": "hannah@larkfield.example", "self": True, "responseStatus": status}]

    assert await taken(attendees=answer("declined")) == 0
    for other in ("accepted", "tentative", "needsAction"):
        assert await taken(attendees=answer(other)) == 1
    assert await taken(eventType="workingLocation") == 0
    assert await taken(eventType="outOfOffice") == 1
    assert await taken(eventType="focusTime") == 1
    # a whole day of the calendar's own zone
    await taken()
    [event] = service.events.values()
    event |= {"start": {"date": "2026-07-01"}, "end": {"date": "2026-07-02"}}
    [busy] = await calendar.busy(START, START + timedelta(days=28))
    assert busy.start == datetime(2026, 6, 30, 23, tzinfo=UTC)


async def test_several_calendars_are_asked_page_by_page(
    http: httpx.AsyncClient, service: GoogleCalendarService
) -> None:
    service.most = 2
    for hour in (9, 11, 13):
        service.add(f"2026-11-25T{hour:02}:00:00Z", f"2026-11-25T{hour:02}:30:00Z")
    private = {"start": {"dateTime": "2026-11-25T10:00:00Z"}, "end": {"dateTime": "2026-11-25T10:30:00Z"}}
    service.others["private@group.calendar.google.com"] = [{"id": "p1", **private}]
    calendar = open_calendar(http, service, also=["private@group.calendar.google.com"])
    busy = await calendar.busy(START, START + timedelta(days=28))
    assert [one.start.hour for one in busy] == [9, 10, 11, 13]
    with pytest.raises(SetupError, match="no calendar 'gone'"):
        await open_calendar(http, service, also=["gone"]).busy(START, START + timedelta(days=1))


async def test_an_empty_calendar_is_free(calendar: GoogleCalendar) -> None:
    assert await calendar.busy(START, START + timedelta(days=28)) == ()


async def test_times_go_out_in_utc(calendar: GoogleCalendar, service: GoogleCalendarService) -> None:
    east = START.astimezone(timezone(timedelta(hours=5, minutes=45)))
    await calendar.busy(east, east + timedelta(days=1))
    assert service.calls[0].param("timeMin") == "2026-11-24T12:00:00+00:00"


async def test_another_calendar_is_named_in_the_environment(http: httpx.AsyncClient) -> None:
    name = "team/ä#1@group.calendar.google.com"
    with GoogleCalendarService(name) as service:
        calendar = open_calendar(http, service, name)
        await calendar.save_hold(HOLD)
        assert len(await calendar.busy(START, START + timedelta(days=1))) == 1
        assert (await calendar.check()).ok


async def test_a_calendar_that_is_not_there_is_a_setting_to_mend(
    http: httpx.AsyncClient, service: GoogleCalendarService
) -> None:
    calendar = open_calendar(http, service, "gone")
    with pytest.raises(SetupError, match="GOOGLE_CALENDAR_ID"):
        await calendar.busy(START, START + timedelta(days=1))
    with pytest.raises(SetupError, match="no such calendar"):
        await calendar.save_hold(HOLD)
    health = await calendar.check()
    assert not health.ok
    assert "GOOGLE_CALENDAR_ID" in health.mend


async def test_a_failure_inside_of_a_200_is_not_a_free_calendar(
    calendar: GoogleCalendar, service: GoogleCalendarService
) -> None:
    body = {"error": {"code": 503, "message": "internalError"}}
    service.next_answer(*[inside_200(body)] * 3, to=f"GET {EVENTS}")
    with pytest.raises(TransientServiceError, match="internalError"):
        await calendar.busy(START, START + timedelta(days=1))


@pytest.mark.parametrize("fault", [rate_limited(), refused(403, "rateLimitExceeded")])
async def test_a_rate_limit_that_passes_is_waited_for(
    calendar: GoogleCalendar, service: GoogleCalendarService, fault: Fault
) -> None:
    service.next_answer(fault, to=f"POST {EVENTS}")
    await calendar.save_hold(HOLD)
    assert len(service.events) == 1


@pytest.mark.parametrize("fault", [status(500), web_page(), status(503), Fault(hang_up=True)])
async def test_could_not_ask_is_neither_free_nor_not_found(
    calendar: GoogleCalendar, service: GoogleCalendarService, fault: Fault
) -> None:
    await calendar.check()  # signs in
    service.next_answer(*[fault] * 6)
    with pytest.raises(TransientServiceError):
        await calendar.find_hold(HOLD.key)
    with pytest.raises(TransientServiceError):
        await calendar.busy(START, START + timedelta(days=1))


async def test_an_expired_credential_says_how_to_renew_it(
    calendar: GoogleCalendar, service: GoogleCalendarService
) -> None:
    service.revoke()
    with pytest.raises(CredentialError, match="GOOGLE_REFRESH_TOKEN"):
        await calendar.save_hold(HOLD)
    assert not (await calendar.check()).ok


async def test_the_check_sees_whether_it_may_write(
    calendar: GoogleCalendar, service: GoogleCalendarService
) -> None:
    assert (await calendar.check()).ok
    service.access_role = "reader"
    health = await calendar.check()
    assert not health.ok
    assert "share the calendar" in health.mend


async def test_the_check_sees_whether_the_other_calendars_are_there(
    http: httpx.AsyncClient, service: GoogleCalendarService
) -> None:
    service.others["private@group.calendar.google.com"] = []
    assert (await open_calendar(http, service, also=["private@group.calendar.google.com"]).check()).ok
    health = await open_calendar(http, service, also=["gone"]).check()
    assert not health.ok
    assert health.says == "The account does not see gone, which `also` names."


async def test_an_option_is_a_mistake(http: httpx.AsyncClient, service: GoogleCalendarService) -> None:
    with pytest.raises(LeadsError, match="colour"):
        open_calendar(http, service, colour="red")


def test_the_table_names_it() -> None:
    assert connector_class("calendar", "google", TABLE) is GoogleCalendar


@given(st.text(min_size=1))
def test_any_key_makes_an_id_that_google_takes_and_that_is_its_own(key: str) -> None:
    made = event_id(key)
    assert set(made) <= set("abcdefghijklmnopqrstuv0123456789")
    assert len(made) >= 5
    assert event_id(f"{key}x") != made


async def test_what_goes_out_keeps_to_the_official_description(
    calendar: GoogleCalendar, service: GoogleCalendarService
) -> None:
    watched = Watched(calendar)
    calendar = watched.connector
    await calendar.get_ready()
    await calendar.busy(START, START + timedelta(days=28))
    await calendar.save_hold(HOLD)
    await calendar.find_hold(HOLD.key)
    await calendar.find_time(HOLD.key)
    await calendar.retitle(HOLD.key, "Hold: call with Kim")
    await calendar.find_title(HOLD.key)
    await calendar.records_of([event_id(HOLD.key)])
    await calendar.records_changed_since(None)
    await calendar.check()
    assert watched.left_out == set()
    assert len(service.calls) == 9
    assert violations("gcalendar", service.calls, answers=service.answers) == []


async def test_naughty_titles_survive(calendar: GoogleCalendar, service: GoogleCalendarService) -> None:
    for text in naughty_texts(10):
        await survives(calendar, service, text)


@settings(max_examples=30)
@given(st.text(max_size=200))
def test_any_title_survives(text: str) -> None:
    async def run() -> None:
        async with httpx.AsyncClient(trust_env=False, verify=False) as http:
            await survives(open_calendar(http, service), service, text)

    with GoogleCalendarService() as service:
        anyio.run(run)


async def survives(calendar: GoogleCalendar, service: GoogleCalendarService, text: str) -> None:
    service.events.clear()
    await calendar.save_hold(HOLD.model_copy(update={"title": text, "description": text}))
    [event] = service.events.values()
    assert (event["summary"], event["description"]) == (text, text)


async def test_the_time_of_a_hold_is_where_a_person_has_moved_it(
    calendar: GoogleCalendar, service: GoogleCalendarService
) -> None:
    assert await calendar.find_time(HOLD.key) is None
    event = service.events[(await calendar.save_hold(HOLD)).external_id]
    assert await calendar.find_time(HOLD.key) == HeldTime(start=HOLD.start, end=HOLD.end)
    event["start"] = {"dateTime": "2026-11-30T10:00:00-05:00", "timeZone": "America/New_York"}
    event["end"] = {"dateTime": "2026-11-30T11:00:00-05:00", "timeZone": "America/New_York"}
    moved = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)
    assert await calendar.find_time(HOLD.key) == HeldTime(start=moved, end=moved + timedelta(hours=1))


@pytest.mark.parametrize("called_off", ["a whole day", "deleted"])
async def test_a_hold_that_a_person_called_off_has_no_time(
    calendar: GoogleCalendar, service: GoogleCalendarService, called_off: str
) -> None:
    written = await calendar.save_hold(HOLD)
    if called_off == "deleted":
        service.delete(written.external_id)
    else:
        service.events[written.external_id] |= {
            "start": {"date": "2026-11-30"},
            "end": {"date": "2026-12-01"},
        }
    assert await calendar.find_time(HOLD.key) is None


async def test_who_has_accepted_an_invitation_to_a_hold_is_told(
    calendar: GoogleCalendar, service: GoogleCalendarService
) -> None:
    event = service.events[(await calendar.save_hold(HOLD)).external_id]
    event["attendees"] = [
        {"email": "hannah@larkfield.example", "organizer": True, "responseStatus": "needsAction"},
        {"email": "jane@acme.example", "responseStatus": "accepted"},
        {"email": "bob@acme.example", "responseStatus": "tentative"},
        {"responseStatus": "accepted", "id": "without an address"},
    ]
    held = await calendar.find_time(HOLD.key)
    assert held is not None and held.accepted_by == ("jane@acme.example",)
