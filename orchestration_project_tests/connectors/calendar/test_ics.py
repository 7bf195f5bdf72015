"""The calendar folder keeps holds as files, and reads what people put beside them."""

import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import anyio
import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration_project.connectors.calendar.ics import IcsFolder
from orchestration_project.connectors.calendar.ics_format import busy_times, event_file
from orchestration_project.connectors.calendar.interface import Busy, HeldTime, Hold
from orchestration_project.errors import PermanentServiceError
from orchestration_project.model import Written
from orchestration_project.timezones import zone

LONDON = zone("Europe/London")
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
HOLD = Hold(
    key="L-abcdefghij",
    start=datetime(2026, 11, 24, 12, 0, tzinfo=UTC),
    end=datetime(2026, 11, 24, 12, 30, tzinfo=UTC),
    title="Hold: call with Zoë; x, y",
    description="Lead L-abcdefghij\nWants \\n payroll",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "calendar"
    path.mkdir()
    return path


def ics(folder: Path) -> IcsFolder:
    return IcsFolder(folder, "larkfield.example", lambda: NOW)


def events(*lines: str) -> bytes:
    """A calendar file; an event for each text of lines."""
    inner = "".join(f"BEGIN:VEVENT\nUID:{n}\n{event}\nEND:VEVENT\n" for n, event in enumerate(lines))
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{inner}END:VCALENDAR\n".replace("\n", "\r\n").encode()


def taken(content: bytes, days: int = 7) -> list[tuple[str, str]]:
    """What a file takes of the days from Tuesday, 24 November 2026, on London's clock."""
    start = datetime(2026, 11, 24, tzinfo=LONDON)
    return sorted(
        (f"{busy.start.astimezone(LONDON):%a %H:%M}", f"{busy.end.astimezone(LONDON):%a %H:%M}")
        for busy in busy_times(content, start, start + timedelta(days=days))
    )


def test_a_hold_is_a_tentative_event_without_guests(folder: Path) -> None:
    written = anyio.run(ics(folder).save_hold, HOLD)
    (path,) = folder.iterdir()
    (event,) = icalendar.Calendar.from_ical(path.read_bytes()).walk("VEVENT")
    assert isinstance(event, icalendar.Event)
    assert (event.start, event.end) == (HOLD.start, HOLD.end)
    assert (event["SUMMARY"], event["DESCRIPTION"]) == (HOLD.title, HOLD.description)
    assert (event["STATUS"], event["TRANSP"], event["UID"]) == (
        "TENTATIVE",
        "OPAQUE",
        "hold.l-abcdefghij@larkfield.example",
    )
    assert "ATTENDEE" not in event
    assert path.name == "L-abcdefghij Hold call with Zoë; x, y.ics"
    assert written == Written(external_id=str(event["UID"]), url=path.as_uri())


def test_times_are_written_in_utc() -> None:
    summer = datetime(2026, 7, 1, 9, 0, tzinfo=LONDON)
    hold = HOLD.model_copy(update={"start": summer, "end": summer + timedelta(minutes=30)})
    assert b"DTSTART:20260701T080000Z\r\n" in event_file(hold, "larkfield.example", NOW)


def test_a_hold_is_found_also_where_a_person_moved_it(folder: Path) -> None:
    calendar = ics(folder)
    assert anyio.run(calendar.find_hold, HOLD.key) is None
    written = anyio.run(calendar.save_hold, HOLD)
    assert anyio.run(calendar.find_hold, HOLD.key) == written
    (path,) = folder.iterdir()
    (folder / "november").mkdir()
    moved = path.rename(folder / "november" / path.name)
    assert anyio.run(calendar.find_hold, HOLD.key) == Written(
        external_id=written.external_id, url=moved.as_uri()
    )


def test_a_hold_that_is_there_is_never_written_over(folder: Path) -> None:
    anyio.run(ics(folder).save_hold, HOLD)
    (path,) = folder.iterdir()
    path.write_bytes(events("DTSTART:20261130T100000Z\nDTEND:20261130T103000Z"))
    before = path.read_bytes()
    anyio.run(ics(folder).save_hold, HOLD)
    assert [file.read_bytes() for file in folder.iterdir()] == [before]


def test_holds_and_the_files_of_people_are_busy(folder: Path) -> None:
    calendar = ics(folder)
    anyio.run(calendar.save_hold, HOLD)
    (folder / "dentist.ics").write_bytes(events("DTSTART:20261124T140000Z\nDTEND:20261124T150000Z"))
    (folder / "notes.txt").write_text("no calendar")
    busy = anyio.run(calendar.busy, NOW, NOW + timedelta(days=7))
    assert busy == (
        Busy(start=HOLD.start, end=HOLD.end),
        Busy(start=NOW.replace(hour=14, minute=0), end=NOW.replace(hour=15, minute=0)),
    )
    assert anyio.run(calendar.busy, NOW + timedelta(days=7), NOW + timedelta(days=8)) == ()


def test_an_empty_calendar_is_free(tmp_path: Path) -> None:
    assert anyio.run(ics(tmp_path / "not there").busy, NOW, NOW + timedelta(days=7)) == ()


def test_an_all_day_event_takes_the_owners_day() -> None:
    content = events("DTSTART;VALUE=DATE:20261125")
    assert taken(content) == [("Wed 00:00", "Thu 00:00")]
    new_york = datetime(2026, 11, 24, tzinfo=zone("America/New_York"))
    (busy,) = busy_times(content, new_york, new_york + timedelta(days=7))
    assert busy.start == datetime(2026, 11, 25, 5, 0, tzinfo=UTC)


def test_times_of_other_zones_and_of_no_zone_are_understood() -> None:
    content = events(
        "DTSTART;TZID=America/New_York:20261124T100000\nDURATION:PT1H",
        "DTSTART;TZID=W. Europe Standard Time:20261125T100000\nDURATION:PT1H",
        "DTSTART:20261126T100000\nDTEND:20261126T110000",
    )
    assert taken(content) == [
        ("Thu 10:00", "Thu 11:00"),
        ("Tue 15:00", "Tue 16:00"),
        ("Wed 09:00", "Wed 10:00"),
    ]


def test_a_weekly_event_is_busy_every_week_except_where_it_was_cancelled() -> None:
    weekly = "DTSTART;TZID=Europe/London:20250107T090000\nDTEND;TZID=Europe/London:20250107T100000\n"
    content = events(weekly + "RRULE:FREQ=WEEKLY\nEXDATE;TZID=Europe/London:20261201T090000")
    assert taken(content, days=21) == [("Tue 09:00", "Tue 10:00")] * 2


def test_the_last_day_of_a_repetition_counts_where_only_the_day_is_given() -> None:
    weekly = "DTSTART;TZID=Europe/London:20261117T090000\nDTEND;TZID=Europe/London:20261117T100000\n"
    until = weekly + "RRULE:FREQ=WEEKLY;UNTIL={}"
    assert taken(events(until.format("20261124")), days=21) == [("Tue 09:00", "Tue 10:00")]
    assert taken(events(until.format("20261201")), days=21) == [("Tue 09:00", "Tue 10:00")] * 2
    days = "DTSTART;VALUE=DATE:20261117\nRRULE:FREQ=WEEKLY;UNTIL=20261124"
    assert taken(events(days), days=21) == [("Tue 00:00", "Wed 00:00")]


def test_an_event_that_repeats_every_second_is_refused_and_keeps_nobody_waiting() -> None:
    with pytest.raises(ValueError, match="no appointment"):
        taken(events("DTSTART:20261124T000000Z\nDTEND:20261124T000001Z\nRRULE:FREQ=SECONDLY"))


@pytest.mark.parametrize(
    "mark",
    [
        "TRANSP:TRANSPARENT",
        "STATUS:CANCELLED",
        "X-MICROSOFT-CDO-BUSYSTATUS:FREE",
        "X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE",
    ],
)
def test_events_that_take_no_time_are_free(mark: str) -> None:
    assert taken(events(f"DTSTART:20261125T090000Z\nDTEND:20261125T100000Z\n{mark}")) == []


@pytest.mark.parametrize(
    "end", ["DTEND;VALUE=DATE:20261126", "DURATION:P25D", "DTEND;VALUE=DATE;X-A-LONG-NAME=x\n :20261126"]
)
def test_a_long_event_that_is_still_going_on_is_busy(end: str) -> None:
    assert taken(events(f"DTSTART;VALUE=DATE:20261101\n{end}")) == [("Sun 00:00", "Thu 00:00")]


@given(
    st.datetimes(datetime(2026, 11, 20), datetime(2026, 11, 28)),  # noqa: DTZ001 - on the clock of `zone`
    st.integers(0, 5 * 24 * 60),
    st.sampled_from(["Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/London"]),
)
@settings(deadline=None)
def test_a_single_event_is_busy_exactly_where_it_is(start: datetime, minutes: int, name: str) -> None:
    begin = start.replace(second=0, microsecond=0, tzinfo=zone(name)).astimezone(UTC)
    end = begin + timedelta(minutes=minutes + 1)
    local = (f"{moment.astimezone(zone(name)):%Y%m%dT%H%M%S}" for moment in (begin, end))
    content = events("DTSTART;TZID={0}:{1}\nDTEND;TZID={0}:{2}".format(name, *local))
    asked = datetime.combine(date(2026, 11, 24), time(12), LONDON)
    expected = [Busy(start=begin, end=end)] if begin < asked + timedelta(days=1) and asked < end else []
    assert busy_times(content, asked, asked + timedelta(days=1)) == expected


A_LINE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=200)


