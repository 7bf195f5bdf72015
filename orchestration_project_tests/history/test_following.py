"""History follows the ledger: which days have changed, and what is made anew of it."""

import json
from collections.abc import Sequence
from datetime import date, timedelta

import dagster as dg

from orchestration_project.history.days import days_between
from orchestration_project.history.following import changed_days, next_days
from orchestration_project.history.names import LEDGER
from orchestration_project.history.resources import History, open_history
from orchestration_project.history.tables import TABLES
from orchestration_project.installation import WORKING_COPY
from orchestration_project.intake import old_submissions, take_in_history
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.imports import Imports
from orchestration_project.model import Correction, CorrectionKind, Delivery, Ref
from orchestration_project.offer import capabilities
from orchestration_project.playbook.load import load_playbook
from orchestration_project_tests.hand_clock import HandClock
from orchestration_project_tests.history.conftest import Past
from orchestration_project_tests.ledger.leads import introduce, submit

TODAY = date(2026, 11, 24)


def history_of(ledger: Ledger) -> History:
    playbook = load_playbook(WORKING_COPY / "playbook", capabilities())
    return open_history(ledger, playbook, WORKING_COPY, WORKING_COPY / "playbook")


def days(*numbers: int) -> list[date]:
    return [TODAY - timedelta(days=number) for number in numbers]


def test_the_first_look_tells_all_days_and_the_next_ones_only_what_changed(
    ledger: Ledger, clock: HandClock
) -> None:
    history, begins = history_of(ledger), TODAY - timedelta(days=3)
    (new,), (old,) = submit(ledger, name="new"), submit(ledger, name="old")
    introduce(ledger, old, at=clock.now - timedelta(days=2))
    told, looked = changed_days(history, begins, None)
    assert told == days(3, 2, 1, 0)
    clock.forward(minutes=6)
    told, looked = changed_days(history, begins, looked)
    assert told == days(2, 0), "what is younger than some minutes is told once more"
    told, looked = changed_days(history, begins, looked)
    assert told == []
    ledger.labels.correct(Correction(ref=old, kind=CorrectionKind.SPAM))
    told, looked = changed_days(history, begins, looked)
    assert told == days(2), "late news is of the day of its lead"
    assert new != old


def test_many_years_are_told_some_months_a_tick_the_newest_first(ledger: Ledger, clock: HandClock) -> None:
    history, begins = history_of(ledger), TODAY - timedelta(days=249)
    told, looked = next_days(history, begins, None)
    assert (told[0], told[-1], len(told)) == (TODAY - timedelta(days=99), TODAY, 100)
    seen = set(told)
    for wanted in (100, 50):
        told, looked = next_days(history, begins, looked)
        assert len(told) == wanted
        seen.update(told)
    assert seen == set(days_between(begins, TODAY))
    assert next_days(history, begins, looked)[0] == [], "the ledger is asked once an hour"
    clock.forward(hours=1)
    submit(ledger, name="new")
    assert next_days(history, begins, looked)[0] == [TODAY]


def test_a_new_day_is_told_though_nobody_has_written(ledger: Ledger, clock: HandClock) -> None:
    history, begins = history_of(ledger), TODAY
    _, looked = changed_days(history, begins, None)
    clock.forward(days=2)
    told, looked = changed_days(history, begins, looked)
    assert told == [TODAY, TODAY + timedelta(days=1), TODAY + timedelta(days=2)]
    assert changed_days(history, begins, looked)[0] == []


def test_of_a_lead_that_is_imported_anew_with_another_date_both_days_are_told(
    ledger: Ledger, clock: HandClock
) -> None:
    history, begins = history_of(ledger), TODAY - timedelta(days=9)
    lead = {"id": "1", "email": "ann@one.example", "submitted_at": "2026-11-18T10:00:00Z"}

    def read(**changed: str) -> Sequence[Delivery]:
        return [Delivery(external_id="1", raw=json.dumps(lead | changed).encode())]

    take_in_history(ledger, history.playbook, "csv old", read())
    clock.forward(minutes=6)
    _, looked = changed_days(history, begins, None)
    again = old_submissions(ledger, history.playbook, "csv old", read(submitted_at="2026-11-20T10:00:00Z"))
    Imports(ledger.engine, ledger.clock).correct("csv old", again)
    assert changed_days(history, begins, looked)[0] == [date(2026, 11, 18), date(2026, 11, 20)]


