"""A look as a whole: blind spots, a broken playbook, the watch's own silence, and the ping to the outside."""

from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import httpx
import pytest

from orchestration_project.ledger import Ledger
from orchestration_project.playbook.alerts import Told
from orchestration_project.playbook.model import Connection
from orchestration_project.watch import look as look_module
from orchestration_project.watch.causes.base import Cause, Memory, Seen
from orchestration_project.watch.heartbeat import beat
from orchestration_project.watch.look import look
from orchestration_project.watch.sensor import build_watch
from orchestration_project.watch.silence import look_for_silence, tell_end
from orchestration_project_tests.hand_clock import HandClock
from orchestration_project_tests.watch.conftest import Watching
from orchestration_project_tests.watch.made import a_trouble, recorders, refuses, told_to, write_alerts


def test_a_cause_that_cannot_be_asked_is_told_and_keeps_no_other_from_it(
    ledger: Ledger, watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: Seen) -> list[Any]:
        raise KeyError("maeve@harbour.example")

    causes = (Cause("one", "the first thing", fails), Cause("connection", "x", lambda _: [a_trouble()]))
    monkeypatch.setattr(look_module, "CAUSES", causes)
    with recorders("a") as ways:
        looked = look(watching(told_to("a")))
        titles = ways["a"].titles
    assert titles == ["The crm is away.", "The watch cannot see one thing it looks for: the first thing."]
    assert looked.blind == ("one",) and not looked.is_well