@given(A_LINE, A_LINE, st.integers(-48 * 60, 9 * 24 * 60), st.integers(1, 3 * 24 * 60))
@settings(deadline=None)
def test_a_hold_as_written_is_read_as_the_library_reads_it(
    title: str, description: str, begins: int, minutes: int
) -> None:
    start = NOW + timedelta(minutes=begins)
    end = start + timedelta(minutes=minutes)
    hold = Hold(key="L-abcdefghij", start=start, end=end, title=title, description=description)
    content = event_file(hold, "larkfield.example", NOW)
    by_library = content.replace(b"END:VEVENT", b"X-FROM:a person's program\r\nEND:VEVENT")
    for days in (1, 7):
        until = NOW + timedelta(days=days)
        assert busy_times(content, NOW, until) == busy_times(by_library, NOW, until)


def test_a_hold_until_the_year_9026_is_a_mistake_and_no_long_meeting() -> None:
    content = event_file(HOLD, "larkfield.example", NOW).replace(b"DTEND:2026", b"DTEND:9026")
    with pytest.raises(ValueError, match="not a readable calendar"):
        busy_times(content, NOW, NOW + timedelta(days=7))


@settings(deadline=None)
@given(st.data())
def test_a_hold_of_which_anything_was_changed_is_read_as_the_library_reads_it(data: st.DataObject) -> None:
    content = event_file(HOLD, "larkfield.example", NOW)
    place = data.draw(st.integers(0, len(content)))
    put = data.draw(st.sampled_from([*CHANGES, b"\r\n", b"9", b"\xff", b" ", b":"]))
    changed = content[:place] + put + content[place + data.draw(st.integers(0, 2)) :]

    def read(file: bytes) -> list[Busy] | None:
        try:
            return busy_times(file, NOW, NOW + timedelta(days=7))
        except ValueError:
            return None

    # the same for the library, and none that we would write
    assert read(changed) == read(changed.replace(b"BEGIN:VCALENDAR\r\n", b"BEGIN:VCALENDAR\r\nX-A:1\r\n", 1))