def test_days_before_history_begins_are_told_once_it_begins_there(ledger: Ledger, clock: HandClock) -> None:
    history = history_of(ledger)
    (old,) = submit(ledger)
    introduce(ledger, old, at=clock.now - timedelta(days=40))
    told, looked = changed_days(history, TODAY, None)
    assert told == [TODAY]
    assert history.reader.first_day() == TODAY - timedelta(days=40)
    told, looked = changed_days(history, TODAY - timedelta(days=40), looked)
    assert told[0] == TODAY - timedelta(days=40)
    assert told[-1] == TODAY - timedelta(days=1)
    assert len(told) == 40


def test_history_that_does_not_follow_for_hours_is_told_and_ended_once_it_does(past: Past) -> None:
    sensor = past.definitions().get_repository_def().get_sensor_def("ledger_changes")
    world = past.world

    def told(cursor: str | None) -> tuple[str | None, list[str]]:
        context = dg.build_sensor_context(
            instance=instance, cursor=cursor, resources={"history": past.history}
        )
        result = sensor(context)
        assert isinstance(result, dg.SensorResult)
        for event in result.asset_events:
            instance.report_runless_asset_event(event)
        told = [alert.trouble.what for alert in world.ledger.alerts.open()]
        return result.cursor, [
            what for what in told if what.startswith("History")
        ]  # a check may tell of its own

    with dg.DagsterInstance.ephemeral() as instance:
        cursor, open_now = told(None)
        assert open_now == []
        for hours in (1, 3):
            world.clock.forward(hours=hours)
            cursor, open_now = told(cursor)
        assert open_now == ["History has not followed the ledger for 3 hours."]
        instance.report_runless_asset_event(
            dg.AssetMaterialization("source_quality", partition=past.today.isoformat())
        )
        world.clock.forward(hours=1)
        assert told(cursor)[1] == []


def test_one_changed_day_makes_that_day_of_everything_anew_and_no_other(past: Past) -> None:
    definitions = past.definitions()
    tables = {dg.AssetKey(name) for name in TABLES}
    with dg.DagsterInstance.ephemeral() as instance:
        first = dg.evaluate_automation_conditions(definitions, instance)
        assert first.total_requested == 0, "nobody has told of a day yet"
        instance.report_runless_asset_event(dg.AssetMaterialization(LEDGER, partition="2026-10-25"))
        second = dg.evaluate_automation_conditions(definitions, instance, cursor=first.cursor)
        requested = {key: set(second.get_requested_partitions(key)) for key in tables}
        assert requested == {key: {"2026-10-25"} for key in tables}
        instance.add_dynamic_partitions("candidates", ["bolder"])
        scored = dg.AssetMaterialization("rescored", partition="bolder|2026-10-25")
        instance.report_runless_asset_event(scored)
        again = dg.evaluate_automation_conditions(definitions, instance, cursor=second.cursor)
        assert again.get_requested_partitions(dg.AssetKey("comparison")) == {"bolder"}
        assert again.total_requested == 1
        second = again
        instance.report_runless_asset_event(dg.AssetMaterialization(["connections", "ai"]))
        third = dg.evaluate_automation_conditions(definitions, instance, cursor=second.cursor)
        assert third.total_requested == 0, "that the AI is away is no reason to make each day anew"


def test_the_sensor_tells_what_changed_and_asks_for_no_run_itself(past: Past) -> None:
    definitions = past.definitions()
    sensor = definitions.get_repository_def().get_sensor_def("ledger_changes")
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_sensor_context(instance=instance, resources={"history": past.history})
        result = sensor.evaluate_tick(context)
        again = sensor.evaluate_tick(
            dg.build_sensor_context(
                instance=instance, cursor=result.cursor, resources={"history": past.history}
            )
        )
    assert result.run_requests == [] and again.run_requests == []
    keys = {"/".join(event.asset_key.path) for event in result.asset_events}
    assert {"ledger", "form_sources/inbox", "connections/crm", "connections/ai"} <= keys
    assert {event.asset_key for event in again.asset_events} <= {LEDGER}, "the others are as they were"
    assert "2026-10-25" in {event.partition for event in result.asset_events}
    assert len(again.asset_events) < len(result.asset_events)
    assert Ref(past.old)
