"""Names of time zones in calendar files, and what an event in an unknown one takes."""

from datetime import UTC, datetime, timedelta

import pytest

from orchestration_project.connectors.calendar.ics_format import busy_times
from orchestration_project.connectors.calendar.ics_zones import iana_name, resolved
from orchestration_project.timezones import zone

START = datetime(2026, 11, 24, 8, tzinfo=zone("Europe/London"))


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("eastern standard time", "America/New_York"),
        ("/freeassociation.sourceforge.net/Europe/Berlin", "Europe/Berlin"),
        ("/citadel.org/20210210_1/America/Argentina/Salta", "America/Argentina/Salta"),
        ("europe/berlin", "Europe/Berlin"),
        ("utc", "Etc/UTC"),
        ("(UTC+01:00)", "Etc/GMT-1"),
        ("GMT-0500", "Etc/GMT+5"),
        ("UTC+05:30", None),
        ("Customized Time Zone", None),
        ("(UTC+01:00) Amsterdam, Berlin, Bern", None),
        ("", None),
    ],
)
def test_a_name_is_known_or_it_is_not(name: str, known: str | None) -> None:
    assert iana_name(name) == known


def calendar(*lines: str, before: str = "") -> bytes:
    event = "\r\n".join(("BEGIN:VEVENT", "UID:1", "DTSTAMP:20261101T000000Z", *lines, "END:VEVENT"))
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{before}{event}\r\nEND:VCALENDAR\r\n".encode()


def at(name: str, *more: str) -> bytes:
    return calendar(f"DTSTART;TZID={name}:20261125T100000", f"DTEND;TZID={name}:20261125T110000", *more)


@pytest.mark.parametrize("name", ["W. Europe Standard Time", '"Europe/Berlin"', "/x.org/Europe/Berlin"])
def test_a_name_that_the_file_does_not_define_is_resolved(name: str) -> None:
    [busy] = busy_times(at(name), START, START + timedelta(days=7))
    assert busy.start == datetime(2026, 11, 25, 9, tzinfo=UTC)
    assert not busy.unsure


@pytest.mark.parametrize("more", [(), ("RRULE:FREQ=DAILY;COUNT=2",)])
def test_an_unknown_zone_is_not_read_as_local_but_takes_all_it_may_mean(more: tuple[str, ...]) -> None:
    busy = busy_times(at("Customized Time Zone", *more), START, START + timedelta(days=7))
    assert len(busy) == 1 + len(more)
    # ten o'clock is between 20:00 UTC of the day before and 22:00 UTC, from Kiritimati to Baker Island
    assert busy[0].start == datetime(2026, 11, 24, 20, tzinfo=UTC)
    assert busy[0].end == datetime(2026, 11, 25, 23, tzinfo=UTC)
    assert all("Customized Time Zone" in one.unsure for one in busy)


def test_a_zone_that_the_file_defines_is_the_file_s_own() -> None:
    offset = "TZOFFSETFROM:+0300\r\nTZOFFSETTO:+0300\r\nDTSTART:19700101T000000\r\n"
    standard = f"BEGIN:STANDARD\r\n{offset}END:STANDARD\r\n"
    defined = f"BEGIN:VTIMEZONE\r\nTZID:Our Office\r\n{standard}END:VTIMEZONE\r\n"
    content = calendar(
        "DTSTART;TZID=Our Office:20261125T100000", "DTEND;TZID=Our Office:20261125T110000", before=defined
    )
    assert resolved(content) == (content, frozenset())
    [busy] = busy_times(content, START, START + timedelta(days=7))
    assert busy.start == datetime(2026, 11, 25, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("answer", "count"), [("DECLINED", 0), ("ACCEPTED", 1), ("TENTATIVE", 1), ("NEEDS-ACTION", 1)]
)
def test_an_invitation_that_the_owner_declined_takes_no_time(answer: str, count: int) -> None:
    content = calendar(
        "DTSTART:20261125T100000Z",
        "DTEND:20261125T110000Z",
        "ATTENDEE;PARTSTAT=DECLINED:mailto:bob@acme.example",
        f"ATTENDEE;PARTSTAT={answer}:mailto:Hannah@Larkfield.example",
    )
    mine = ["hannah@larkfield.example"]
    assert len(busy_times(content, START, START + timedelta(days=7), mine)) == count
    assert len(busy_times(content, START, START + timedelta(days=7))) == 1  # whose it is is not known
