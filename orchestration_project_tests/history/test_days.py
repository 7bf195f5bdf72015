"""Days begin at midnight on the business' clocks, whatever the clocks do; history begins where it should."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration_project.history.days import beginning, bounds, day_of, keep_beginning, kept_beginning
from orchestration_project.history.partitions import TOGETHER, day_partitions, spans, week_partitions

ZONES = ("Europe/London", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC")


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)]
)
def test_a_day_of_london_is_as_long_as_its_clocks_say(day: date, hours: int) -> None:
    start, end = bounds(day, "Europe/London")
    assert end.astimezone(UTC) - start.astimezone(UTC) == timedelta(hours=hours)


@given(st.integers(0, 3650 * 24 * 60), st.sampled_from(ZONES))
def test_every_moment_is_within_its_day_and_partitions_agree(minutes: int, zone: str) -> None:
    moment = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    day = day_of(moment, zone)
    start, end = bounds(day, zone)
    assert start <= moment < end
    window = day_partitions(date(2019, 12, 1), zone).time_window_for_partition_key(day.isoformat())
    assert (window.start, window.end) == (start, end)


def test_a_week_is_there_once_it_is_over_and_begins_on_monday() -> None:
    weeks = week_partitions(date(2026, 11, 5), "Europe/London")
    keys = weeks.get_partition_keys(current_time=datetime(2026, 11, 25, tzinfo=UTC))
    assert keys == ["2026-11-02", "2026-11-09", "2026-11-16"]


@given(st.sets(st.dates(date(2026, 1, 1), date(2026, 3, 1))))
def test_spans_hold_every_day_once_without_gaps(days: set[date]) -> None:
    parts = list(spans([day.isoformat() for day in days]))
    assert [day for part in parts for day in part] == sorted(day.isoformat() for day in days)
    for part in parts:
        assert 1 <= len(part) <= TOGETHER
        first = date.fromisoformat(part[0])
        assert part == [(first + timedelta(days=n)).isoformat() for n in range(len(part))]


def test_history_begins_with_the_oldest_lead_that_was_written_down(tmp_path: Path) -> None:
    today, old = date(2026, 11, 24), date(2025, 2, 3)
    assert kept_beginning(tmp_path) is None
    assert keep_beginning(tmp_path, date(2026, 1, 1))
    assert keep_beginning(tmp_path, old)
    assert not keep_beginning(tmp_path, date(2026, 5, 5)), "an older one is written down"
    assert kept_beginning(tmp_path) == old
    assert beginning(None, old, today) == old
    assert beginning(date(2026, 1, 1), old, today) == date(2026, 1, 1), "the playbook's line wins"
    assert beginning(None, None, today) == date(2026, 10, 25)
    assert beginning(None, date(2026, 11, 20), today) == date(2026, 10, 25)
