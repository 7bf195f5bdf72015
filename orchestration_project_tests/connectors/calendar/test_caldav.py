"""Holds in a calendar of a real CalDAV server, which Radicale is."""

from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import icalendar
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as examples
from hypothesis import strategies as st

from orchestration_project.connectors.calendar.caldav import CalDavCalendar
from orchestration_project.connectors.calendar.interface import Busy, HeldTime, Hold
from orchestration_project.errors import (
    CredentialError,
    LeadsError,
    PermanentServiceError,
    TransientServiceError,
)
from orchestration_project.fake_services.base import (
    Fault,
    answer_lost,
    rate_limited,
    silence,
    status,
    truncated,
    web_page,
)
from orchestration_project.playbook.model import Connection
from orchestration_project.timezones import zone
from orchestration_project_tests.connectors.services import given
from orchestration_project_tests.data_sets import naughty_strings
from orchestration_project_tests.fakes.dav import PASSWORD, USER, CalDavService

pytestmark = pytest.mark.anyio

LONDON = zone("Europe/London")
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
NEXT_WEEK = NOW + timedelta(days=7)
UID = "hold.l-abcdefghij@larkfield.example"
HOLD = Hold(
    key="L-abcdefghij",
    start=datetime(2026, 11, 24, 12, 0, tzinfo=UTC),
    end=datetime(2026, 11, 24, 12, 30, tzinfo=UTC),
    title="Hold: call with Zoë; x, y",
    description="Lead L-abcdefghij\nWants \\n payroll",
)


@pytest.fixture
def service(tmp_path: Path) -> Generator[CalDavService]:
    with CalDavService(tmp_path) as running:
        by_hand(running, "MKCALENDAR")
        running.requests.clear()
        yield running


@pytest.fixture
def calendar(http: httpx.AsyncClient, service: CalDavService) -> CalDavCalendar:
    return opened(http, service)


def opened(
    http: httpx.AsyncClient, service: CalDavService, also: tuple[str, ...] = (), **environment: str
) -> CalDavCalendar:
    connection = Connection(connector="caldav", options={"also": [*also]})
    return CalDavCalendar.open(connection, given(http, {**service.environment, **environment}))


def by_hand(service: CalDavService, method: str, name: str = "", content: str = "") -> httpx.Response:
    """What another client does; in no list of requests that a test looks at."""
    before = list(service.requests)
    response = httpx.request(
        method,
        f"{service.base_url}{service.calendar}/{name}",
        content=content.encode(),
        auth=httpx.BasicAuth(USER.encode(), PASSWORD.encode()),
        trust_env=False,
    )
    service.requests[:] = before
    assert response.is_success, response.text
    return response


def put_event(service: CalDavService, name: str, *lines: str) -> None:
    inner = "\r\n".join(("BEGIN:VEVENT", f"UID:{name}", "DTSTAMP:20261101T000000Z", *lines, "END:VEVENT"))
    content = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{inner}\r\nEND:VCALENDAR\r\n"
    by_hand(service, "PUT", f"{name}.ics", content)


def events(service: CalDavService) -> list[icalendar.Event]:
    everything = icalendar.Calendar.from_ical(by_hand(service, "GET").content)
    return [event for event in everything.walk("VEVENT") if isinstance(event, icalendar.Event)]


def multistatus(properties: str) -> Fault:
    """The answer of a server that says this of one thing."""
    answer = (
        '<d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:response>'
        f"<d:href>/x</d:href><d:propstat><d:prop>{properties}</d:prop>"
        "<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response></d:multistatus>"
    )
    return status(207, answer.encode())


async def test_a_hold_is_a_tentative_event_without_guests(
    calendar: CalDavCalendar, service: CalDavService
) -> None:
    written = await calendar.save_hold(HOLD)
    (event,) = events(service)
    assert (event.start, event.end) == (HOLD.start, HOLD.end)
    assert (event["SUMMARY"], event["DESCRIPTION"]) == (HOLD.title, HOLD.description)
    assert (event["STATUS"], event["TRANSP"], event["UID"]) == ("TENTATIVE", "OPAQUE", UID)
    assert "ATTENDEE" not in event
    assert written.external_id == UID


