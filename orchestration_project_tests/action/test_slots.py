"""The next slot is free, on the half hour, in the owner's working hours and polite to the lead."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st

from orchestration_project.action.slots import LEAD_TIME, LENGTH, LOOK_AHEAD, next_slot
from orchestration_project.connectors.calendar.interface import Busy
from orchestration_project.playbook.business import WEEKDAYS, WorkingHours
from orchestration_project.timezones import zone

LONDON = zone("Europe/London")
OFFICE = WorkingHours(days=("mon", "tue", "wed", "thu", "fri"), start=time(9), end=time(17))
TUESDAY = date(2026, 11, 24)


def london(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), LONDON)


def slot(
    now: datetime,
    *busy: tuple[datetime, datetime],
    lead: str | None = None,
    hours: WorkingHours = OFFICE,
) -> datetime | None:
    """When the next slot begins, on London's clock."""
    found = next_slot(
        now, hours, LONDON, zone(lead) if lead else None, [Busy(start=start, end=end) for start, end in busy]
    )
    return found.start.astimezone(LONDON) if found else None


def test_the_slot_is_the_first_half_hour_two_hours_from_now() -> None:
    assert slot(london(TUESDAY, 9, 30)) == london(TUESDAY, 11, 30)
    assert slot(london(TUESDAY, 9, 31)) == london(TUESDAY, 12)


def test_before_work_it_is_the_first_slot_of_the_day() -> None:
    assert slot(london(TUESDAY, 3)) == london(TUESDAY, 9)


def test_the_last_slot_ends_with_the_working_day() -> None:
    assert slot(london(TUESDAY, 14, 30)) == london(TUESDAY, 16, 30)
    assert slot(london(TUESDAY, 14, 31)) == london(TUESDAY + timedelta(days=1), 9)


def test_days_off_are_passed_over() -> None:
    friday = date(2026, 11, 27)
    assert slot(london(friday, 16)) == london(date(2026, 11, 30), 9)


def test_working_hours_that_begin_off_the_grid_begin_at_the_next_half_hour() -> None:
    hours = WorkingHours(days=WEEKDAYS, start=time(8, 45), end=time(17))
    assert slot(london(TUESDAY, 3), hours=hours) == london(TUESDAY, 9)


def test_taken_time_is_passed_over_and_its_edges_are_free() -> None:
    now = london(TUESDAY, 8)
    lunch = (london(TUESDAY, 10, 30), london(TUESDAY, 13))
    assert slot(now, lunch) == london(TUESDAY, 10)
    assert slot(now, (london(TUESDAY, 10), london(TUESDAY, 10, 15)), lunch) == london(TUESDAY, 13)


def test_a_lead_in_new_york_is_not_called_at_night() -> None:
    assert slot(london(TUESDAY, 3), lead="America/New_York") == london(TUESDAY, 13)


def test_a_lead_who_is_never_awake_in_working_hours_gets_the_first_slot() -> None:
    mornings = WorkingHours(days=OFFICE.days, start=time(9), end=time(11))
    assert slot(london(TUESDAY, 3), lead="America/Los_Angeles", hours=mornings) == london(TUESDAY, 9)


def test_a_polite_slot_within_ten_working_days_is_worth_waiting_for() -> None:
    def afternoons(days: int) -> list[tuple[datetime, datetime]]:
        later = (TUESDAY + timedelta(days=n) for n in range(days))
        return [(london(day, 12), london(day, 17)) for day in later]

    # the tenth working day from Tuesday is the Monday after next
    assert slot(london(TUESDAY, 3), *afternoons(13), lead="America/New_York") == london(date(2026, 12, 7), 13)
    assert slot(london(TUESDAY, 3), *afternoons(14), lead="America/New_York") == london(TUESDAY, 9)


def test_hours_that_the_clocks_leave_out_are_not_worked_later() -> None:
    night = WorkingHours(days=WEEKDAYS, start=time(0, 30), end=time(1, 30))
    # in the night to Sunday, one o'clock is followed by two o'clock
    saturday, monday = london(date(2026, 3, 28), 22, 40), london(date(2026, 3, 30), 0, 30)
    assert slot(saturday, hours=night) == monday


def test_there_may_be_no_slot_at_all() -> None:
    assert slot(london(TUESDAY, 9), (london(TUESDAY, 0), london(date(2027, 1, 31), 0))) is None
    assert slot(london(TUESDAY, 9), hours=WorkingHours(days=(), start=time(9), end=time(17))) is None


# nights in which clocks change in one of the zones below, and ordinary ones around them
around_changes = st.sampled_from(
    [
        date(2026, 3, 8),
        date(2026, 3, 29),
        date(2026, 4, 5),
        date(2026, 10, 4),
        date(2026, 10, 25),
        date(2026, 11, 1),
    ]
).flatmap(
    lambda day: st.integers(-3 * 24 * 60, 2 * 24 * 60).map(
        lambda minutes: datetime.combine(day, time(), UTC) + timedelta(minutes=minutes)
    )
)
zones = st.sampled_from(
    ["Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Sao_Paulo", "UTC"]
).map(zone)
clock_times = st.integers(0, 47).map(lambda half_hours: time(half_hours // 2, 30 * (half_hours % 2)))


@st.composite
def working_hours(draw: st.DrawFn) -> WorkingHours:
    start, end = sorted((draw(clock_times), draw(clock_times)))
    days = draw(st.sets(st.sampled_from(WEEKDAYS), min_size=1))
    return WorkingHours(days=tuple(day for day in WEEKDAYS if day in days), start=start, end=end)


@st.composite
def taken(draw: st.DrawFn) -> list[Busy]:
    return [
        Busy(start=start, end=start + timedelta(minutes=draw(st.integers(0, 900))))
        for start in draw(st.lists(around_changes, max_size=6))
    ]


@settings(deadline=None)
@given(around_changes, working_hours(), zones, st.none() | zones, taken())
@example(
    datetime(2026, 11, 1, 3, 1, tzinfo=UTC),
    WorkingHours(days=WEEKDAYS, start=time(0), end=time(2)),
    zone("America/New_York"),
    None,
    [],
)
def test_around_clock_changes_a_slot_is_what_it_should_be(
    now: datetime, hours: WorkingHours, owner_zone: ZoneInfo, lead_zone: ZoneInfo | None, busy: list[Busy]
) -> None:
    found = next_slot(now, hours, owner_zone, lead_zone, busy)
    if found is None:
        assert hours.end.hour * 60 + hours.end.minute < hours.start.hour * 60 + hours.start.minute + 60
        return
    start, end = (moment.astimezone(owner_zone) for moment in found)
    assert found.end - found.start == LENGTH
    assert now + LEAD_TIME <= found.start < now + LOOK_AHEAD + timedelta(days=1)
    assert WEEKDAYS[start.weekday()] in hours.days
    assert start.date() == end.date()
    # where the clocks go back within it, a slot may end at an earlier time than it begins
    assert hours.start <= start.time()
    assert end.time() <= hours.end
    assert start.minute in {0, 30}
    assert not any(one.start < found.end and found.start < one.end for one in busy)