CHANGES = [
    b"\r\nSTATUS:CANCELLED\r\n",
    b"\r\nTRANSP:TRANSPARENT\r\n",
    b"\r\nRRULE:FREQ=DAILY\r\n",
    b"\r\nEND:VEVENT\r\n",
]


def test_a_folder_of_holds_is_looked_through_without_the_library(folder: Path) -> None:
    anyio.run(ics(folder).save_hold, HOLD)
    look = (
        "import sys, anyio\n"
        "from datetime import UTC, datetime\n"
        "from pathlib import Path\n"
        "from orchestration_project.connectors.calendar.ics import IcsFolder\n"
        "now = datetime(2026, 11, 24, tzinfo=UTC)\n"
        "calendar = IcsFolder(Path(sys.argv[1]), 'larkfield.example', lambda: now)\n"
        "assert anyio.run(calendar.check).ok\n"
        "sys.exit('icalendar' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", look, str(folder)], check=False).returncode == 0


def test_a_calendar_without_events_is_free() -> None:
    assert taken(events()) == []


BROKEN = {
    "empty": b"",
    "no calendar": b"Dear Sir\r\n",
    "other bytes": b"\xff\xfe\x00",
    "cut short": events("DTSTART:20261124T100000Z")[:60],
    "no time": events("SUMMARY:x"),
    "wrong time": events("DTSTART:tomorrow"),
    "wrong rule": events("DTSTART:20261124T100000Z\nRRULE:FREQ=BANANA"),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_broken_file_stops_nobody_and_is_named_by_check(folder: Path, content: bytes) -> None:
    calendar = ics(folder)
    anyio.run(calendar.save_hold, HOLD)
    assert anyio.run(calendar.check).ok
    (folder / "broken.ics").write_bytes(content)
    assert len(anyio.run(calendar.busy, NOW, NOW + timedelta(days=7))) == 1
    health = anyio.run(calendar.check)
    assert not health.ok
    assert "broken.ics" in health.says
    assert HOLD.key not in health.says
    assert health.mend


@settings(deadline=None)
@given(st.data())
def test_a_damaged_file_is_read_or_refused(data: st.DataObject) -> None:
    content = bytearray(
        events("DTSTART;TZID=Europe/London:20261124T100000\nDURATION:PT1H\nEXDATE:20261125T100000Z")
    )
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4)):
        content[place] = data.draw(st.sampled_from(b":;=,-\r\n 09AZ\xff"))
    try:
        found = busy_times(bytes(content), NOW, NOW + timedelta(days=2))
    except ValueError:
        return
    assert len(found) <= 1