async def test_a_hold_is_found_by_its_key(calendar: CalDavCalendar) -> None:
    assert await calendar.find_hold(HOLD.key) is None
    written = await calendar.save_hold(HOLD)
    assert await calendar.find_hold(HOLD.key) == written
    assert await calendar.find_hold("L-abcdefghi") is None
    assert await calendar.find_hold("L-zzzzzzzzzz") is None


async def test_a_hold_that_a_person_moved_is_found_and_not_written_over(
    calendar: CalDavCalendar, service: CalDavService
) -> None:
    await calendar.save_hold(HOLD)
    by_hand(service, "DELETE", f"{UID}.ics")
    put_event(service, UID, "DTSTART:20261130T100000Z", "DTEND:20261130T103000Z", "SUMMARY:mine")
    assert await calendar.find_hold(HOLD.key) is not None
    await calendar.save_hold(HOLD)
    assert [event["SUMMARY"] for event in events(service)] == ["mine"]


async def test_a_hold_under_another_address_is_not_made_twice(
    calendar: CalDavCalendar, service: CalDavService
) -> None:
    lines = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", "BEGIN:VEVENT", f"UID:{UID}")
    lines += ("DTSTAMP:20261101T000000Z", "DTSTART:20261130T100000Z", "SUMMARY:mine", "END:VEVENT")
    by_hand(service, "PUT", "renamed.ics", "\r\n".join((*lines, "END:VCALENDAR", "")))
    assert await calendar.find_hold(HOLD.key) is not None
    await calendar.save_hold(HOLD)
    assert [event["SUMMARY"] for event in events(service)] == ["mine"]


@pytest.mark.parametrize("times", [1, 3])
async def test_after_a_crash_between_act_and_record_the_hold_is_found(
    calendar: CalDavCalendar, service: CalDavService, times: int
) -> None:
    service.next_answer(*[answer_lost()] * times, to="PUT")
    if times == 1:
        await calendar.save_hold(HOLD)  # the second try is told that it is there
    else:
        with pytest.raises(TransientServiceError):
            await calendar.save_hold(HOLD)
    assert await calendar.find_hold(HOLD.key) is not None
    await calendar.save_hold(HOLD)
    assert len(events(service)) == 1


async def test_what_is_taken_is_told(calendar: CalDavCalendar, service: CalDavService) -> None:
    assert await calendar.busy(NOW, NEXT_WEEK) == ()
    await calendar.save_hold(HOLD)
    put_event(service, "dentist", "DTSTART;TZID=America/New_York:20261124T100000", "DURATION:PT1H")
    put_event(service, "free", "DTSTART:20261125T100000Z", "DURATION:PT1H", "TRANSP:TRANSPARENT")
    put_event(service, "past", "DTSTART:20261101T100000Z", "DURATION:PT1H")
    busy = await calendar.busy(NOW, NEXT_WEEK)
    dentist = NOW.replace(hour=15, minute=0)
    assert sorted(busy, key=lambda one: one.start) == [
        Busy(start=HOLD.start, end=HOLD.end),
        Busy(start=dentist, end=dentist + timedelta(hours=1)),
    ]


async def test_an_event_that_repeats_is_busy_each_time(
    calendar: CalDavCalendar, service: CalDavService
) -> None:
    put_event(service, "weekly", "DTSTART:20250107T090000Z", "DTEND:20250107T100000Z", "RRULE:FREQ=WEEKLY")
    busy = await calendar.busy(NOW, NOW + timedelta(days=21))
    assert [f"{one.start:%d %b}" for one in busy] == ["24 Nov", "01 Dec", "08 Dec", "15 Dec"]


async def test_an_all_day_event_takes_the_owners_day(
    calendar: CalDavCalendar, service: CalDavService
) -> None:
    put_event(service, "holiday", "DTSTART;VALUE=DATE:20261125")
    kiritimati = zone("Pacific/Kiritimati")
    start = datetime(2026, 11, 25, 22, 0, tzinfo=kiritimati)
    (busy,) = await calendar.busy(start, start + timedelta(hours=1))
    assert busy.start == datetime(2026, 11, 25, tzinfo=kiritimati)


async def test_an_event_that_cannot_be_read_stops_nobody(
    calendar: CalDavCalendar, service: CalDavService, caplog: pytest.LogCaptureFixture
) -> None:
    data = "BEGIN:VCALENDAR&#13;\nBEGIN:VEVENT&#13;\nSUMMARY:Zoë&#13;\nDTSTART:tomorrow&#13;\n"
    service.next_answer(multistatus(f"<c:calendar-data>{data}</c:calendar-data>"))
    [told] = await calendar.busy(NOW, NEXT_WEEK)
    assert told.start == told.end  # it takes nothing, and the hold says so
    assert "1 events of the calendar cannot be read" in told.unsure
    assert "1 events" in caplog.text
    assert "Zoë" not in caplog.text


