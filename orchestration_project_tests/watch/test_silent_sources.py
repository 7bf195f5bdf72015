"""A source that is silent is told by its own rhythm."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from orchestration_project.ledger import Ledger
from orchestration_project.playbook.alerts import AlertRules
from orchestration_project.watch.causes import sources
from orchestration_project.watch.causes.rhythm import chance_of_silence
from orchestration_project_tests.hand_clock import HandClock
from orchestration_project_tests.watch.conftest import Watching
from orchestration_project_tests.watch.made import of, open_connection

LONDON = ZoneInfo("Europe/London")


def rhythm(now: datetime, weeks: int = 8, *, office: bool = True) -> list[datetime]:
    """Something in each hour of the week (of office hours), by London's clocks."""
    first = now - timedelta(weeks=weeks)
    hours = (first + timedelta(hours=number) for number in range(weeks * 168))
    return [
        hour
        for hour in hours
        if not office or (hour.astimezone(LONDON).weekday() < 5 and 9 <= hour.astimezone(LONDON).hour < 17)
    ]


def test_a_night_and_a_weekend_are_no_silence_and_a_working_morning_is() -> None:
    friday = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
    heard = rhythm(friday)
    monday = chance_of_silence(heard, friday, friday + timedelta(days=2, hours=15), LONDON)
    assert monday is not None and monday > 0.5
    noon = chance_of_silence(heard, friday, friday + timedelta(days=2, hours=19), LONDON)
    assert noon is not None and noon < 0.001


def test_the_rhythm_follows_the_owners_clocks_when_these_are_put_back() -> None:
    friday = datetime(2026, 10, 23, 16, 0, tzinfo=UTC)  # 17:00 in summer; on Monday it is winter
    heard = rhythm(friday)
    nine = chance_of_silence(heard, friday, datetime(2026, 10, 26, 9, 0, tzinfo=UTC), LONDON)
    assert nine is not None and nine > 0.5


def test_a_flood_teaches_nothing_and_a_new_source_is_not_known_yet() -> None:
    now = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
    flood = [now - timedelta(days=20)] * 10_000
    chance = chance_of_silence(sorted({*flood, *rhythm(now, 1)}), now, now + timedelta(hours=3), LONDON)
    assert chance is None or chance > 0.001
    assert chance_of_silence(rhythm(now, 1, office=False), now, now + timedelta(hours=30), LONDON) is None


def deliver_at(ledger: Ledger, clock: HandClock, moments: Iterable[datetime], source: str = "inbox") -> None:
    rows = [{"number": number, "at": at} for number, at in enumerate(moments)]
    with ledger.engine.begin() as connection:
        for row in rows:
            connection.exec_driver_sql(
                "INSERT INTO leads.submissions (ref, source, external_id, content, raw, received_at) "
                "VALUES (%s, %s, %s, '', '', %s)",
                (f"L-{source}{row['number']}", source, str(row["number"]), row["at"]),
            )


def test_a_source_that_is_silent_against_its_own_rhythm(
    ledger: Ledger, clock: HandClock, watching: Watching
) -> None:
    clock.now = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
    deliver_at(ledger, clock, rhythm(clock.now, 4))
    assert of(sources.silent, watching()) == []
    clock.now = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
    (trouble,) = of(sources.silent, watching())
    assert trouble.subject == "inbox" and trouble.what.startswith("Nothing has come from inbox for 2 days")
    never = AlertRules(silent_after={"inbox": None})
    assert of(sources.silent, watching(never)) == []
    open_connection(ledger, "form_source inbox")
    assert of(sources.silent, watching()) == []


def test_a_line_of_the_playbook_states_how_long_a_source_may_be_silent(
    ledger: Ledger, clock: HandClock, watching: Watching
) -> None:
    deliver_at(ledger, clock, [clock.now])
    clock.forward(hours=25)
    assert of(sources.silent, watching()) == []
    (trouble,) = of(sources.silent, watching(AlertRules(silent_after={"inbox": timedelta(hours=24)})))
    assert "24 h at most were expected" in trouble.what