def test_two_troubles_of_one_name_are_a_blind_spot_and_keep_no_other_cause_from_being_told(
    watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    twice = Cause("silent", "two of one name", lambda _: [a_trouble("silent", "x"), a_trouble("silent", "x")])
    causes = (twice, Cause("connection", "x", lambda _: [a_trouble()]))
    monkeypatch.setattr(look_module, "CAUSES", causes)
    with recorders("a") as ways:
        assert look(watching(told_to("a"))).blind == ("silent",)
        assert "The crm is away." in ways["a"].titles


def test_after_a_clock_that_ran_ahead_is_set_right_all_is_looked_at_and_told_again(
    ledger: Ledger, clock: HandClock, watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[datetime] = []

    def daily(seen: Seen) -> list[Any]:
        asked.append(seen.now)
        return [a_trouble("disk", "", times=len(asked))]

    monkeypatch.setattr(look_module, "CAUSES", (Cause("disk", "x", daily, timedelta(days=1)),))
    right = clock.now
    rules = told_to("a", "b", digest=time(8))
    ledger.marks.set("watch")
    with recorders("a", "b") as ways:
        ways["b"].fails = refuses()
        clock.now = right + timedelta(days=900)
        memory = look(watching(rules)).memory
        ways["b"].fails = None
        clock.now = right + timedelta(minutes=1)
        seen = watching(rules)
        seen.memory = memory
        look(seen)
        assert len(asked) == 2
        assert [title for title in ways["a"].titles if "Still" in title], "its window is not years long"
        assert ways["b"].letters, "who failed then is tried"
        assert len([title for title in ways["a"].titles if "24 Nov" in title]) == 1, "and today's inventory"


def test_of_causes_that_ask_services_one_is_looked_at_in_a_look(
    watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = timedelta(days=1)
    causes = tuple(Cause(name, name, lambda _: [], day, asks=True) for name in ("scopes", "asked"))
    monkeypatch.setattr(look_module, "CAUSES", causes)
    first = look(watching(told_to())).memory
    seen = watching(told_to())
    seen.memory = first
    assert (set(first.looked), set(look(seen).memory.looked)) == ({"scopes"}, {"scopes", "asked"})


def test_other_services_are_asked_at_once(watching: Watching, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def rights(seen: Seen) -> list[Any]:
        assert seen.playbook is not None
        asked.append(seen.playbook.connections.crm.connector)
        return []

    daily = Cause("scopes", "x", rights, timedelta(days=1), rules=True, asks=True)
    monkeypatch.setattr(look_module, "CAUSES", (daily,))
    memory = look(watching()).memory
    for crm in ("local", "local", "hubspot", "hubspot"):
        seen = watching()
        assert seen.playbook is not None
        lines = seen.playbook.connections.model_copy(update={"crm": Connection(connector=crm)})
        seen.playbook = seen.playbook.model_copy(update={"connections": lines})
        seen.memory = memory
        memory = look(seen).memory
    assert asked == ["local", "hubspot"]


def test_a_playbook_with_a_mistake_is_watched_and_its_alerts_line_is_kept(
    ledger: Ledger, watching: Watching, rules_folder: Path
) -> None:
    write_alerts(
        rules_folder, "alerts: {tell: [{through: email, to: h@larkfield.example}], promised_minutes: 5}"
    )
    path = rules_folder / "playbook.yaml"
    path.write_text(path.read_text().replace("from: 8", "from: 80"), encoding="utf-8")
    seen = watching(folder=rules_folder)
    assert seen.playbook is None
    (told,) = seen.audience.rules.tell
    assert told == Told(through="email", to=("h@larkfield.example",))
    assert (seen.audience.time_zone, seen.audience.rules.promised) == ("Europe/London", timedelta(minutes=5))


def test_the_sensor_says_what_is_broken_and_remembers_when_it_looked(
    ledger: Ledger, tmp_path: Path, rules_folder: Path
) -> None:
    ledger.alerts.observe("backup", [a_trouble("backup", "")])
    write_alerts(rules_folder, "alerts: {digest: never}")
    sensor = build_watch(str(tmp_path), rules_folder)
    quiet = {"telemetry": {"enabled": False}}
    with dg.DagsterInstance.local_temp(str(tmp_path), overrides=quiet) as instance:
        context = dg.build_sensor_context(instance, resources={"ledger": ledger})
        result = sensor(context)
        assert isinstance(result, dg.SensorResult)
        assert result.skip_reason is not None
        assert result.skip_reason.skip_message == "1 thing(s) are broken now. 1 message(s) were sent."
        again = dg.build_sensor_context(instance, cursor=result.cursor, resources={"ledger": ledger})
        second = sensor(again)
        assert isinstance(second, dg.SensorResult) and second.cursor is not None
        assert Memory.model_validate_json(second.cursor).looked.keys() >= {"tick", "connection"}
    assert "is away. Since" in (tmp_path / "chat.log").read_text()
    assert ledger.marks.read()["watch"].at == ledger.clock()


def test_a_watch_that_is_silent_is_told_by_others_and_so_is_that_it_is_back(
    ledger: Ledger, clock: HandClock, watching: Watching
) -> None:
    with recorders("a") as ways:
        look(watching(told_to("a")))
        clock.forward(seconds=90)
        assert look_for_silence(watching(told_to("a"))).trouble is None
        clock.forward(seconds=30)
        for _ in range(3):
            assert look_for_silence(watching(told_to("a"))).trouble is not None
            clock.forward(minutes=1)
        assert ways["a"].titles == ["URGENT: Dagster's daemon is dead, or its machine: no sensor ticks."]
        look(watching(told_to("a")))
        clock.forward(minutes=2)
        look(watching(told_to("a")))
        assert ways["a"].titles[1].startswith("Over: Dagster's daemon is dead")


def test_a_daemon_that_lives_while_the_watch_is_silent_means_the_code_server(
    ledger: Ledger, clock: HandClock, watching: Watching
) -> None:
    look(watching())
    clock.forward(minutes=5)
    with ledger.engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA IF NOT EXISTS dagster")
        connection.exec_driver_sql(
            "CREATE TABLE dagster.daemon_heartbeats (daemon_type text, timestamp timestamp)"
        )
        connection.exec_driver_sql(
            "INSERT INTO dagster.daemon_heartbeats VALUES ('SENSOR', %s)", (clock.now.replace(tzinfo=None),)
        )
    found = look_for_silence(watching(told_to()))
    assert found.trouble is not None and "code server" in found.trouble.what
    with ledger.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE dagster.daemon_heartbeats")


def test_dagster_that_ends_by_itself_is_told_at_once(ledger: Ledger, watching: Watching) -> None:
    with recorders("a") as ways:
        tell_end(watching(told_to("a")), "Dagster stopped with status 1.")
        assert ways["a"].titles == [
            "URGENT: Dagster has ended, and no lead goes on: Dagster stopped with status 1."
        ]


def test_the_outside_is_pinged_once_a_minute_and_a_failure_is_told_without_the_address(
    ledger: Ledger, clock: HandClock
) -> None:
    asked: list[str] = []
    status = [200]

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(status[0])

    def ping() -> str | None:
        return beat(ledger, "https://hc.example/secret", httpx.Client(transport=httpx.MockTransport(answer)))

    for _ in range(6):
        assert ping() is None
        clock.forward(seconds=30)
    assert len(asked) == 3
    status[0] = 500
    assert ping() == "LEADS_HEARTBEAT_URL answers 500."


def test_no_ping_while_nobody_can_be_told(ledger: Ledger, watching: Watching) -> None:
    ledger.alerts.observe("backup", [a_trouble("backup", "")])
    with recorders("a") as ways:
        ways["a"].fails = refuses()
        assert not look(watching(told_to("a"))).is_well


def test_an_idle_look_costs_little(ledger: Ledger, watching: Watching) -> None:
    """Of what is looked at each time; the dearer causes are asked less often."""
    from sqlalchemy import event

    statements: list[str] = []
    memory = look(watching(told_to())).memory
    seen = watching(told_to())
    seen.memory = memory
    event.listen(ledger.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    look(seen)
    assert len(statements) < 30