async def test_check_is_content_with_a_calendar_only(
    http: httpx.AsyncClient, service: CalDavService, calendar: CalDavCalendar
) -> None:
    assert (await calendar.check()).ok
    home = opened(http, service, CALDAV_URL=f"{service.base_url}/{USER}/")
    health = await home.check()
    assert not health.ok
    assert "no calendar" in health.says


async def test_check_looks_for_the_other_calendars_whose_events_take_time(
    http: httpx.AsyncClient, service: CalDavService
) -> None:
    there = f"{service.base_url}{service.calendar}/"
    assert (await opened(http, service, also=(there,)).check()).ok
    for also in (f"{service.base_url}/{USER}/elsewhere/", f"{service.base_url}/{USER}/"):
        health = await opened(http, service, also=(there, also)).check()
        assert not health.ok
        assert also.rstrip("/") in health.says


async def test_check_tells_of_a_calendar_that_can_be_read_only(
    calendar: CalDavCalendar, service: CalDavService
) -> None:
    kind = "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>"
    rights = "<d:privilege><d:read/></d:privilege>"
    service.next_answer(
        multistatus(f"{kind}<d:current-user-privilege-set>{rights}</d:current-user-privilege-set>")
    )
    assert "read only" in (await calendar.check()).says


async def test_a_wrong_password_is_a_credential_to_renew(
    http: httpx.AsyncClient, service: CalDavService
) -> None:
    wrong = opened(http, service, CALDAV_PASSWORD="old")
    with pytest.raises(CredentialError, match="401"):
        await wrong.find_hold(HOLD.key)
    assert not (await wrong.check()).ok


async def test_a_calendar_that_is_not_there_is_told(http: httpx.AsyncClient, service: CalDavService) -> None:
    wrong = opened(http, service, CALDAV_URL=f"{service.base_url}/{USER}/elsewhere")
    with pytest.raises(PermanentServiceError):
        await wrong.find_hold(HOLD.key)
    assert not (await wrong.check()).ok


async def test_a_hold_that_the_server_refuses_is_told(
    calendar: CalDavCalendar, service: CalDavService
) -> None:
    service.next_answer(status(403), to="PUT")
    with pytest.raises(CredentialError, match="403"):
        await calendar.save_hold(HOLD)


async def test_a_rate_limit_that_passes_is_waited_for(
    calendar: CalDavCalendar, service: CalDavService
) -> None:
    service.next_answer(rate_limited(1), to="PUT")
    await calendar.save_hold(HOLD)
    assert len(events(service)) == 1


async def test_a_rate_limit_that_lasts_is_told_with_its_wait(
    calendar: CalDavCalendar, service: CalDavService
) -> None:
    service.next_answer(rate_limited(60))
    with pytest.raises(TransientServiceError) as caught:
        await calendar.busy(NOW, NEXT_WEEK)
    assert caught.value.retry_after == 60


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (status(503), TransientServiceError),
        (truncated(), TransientServiceError),
        (web_page(), TransientServiceError),
        (web_page(207), TransientServiceError),
        (status(207, b"<html><title>Back soon</title><p>Wait.</p></html>"), TransientServiceError),
        (status(200, b"plain text"), PermanentServiceError),
        (status(207, b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>'), TransientServiceError),
    ],
    ids=["down", "cut off", "web page", "207 web page", "sound XML that is a page", "no DAV", "no XML"],
)
async def test_a_calendar_that_cannot_be_asked_is_not_free(
    calendar: CalDavCalendar, service: CalDavService, fault: Fault, kind: type[Exception]
) -> None:
    service.next_answer(fault, fault, fault)
    with pytest.raises(kind):
        await calendar.busy(NOW, NEXT_WEEK)


async def test_silence_is_transient(calendar: CalDavCalendar, service: CalDavService) -> None:
    object.__setattr__(calendar._api, "timeout", 0.2)
    service.next_answer(silence(), silence(), silence())
    with pytest.raises(TransientServiceError, match="did not answer"):
        await calendar.find_hold(HOLD.key)


