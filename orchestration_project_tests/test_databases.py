"""A database that is handed on from test to test is as a new one to each."""

import dagster as dg
import sqlalchemy
from dagster_postgres import PostgresRunStorage

from orchestration_project.clock import utc_now
from orchestration_project.ledger import open_ledger
from orchestration_project.ledger.engine import dagster_url
from orchestration_project.model import Delivery
from orchestration_project_tests.databases import HandedOn, run

END_OTHERS = """SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""
DELIVERY = [Delivery(external_id="1", raw=b"{}")]


def ids(database: sqlalchemy.Engine) -> list[int]:
    with database.connect() as connection:
        return [*connection.exec_driver_sql("SELECT id FROM leads.submissions").scalars()]


def leases_held(database: sqlalchemy.Engine) -> list[int]:
    query = "SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2"
    with database.connect() as connection:
        return [*connection.exec_driver_sql(query).scalars()]


def test_what_one_test_has_stored_is_not_there_for_the_next(handed_on: HandedOn) -> None:
    with handed_on.lend() as first:
        open_ledger(first, utc_now).submissions.store("inbox", DELIVERY)
        assert ids(first) == [1]
    with handed_on.lend() as second:
        assert second.url == first.url
        assert ids(second) == []
        open_ledger(second, utc_now).submissions.store("inbox", DELIVERY)
        assert ids(second) == [1], "ids begin at 1 again"


def test_locks_that_a_test_has_left_are_free_for_the_next(handed_on: HandedOn) -> None:
    with handed_on.lend() as first:
        left = open_ledger(first, utc_now)
        left.locks.hold(1)
        assert leases_held(first) == [1]
    with handed_on.lend() as second:
        assert leases_held(second) == []
        ledger = open_ledger(second, utc_now)
        ledger.locks.hold(1)
        assert leases_held(second) == [1]
        ledger.close()
    left.close()


def test_dagsters_records_are_not_there_for_the_next_and_its_tables_are_as_new(
    handed_on_with_records: HandedOn,
) -> None:
    counts = "SELECT (SELECT count(*) FROM dagster.runs), (SELECT count(*) FROM dagster.secondary_indexes)"
    for _ in range(2):
        with handed_on_with_records.lend() as lent:
            with lent.connect() as connection:
                runs, marks = connection.exec_driver_sql(counts).one()
            assert runs == 0
            assert marks > 0, "else Dagster would go through all runs, to bring them up to date"
            storage = PostgresRunStorage(dagster_url(lent.url.render_as_string(hide_password=False)))
            storage.add_run(dg.DagsterRun("a_job"))
            assert storage.get_runs_count() == 1


def test_a_database_whose_tables_a_test_has_changed_is_not_handed_on(handed_on: HandedOn) -> None:
    for change in (
        "ALTER TABLE local_crm.notes RENAME TO elsewhere",
        "DROP INDEX leads.ix_work_person",
        "CREATE TABLE leads.left_over (id int)",
        "ALTER TABLE leads.work ALTER COLUMN run_id SET NOT NULL",
    ):
        with handed_on.lend() as changed, changed.begin() as connection:
            connection.exec_driver_sql(change)
        with handed_on.lend() as after:
            assert after.url != changed.url


def test_one_session_is_handed_on_without_what_the_test_has_locked_in_it(handed_on: HandedOn) -> None:
    with handed_on.lend() as first, first.connect() as connection, first.connect():
        process = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        connection.exec_driver_sql("SELECT pg_advisory_lock(1, 2)")
        assert leases_held(first) == [2]
    with handed_on.lend() as second, second.connect() as connection:
        assert leases_held(second) == []
        sessions = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
        assert process in connection.exec_driver_sql(sessions).scalars().all()


def test_a_session_that_the_test_has_ended_is_not_handed_on(handed_on: HandedOn) -> None:
    with handed_on.lend() as first:
        assert ids(first) == []  # by a session that lies in the pool afterwards
        run(first.url.render_as_string(hide_password=False), END_OTHERS)
    with handed_on.lend() as second:
        assert ids(second) == []
