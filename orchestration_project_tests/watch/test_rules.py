"""What is to be told now, and what is not told again: each case from the moment it begins to its end."""

from datetime import datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration_project.ledger.alerts import Alert, SenderState, Telling
from orchestration_project.playbook.alerts import AlertRules, QuietHours, Told
from orchestration_project.watch.alerts.rules import News, due, told_now
from orchestration_project_tests.watch.made import a_trouble, an_alert

NOW = datetime.fromisoformat("2026-11-24T09:30:00+00:00")
CHAT = Told(through="chat")
RULES = AlertRules()


def news(
    alert: Alert,
    before: Telling | None = None,
    *,
    at: datetime = NOW,
    sender: SenderState | None = None,
    told: Told = CHAT,
    rules: AlertRules = RULES,
) -> News | None:
    one = due(alert, before, sender, told, rules, at, at)
    return one.news if one else None


def telling(alert: Alert, at: datetime = NOW) -> Telling:
    one = due(alert, None, None, CHAT, RULES, at, at)
    assert one is not None
    return told_now(one, "chat", at)


def test_the_first_time_is_told_and_then_it_is_quiet_however_often_it_happens() -> None:
    alert = an_alert(NOW, times=1, leads=1)
    assert news(alert) == "first"
    before = telling(alert)
    worse = alert.model_copy(update={"times": 400, "leads": 500})
    assert news(worse, before, at=NOW + timedelta(minutes=59)) is None
    assert news(worse, before, at=NOW + timedelta(minutes=60)) == "again"


def test_what_lasts_without_growing_is_not_told_again() -> None:
    alert = an_alert(NOW, times=3, leads=2)
    assert news(alert, telling(alert), at=NOW + timedelta(days=6)) is None


def test_the_pauses_grow_up_to_a_day() -> None:
    alert, before, at, pauses = an_alert(NOW, times=1), telling(an_alert(NOW, times=1)), NOW, list[float]()
    while len(pauses) < 7:
        at += timedelta(minutes=30)
        alert = alert.model_copy(update={"times": alert.times + 1})
        one = due(alert, before, None, CHAT, RULES, at, at)
        if one is not None:
            assert before.told_at is not None
            pauses.append((at - before.told_at) / timedelta(hours=1))
            before = told_now(one, "chat", at)
    assert pauses == [1, 2, 4, 8, 16, 24, 24]


def test_what_becomes_graver_is_told_at_once() -> None:
    alert = an_alert(NOW)
    graver = alert.model_copy(update={"severity": "urgent"})
    assert news(graver, telling(alert), at=NOW + timedelta(seconds=30)) == "worse"


def test_the_end_is_told_once_it_has_lasted_and_only_to_those_who_heard_of_the_beginning() -> None:
    over = an_alert(NOW, ended_at=NOW + timedelta(minutes=5))
    before = telling(an_alert(NOW))
    assert news(over, before, at=NOW + timedelta(minutes=5, seconds=30)) is None
    assert news(over, before, at=NOW + timedelta(minutes=6)) == "over"
    assert news(over, None, at=NOW + timedelta(minutes=6)) is None
    one = due(over, before, None, CHAT, RULES, NOW + timedelta(minutes=6), NOW)
    assert one is not None
    assert news(over, told_now(one, "chat", NOW + timedelta(minutes=6)), at=NOW + timedelta(hours=9)) is None


def test_what_comes_and_goes_is_told_once_a_window() -> None:
    alert, before, told = an_alert(NOW), None, list[tuple[int, str]]()
    for minute in range(180):
        at = NOW + timedelta(minutes=minute)
        away = minute % 6 < 3
        alert = alert.model_copy(
            update={
                "ended_at": None if away else (alert.ended_at or at),
                "openings": alert.openings + (1 if away and alert.ended_at is not None else 0),
            }
        )
        one = due(alert, before, None, CHAT, RULES, at, at)
        if one is not None:
            told.append((minute, one.news))
            before = told_now(one, "chat", at)
    assert told == [(0, "first"), (4, "over"), (60, "again"), (64, "over")]


def test_what_ended_while_a_sender_was_down_is_told_once_it_delivers() -> None:
    over = an_alert(NOW, ended_at=NOW + timedelta(minutes=5))
    down = SenderState(name="chat", failures=3, failing_since=NOW)
    at = NOW + timedelta(hours=2)
    assert news(over, None, at=at, sender=down) == "past"
    one = due(over, None, down, CHAT, RULES, at, at)
    assert one is not None
    assert news(over, told_now(one, "chat", at), at=at + timedelta(hours=1)) is None
    # one that was added to the playbook since has missed nothing
    assert news(over, None, at=at) is None


@pytest.mark.parametrize(("least", "told"), [("note", True), ("warning", True), ("urgent", False)])
def test_a_line_of_the_playbook_has_a_least_severity(least: str, told: bool) -> None:
    line = Told.model_validate({"through": "chat", "least": least})
    assert (news(an_alert(NOW), told=line) is not None) == told


@pytest.mark.parametrize(
    ("start", "end", "at", "held"),
    [
        ("20:00", "07:00", "03:00", True),
        ("20:00", "07:00", "20:00", True),
        ("20:00", "07:00", "07:00", False),
        ("12:00", "13:00", "12:30", True),
        ("12:00", "13:00", "13:00", False),
    ],
)
def test_in_quiet_hours_nothing_is_told_and_in_the_morning_what_still_is(
    start: str, end: str, at: str, held: bool
) -> None:
    quiet = QuietHours(start=time.fromisoformat(start), end=time.fromisoformat(end), but="urgent")
    rules = AlertRules(quiet_hours=quiet)
    moment = NOW.replace(hour=int(at[:2]), minute=int(at[3:]))
    alert = an_alert(moment)
    assert (news(alert, at=moment, rules=rules) is None) == held
    assert news(alert.model_copy(update={"severity": "urgent"}), at=moment, rules=rules) == "first"


@given(st.lists(st.tuples(st.integers(0, 40), st.booleans(), st.integers(0, 3)), max_size=60))
def test_whatever_comes_and_goes_the_windows_are_kept_and_an_end_follows_a_beginning(
    moves: list[tuple[int, bool, int]],
) -> None:
    alert, before, at, told = an_alert(NOW), None, NOW, list[tuple[datetime, str]]()
    for minutes, away, more in moves:
        at += timedelta(minutes=minutes)
        alert = alert.model_copy(
            update={
                "ended_at": None if away else (alert.ended_at or at),
                "times": alert.times + more,
                "openings": alert.openings + (1 if away and alert.ended_at is not None else 0),
                "trouble": a_trouble(),
            }
        )
        one = due(alert, before, None, CHAT, RULES, at, at)
        if one is not None:
            told.append((at, one.news))
            before = told_now(one, "chat", at)
    begun = [moment for moment, what in told if what != "over"]
    assert all(later - sooner >= timedelta(hours=1) for sooner, later in pairwise(begun))
    words = [what for _, what in told]
    assert all(words[place - 1] != "over" for place, what in enumerate(words) if what == "over" and place)
    assert words[:1] in ([], ["first"])