@pytest.mark.parametrize("name", ["CALDAV_URL", "CALDAV_USER", "CALDAV_PASSWORD"])
async def test_a_setting_that_is_missing_is_named(
    http: httpx.AsyncClient, service: CalDavService, name: str
) -> None:
    with pytest.raises(LeadsError, match=name):
        opened(http, service, (), **{name: ""})


words = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=200)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@examples(title=words, description=words)
async def test_any_title_and_description_survives(
    calendar: CalDavCalendar, service: CalDavService, title: str, description: str
) -> None:
    await survives(calendar, service, title, description)


async def test_naughty_strings_survive(calendar: CalDavCalendar, service: CalDavService) -> None:
    lines = ["".join(filter(str.isprintable, line)) for line in naughty_strings()]
    for start in range(0, len(lines), 40):
        await survives(
            calendar, service, max(lines[start : start + 40], key=len), "\n".join(lines[start:][:40])
        )


async def survives(calendar: CalDavCalendar, service: CalDavService, title: str, description: str) -> None:
    await calendar.save_hold(HOLD.model_copy(update={"title": title, "description": description}))
    assert await calendar.find_hold(HOLD.key) is not None
    (event,) = events(service)
    assert (str(event["SUMMARY"]), str(event["DESCRIPTION"])) == (title, description)
    by_hand(service, "DELETE", f"{UID}.ics")


async def test_the_time_of_a_hold_is_where_a_person_has_moved_it(
    calendar: CalDavCalendar, service: CalDavService
) -> None:
    assert await calendar.find_time(HOLD.key) is None
    await calendar.save_hold(HOLD)
    assert await calendar.find_time(HOLD.key) == HeldTime(start=HOLD.start, end=HOLD.end)
    by_hand(service, "DELETE", f"{UID}.ics")
    assert await calendar.find_time(HOLD.key) is None
    put_event(service, UID, "DTSTART:20261130T100000Z", "DTEND:20261130T110000Z")
    moved = datetime(2026, 11, 30, 10, 0, tzinfo=UTC)
    assert await calendar.find_time(HOLD.key) == HeldTime(start=moved, end=moved + timedelta(hours=1))


async def test_who_has_accepted_an_invitation_to_a_hold_is_told(
    calendar: CalDavCalendar, service: CalDavService
) -> None:
    put_event(
        service,
        UID,
        "DTSTART:20261130T100000Z",
        "DTEND:20261130T110000Z",
        "ORGANIZER:mailto:hannah@larkfield.example",
        "ATTENDEE;PARTSTAT=ACCEPTED:mailto:jane@acme.example",
        "ATTENDEE;PARTSTAT=TENTATIVE:mailto:bob@acme.example",
    )
    held = await calendar.find_time(HOLD.key)
    assert held is not None and held.accepted_by == ("jane@acme.example",)


async def test_a_hold_is_called_otherwise_and_all_else_of_it_stays(calendar: CalDavCalendar) -> None:
    await calendar.save_hold(HOLD)
    before = await calendar.find_time(HOLD.key)
    assert await calendar.find_title(HOLD.key) == HOLD.title
    assert await calendar.retitle(HOLD.key, "Hold: call with Kim, and others")
    assert await calendar.find_title(HOLD.key) == "Hold: call with Kim, and others"
    assert await calendar.find_time(HOLD.key) == before
    told, gone = await calendar.records_of([UID, "hold.l-nobody@larkfield.example"])
    assert told.values == {"title": "Hold: call with Kim, and others", "meeting": "2026-11-24T12:00+00:00"}
    assert (told.gone, gone.gone) == (False, True)
    await calendar.erase_hold(HOLD.key)
    assert not await calendar.retitle(HOLD.key, "Hold: call with nobody")


async def test_a_hold_that_somebody_changes_at_that_moment_is_not_written_over(
    calendar: CalDavCalendar, service: CalDavService
) -> None:
    await calendar.save_hold(HOLD)
    service.next_answer(status(412), to="PUT")
    with pytest.raises(TransientServiceError, match="at this very moment"):
        await calendar.retitle(HOLD.key, "Hold: call with Kim")
    assert await calendar.find_title(HOLD.key) == HOLD.title
    sent = [request for request in service.requests if request.method == "PUT"][-1]
    assert sent.headers.get("if-match")
