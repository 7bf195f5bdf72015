"""Migrations: what they leave is what the tables say, however often and by however many they are run."""

import subprocess
import sys
import threading

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from orchestration_project.connectors.crm import local_tables
from orchestration_project.errors import InstallationError
from orchestration_project.ledger import tables
from orchestration_project.ledger.engine import database_url, migrate, open_engine

MIGRATE = (
    "import sys; from orchestration_project.ledger.engine import migrate, open_engine;"
    "migrate(open_engine(sys.argv[1]))"
)


def differences(engine: sqlalchemy.Engine, metadata: sqlalchemy.MetaData) -> list[object]:
    def ours(name: str | None, kind: str, _parents: object) -> bool:
        return kind != "schema" or name == metadata.schema

    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_schemas": True,
                "include_name": ours,
                "version_table": "migration",
                "version_table_schema": tables.SCHEMA,
                "compare_type": True,
                "compare_server_default": True,
            },
        )
        return list(compare_metadata(context, metadata))


def address(engine: sqlalchemy.Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


@pytest.mark.parametrize("metadata", [tables.metadata, local_tables.metadata], ids=["ledger", "embedded CRM"])
def test_a_migrated_database_is_what_the_tables_say(
    empty_database: sqlalchemy.Engine, metadata: sqlalchemy.MetaData
) -> None:
    assert differences(empty_database, metadata), "before the migration all of it is missing"
    migrate(empty_database)
    assert differences(empty_database, metadata) == []


def test_the_comparison_would_notice_a_missing_index(empty_database: sqlalchemy.Engine) -> None:
    migrate(empty_database)
    with empty_database.begin() as connection:
        connection.exec_driver_sql("DROP INDEX leads.ix_work_person")
    assert len(differences(empty_database, tables.metadata)) == 1


def test_migrating_twice_changes_nothing(empty_database: sqlalchemy.Engine) -> None:
    migrate(empty_database)
    with empty_database.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO leads.submissions (ref, source, external_id, content, raw, received_at) "
            "VALUES ('L-A', 'inbox', '1', '', '', now())"
        )
    migrate(empty_database)
    with empty_database.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM leads.submissions").scalar() == 1


def test_two_processes_and_two_threads_may_migrate_at_once(empty_database: sqlalchemy.Engine) -> None:
    command = [sys.executable, "-c", MIGRATE, address(empty_database)]
    processes = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    errors: list[Exception] = []

    def in_a_thread() -> None:
        engine = open_engine(address(empty_database))
        try:
            migrate(engine)
        except Exception as error:  # noqa: BLE001 - told by the assertion below
            errors.append(error)
        finally:
            engine.dispose()

    threads = [threading.Thread(target=in_a_thread) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    said = [process.communicate(timeout=60)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], said
    assert errors == []
    assert differences(empty_database, tables.metadata) == []


def test_a_database_of_a_newer_version_is_left_alone_and_told_so(empty_database: sqlalchemy.Engine) -> None:
    migrate(empty_database)
    with empty_database.begin() as connection:
        connection.exec_driver_sql("UPDATE leads.migration SET version_num = '9999'")
    with pytest.raises(InstallationError, match=r"newer version"):
        migrate(empty_database)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("nonsense", "not a database address"),
        ("postgresql://127.0.0.1:port/leads", "not a database address"),
        ("sqlite:///leads.db", "needs PostgreSQL"),
        ("mysql://127.0.0.1/leads", "needs PostgreSQL"),
    ],
)
def test_an_address_of_no_postgresql_is_refused_in_words(url: str, says: str) -> None:
    with pytest.raises(InstallationError, match=says):
        database_url(url)


@pytest.mark.parametrize(
    "url", ["postgres://u:p@h/d", "postgresql://u:p@h/d", "postgresql+psycopg://u:p@h/d"]
)
def test_every_usual_spelling_of_an_address_is_understood(url: str) -> None:
    expected = "postgresql+psycopg2://u:p@h/d"
    assert database_url(url).render_as_string(hide_password=False) == expected