def moved(folder: Path, *lines: str) -> None:
    """A person's calendar program has saved the hold with these lines."""
    (path,) = folder.iterdir()
    path.write_bytes(events("\n".join(lines)).replace(b"UID:0", b"UID:hold.l-abcdefghij@larkfield.example"))


def test_the_time_of_a_hold_is_where_a_person_has_moved_it(folder: Path) -> None:
    calendar = ics(folder)
    assert anyio.run(calendar.find_time, HOLD.key) is None
    anyio.run(calendar.save_hold, HOLD)
    assert anyio.run(calendar.find_time, HOLD.key) == HeldTime(start=HOLD.start, end=HOLD.end)
    moved(
        folder, "DTSTART;TZID=America/New_York:20261130T100000", "DTEND;TZID=America/New_York:20261130T110000"
    )
    assert anyio.run(calendar.find_time, HOLD.key) == HeldTime(
        start=datetime(2026, 11, 30, 15, 0, tzinfo=UTC), end=datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    "lines",
    [
        ("DTSTART;VALUE=DATE:20261130",),
        ("DTSTART:20261130T100000Z", "DTEND:20261130T103000Z", "STATUS:CANCELLED"),
    ],
    ids=["a whole day", "cancelled"],
)
def test_a_hold_that_a_person_called_off_has_no_time(folder: Path, lines: tuple[str, ...]) -> None:
    anyio.run(ics(folder).save_hold, HOLD)
    moved(folder, *lines)
    assert anyio.run(ics(folder).find_time, HOLD.key) is None


def test_a_hold_that_cannot_be_read_is_told_without_its_name(folder: Path) -> None:
    anyio.run(ics(folder).save_hold, HOLD)
    (path,) = folder.iterdir()
    path.write_bytes(b"BEGIN:nonsense")
    with pytest.raises(PermanentServiceError, match=r"the hold for L-abcdefghij cannot be read") as told:
        anyio.run(ics(folder).find_time, HOLD.key)
    assert "Zoë" not in str(told.value)


ATTENDEES = (
    "ORGANIZER:mailto:hannah@larkfield.example",
    "ATTENDEE;PARTSTAT=ACCEPTED:MAILTO:Jane@Acme.example",
    "ATTENDEE;CN=Bob;PARTSTAT=DECLINED:mailto:bob@acme.example",
    "ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:zoe@acme.example",
    "ATTENDEE:mailto:nobody@acme.example",
)


@pytest.mark.parametrize(
    ("attendees", "accepted_by"),
    [
        ((), ()),
        (ATTENDEES, ("Jane@Acme.example",)),
        (ATTENDEES[1:2], ("Jane@Acme.example",)),
        (("ATTENDEE;PARTSTAT=accepted:urn:uuid:1",), ("urn:uuid:1",)),
    ],
)
def test_who_has_accepted_an_invitation_to_a_hold_is_told(
    folder: Path, attendees: tuple[str, ...], accepted_by: tuple[str, ...]
) -> None:
    anyio.run(ics(folder).save_hold, HOLD)
    moved(folder, "DTSTART:20261130T100000Z", "DTEND:20261130T103000Z", *attendees)
    held = anyio.run(ics(folder).find_time, HOLD.key)
    assert held is not None and held.accepted_by == accepted_by
