"""When a form says it was sent."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration_project.data.moments import read_submitted_at
from orchestration_project.timezones import zone

RECEIVED = datetime(2026, 7, 5, 12, 0, tzinfo=UTC)
BERLIN = zone("Europe/Berlin")


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("2026-07-05 10:30", datetime(2026, 7, 5, 8, 30, tzinfo=UTC)),
        ("2026-07-05T10:30:00Z", datetime(2026, 7, 5, 10, 30, tzinfo=UTC)),
        ("05.07.2026 10:30", datetime(2026, 7, 5, 8, 30, tzinfo=UTC)),
        ("5.7.2026, 10:30 Uhr", datetime(2026, 7, 5, 8, 30, tzinfo=UTC)),
        ("25/06/2026 10:30:05", datetime(2026, 6, 25, 8, 30, 5, tzinfo=UTC)),
        ("6/25/2026 10:30:05", datetime(2026, 6, 25, 8, 30, 5, tzinfo=UTC)),
        ("7/5/2026 10:30", datetime(2026, 7, 5, 8, 30, tzinfo=UTC)),
        ("5/7/2026 10:30 AM", datetime(2026, 7, 5, 8, 30, tzinfo=UTC)),
        ("2026/07/05 10:30", datetime(2026, 7, 5, 8, 30, tzinfo=UTC)),
        ("Sun, 05 Jul 2026 10:30:00 +0000", datetime(2026, 7, 5, 10, 30, tzinfo=UTC)),
        ("July 5, 2026 at 10:30 am", datetime(2026, 7, 5, 8, 30, tzinfo=UTC)),
        ("5 July 2026 10:30", datetime(2026, 7, 5, 8, 30, tzinfo=UTC)),
        (
            "Sun Jul 05 2026 10:30:00 GMT+0200 (Central European Summer Time)",
            datetime(2026, 7, 5, 8, 30, tzinfo=UTC),
        ),
        ("Sun Jul 05 2026 10:30:00 GMT+0100 (BST)", datetime(2026, 7, 5, 9, 30, tzinfo=UTC)),
        ("5. Juli 2026, 10:30 Uhr", datetime(2026, 7, 5, 8, 30, tzinfo=UTC)),
        ("5 juillet 2026 à 10h30", datetime(2026, 7, 5, 8, 30, tzinfo=UTC)),
        ("domingo, 5 de julio de 2026 a las 10:30", datetime(2026, 7, 5, 8, 30, tzinfo=UTC)),
        ("5 lipca 2026 10:30", datetime(2026, 7, 5, 8, 30, tzinfo=UTC)),
        ("5 czerwca 2026 10:30", datetime(2026, 6, 5, 8, 30, tzinfo=UTC)),
        ("Sunday 5 July 2026", datetime(2026, 7, 4, 22, 0, tzinfo=UTC)),
        ("Jul 5 2026  1:30PM", datetime(2026, 7, 5, 11, 30, tzinfo=UTC)),
        ("5-Jul-26", datetime(2026, 7, 4, 22, 0, tzinfo=UTC)),
        ("2026年7月5日 10:30", datetime(2026, 7, 5, 8, 30, tzinfo=UTC)),
        ("20260705T103000Z", datetime(2026, 7, 5, 10, 30, tzinfo=UTC)),
        ("1783247400", datetime(2026, 7, 5, 10, 30, tzinfo=UTC)),
        ("1783247400123456", datetime(2026, 7, 5, 10, 30, tzinfo=UTC)),
        ("/Date(1783247400000)/", datetime(2026, 7, 5, 10, 30, tzinfo=UTC)),
        ("46208.4375", datetime(2026, 7, 5, 8, 30, tzinfo=UTC)),  # a date as a sheet counts it
        ("20260705103000", datetime(2026, 7, 5, 8, 30, tzinfo=UTC)),
        ("20260705", datetime(2026, 7, 4, 22, 0, tzinfo=UTC)),
        ("5. 7. 2026 10:30", datetime(2026, 7, 5, 8, 30, tzinfo=UTC)),
        ("5 июля 2026 10:30", datetime(2026, 7, 5, 8, 30, tzinfo=UTC)),
        ("5 luglio 2026 alle ore 10:30", datetime(2026, 7, 5, 8, 30, tzinfo=UTC)),
        ("2026-07-05 10:30 Europe/London", datetime(2026, 7, 5, 9, 30, tzinfo=UTC)),
        ("2026-07-05T10:30+02:00[Europe/Berlin]", datetime(2026, 7, 5, 8, 30, tzinfo=UTC)),
        ("2026-07-05 10:30 GMT+1", datetime(2026, 7, 5, 9, 30, tzinfo=UTC)),
        ("2026-07-05 10:30 (UTC+03:00)", datetime(2026, 7, 5, 7, 30, tzinfo=UTC)),
        ("2026-07-05 10:30 CEST", datetime(2026, 7, 5, 8, 30, tzinfo=UTC)),
    ],
)
def test_a_time_without_a_zone_is_on_the_clocks_of_the_business(typed: str, moment: datetime) -> None:
    assert read_submitted_at(typed, RECEIVED, BERLIN, "DE") == (moment, None)


def test_which_of_two_numbers_is_the_day_the_region_decides_and_it_is_told() -> None:
    later = datetime(2027, 1, 1, tzinfo=UTC)
    british, problem = read_submitted_at("03/04/2026 10:00", later, UTC, "GB")
    assert (british, problem and problem.code) == (datetime(2026, 4, 3, 10, tzinfo=UTC), "unclear")
    american, _ = read_submitted_at("03/04/2026 10:00", later, UTC, "US")
    assert american == datetime(2026, 3, 4, 10, tzinfo=UTC)


@pytest.mark.parametrize("typed", ["yesterday", "31/02/2026", "99/99/9999 10:00", "24:61", "13/13/2026"])
def test_what_is_no_time_is_told_and_the_time_of_receipt_counts(typed: str) -> None:
    moment, problem = read_submitted_at(typed, RECEIVED, BERLIN, "DE")
    assert moment == RECEIVED
    assert problem
    assert problem.code == "invalid"


@given(st.text("0123456789/.-: TZ+apmJul", max_size=30) | st.text(max_size=30))
def test_no_text_breaks_it(typed: str) -> None:
    moment, _problem = read_submitted_at(typed, RECEIVED, BERLIN, "US")
    assert moment <= RECEIVED
    assert moment.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "typed",
    [
        "5 July 2026 10:30 EST",
        "2026-07-05 10:30 CET",
        "2026-07-05 10:30 PDT",
        "5 jui 2026",
        "tomorrow",
        "5 July",
        "July 2026",
    ],
)
def test_a_zone_or_a_word_that_nobody_knows_is_told_and_not_left_out(typed: str) -> None:
    moment, problem = read_submitted_at(typed, RECEIVED, BERLIN, "DE")
    assert problem is not None
    assert moment == RECEIVED
