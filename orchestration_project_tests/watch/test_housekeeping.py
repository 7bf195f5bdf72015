"""What nobody needs any more goes after its time, in batches, and nothing else does."""

import os
from datetime import timedelta
from pathlib import Path

import dagster as dg
import sqlalchemy

from orchestration_project.ledger import Ledger
from orchestration_project.ledger.engine import dagster_url
from orchestration_project.ledger.housekeeping import remove_events, remove_facts, remove_outcomes, sizes
from orchestration_project.playbook.retention import Retention
from orchestration_project.watch.housekeeping import LOGS, keep_house
from orchestration_project_tests.hand_clock import HandClock
from orchestration_project_tests.ledger.leads import a_carried

RETENTION = Retention(run_days=30, event_days=3, log_days=14, backups=0)


def put(ledger: Ledger, statement: str, *values: object) -> list[object]:
    with ledger.engine.begin() as connection:
        result = connection.exec_driver_sql(statement, values or None)
        return list(result.scalars()) if result.returns_rows else []


def test_old_runs_and_what_they_printed_go(ledger: Ledger, clock: HandClock, tmp_path: Path) -> None:
    @dg.job
    def nothing() -> None: ...

    printed = tmp_path / LOGS / "old-run" / "compute_logs"
    printed.mkdir(parents=True)
    (printed / "x.out").write_text("x")
    os.utime(printed, (0, 0))
    fresh = tmp_path / LOGS / "new-run" / "compute_logs"
    fresh.mkdir(parents=True)
    with dg.DagsterInstance.ephemeral() as instance:
        nothing.execute_in_process(instance=instance)
        assert keep_house(ledger, instance, RETENTION, tmp_path).runs == 0
        clock.now = clock.now.replace(year=2100)
        os.utime(fresh, (clock.now.timestamp(), clock.now.timestamp()))
        removed = keep_house(ledger, instance, RETENTION, tmp_path)
        assert (removed.runs, instance.get_runs_count()) == (1, 0)
    assert not printed.parent.exists() and fresh.exists()
    assert ledger.marks.read()["housekeeping"].words.startswith("Housekeeping removed")


def test_chatty_events_of_runs_that_went_well_go_and_what_matters_stays(
    ledger: Ledger, clock: HandClock
) -> None:
    put(ledger, "CREATE SCHEMA IF NOT EXISTS dagster")
    put(ledger, "CREATE TABLE dagster.runs (run_id text, status text)")
    put(
        ledger,
        "CREATE TABLE dagster.event_logs "
        "(id serial, run_id text, dagster_event_type text, timestamp timestamp)",
    )
    put(ledger, "INSERT INTO dagster.runs VALUES ('good', 'SUCCESS'), ('bad', 'FAILURE')")
    now, later = clock.now, clock.now + timedelta(days=3)
    assert remove_events(ledger.engine, now, later, most=10) == (0, 0), "there are none"
    for run in ("good", "bad"):
        for kind in ("STEP_START", None, "STEP_FAILURE", "PIPELINE_SUCCESS", "ASSET_MATERIALIZATION"):
            put(
                ledger,
                "INSERT INTO dagster.event_logs (run_id, dagster_event_type, timestamp) "
                "VALUES (%s, %s, '2026-11-01')",
                run,
                kind,
            )
    put(
        ledger,
        "INSERT INTO dagster.event_logs (run_id, dagster_event_type, timestamp) "
        "SELECT 'good', 'STEP_OUTPUT', '2026-11-01' FROM generate_series(1, 12000)",
    )
    put(
        ledger,
        "INSERT INTO dagster.event_logs (run_id, dagster_event_type, timestamp) VALUES "
        "('good', 'STEP_START', '2100-01-01'), ('good', 'STEP_START', '2026-11-02'), "
        "('good', 'STEP_START', %s), ('good', 'PIPELINE_SUCCESS', '2026-11-02')",
        clock.now.replace(tzinfo=None),
    )
    assert remove_events(ledger.engine, now, later, most=12_005) == (11_997, 12_005), "there is more"
    assert remove_events(ledger.engine, now, later, 9_000, 12_005) == (6, 12_012), "up to the first young one"
    assert put(ledger, "SELECT count(*) FROM dagster.event_logs WHERE run_id = 'bad'") == [5]
    assert put(ledger, "SELECT count(*) FROM dagster.event_logs WHERE run_id = 'good'") == [6]
    assert remove_events(ledger.engine, now, later, 9_000, 12_012) == (0, 12_012)
    assert remove_events(ledger.engine, later, later, 9_000, 12_012) == (1, 12_014), "it is old now, too"
    put(ledger, "INSERT INTO dagster.event_logs VALUES (1, 'good', 'STEP_START', '2026-11-02')")
    assert remove_events(ledger.engine, now, later, 9_000, 12_014) == (0, 12_014), "what was looked at"
    assert remove_events(ledger.engine, now, later, 9_000, 30_000)[0] == 1, "of records made anew"
    put(ledger, "DROP TABLE dagster.runs, dagster.event_logs")


def test_how_checks_ended_goes_with_its_time_but_for_the_newest_of_each(
    ledger: Ledger, clock: HandClock
) -> None:
    put(ledger, "CREATE SCHEMA IF NOT EXISTS dagster")
    put(
        ledger,
        "CREATE TABLE dagster.event_logs (id serial, dagster_event_type text, timestamp timestamp)",
    )
    put(
        ledger,
        "CREATE TABLE dagster.asset_check_executions "
        "(id serial, asset_key text, check_name text, create_timestamp timestamp)",
    )
    put(
        ledger,
        "INSERT INTO dagster.asset_check_executions (asset_key, check_name, create_timestamp) "
        "SELECT 'leads', name, '2026-01-01' FROM unnest(ARRAY['a', 'a', 'a', 'b']) AS name",
    )
    put(
        ledger,
        "INSERT INTO dagster.event_logs (dagster_event_type, timestamp) VALUES "
        "('FRESHNESS_STATE_CHANGE', '2026-01-01'), ('FRESHNESS_STATE_CHANGE', '2100-01-01'), "
        "('ASSET_MATERIALIZATION', '2026-01-01')",
    )
    assert remove_outcomes(ledger.engine, clock.now, most=100) == 3
    assert put(ledger, "SELECT check_name FROM dagster.asset_check_executions ORDER BY id") == ["a", "b"]
    assert put(ledger, "SELECT count(*) FROM dagster.event_logs") == [2]
    put(ledger, "DROP TABLE dagster.asset_check_executions, dagster.event_logs")


def test_facts_that_only_a_run_needed_go_and_those_of_rescoring_stay(
    ledger: Ledger, clock: HandClock
) -> None:
    lead = a_carried(ledger)
    for kind in ("Lead", "Context", "Verdict", "Scoring"):
        put(ledger, "INSERT INTO leads.facts VALUES (%s, %s, 'run', '{}', now())", lead.lead_id, kind)
    clock.forward(days=40)
    assert remove_facts(ledger.engine, clock.now, most=100) == 0, "it is not through"
    ledger.outcomes.finish([lead], "run")
    clock.forward(days=1)
    assert remove_facts(ledger.engine, clock.now, most=100) == 2
    assert sorted(map(str, put(ledger, "SELECT kind FROM leads.facts"))) == ["Context", "Lead"]


def test_sizes_name_the_largest_first(ledger: Ledger) -> None:
    found = sizes(ledger.engine)
    assert {"leads.submissions", "local_crm.contacts"} <= {size.name for size in found}
    assert [size.bytes for size in found] == sorted((size.bytes for size in found), reverse=True)


def test_dagster_keeps_its_tables_where_housekeeping_looks(database: sqlalchemy.Engine) -> None:
    """The names that its SQL relies on."""
    url = dagster_url(database.url.render_as_string(hide_password=False))
    assert "search_path" in url
    from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable, SqlEventLogStorageTable
    from dagster._core.storage.runs.schema import RunsTable

    assert {"id", "run_id", "dagster_event_type", "timestamp"} <= {
        column.name for column in SqlEventLogStorageTable.columns
    }
    assert SqlEventLogStorageTable.name == "event_logs" and RunsTable.name == "runs"
    assert {"id", "asset_key", "check_name", "create_timestamp"} <= {
        column.name for column in AssetCheckExecutionsTable.columns
    }
    assert AssetCheckExecutionsTable.name == "asset_check_executions"
