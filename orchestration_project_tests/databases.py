"""Databases for the tests, on one PostgreSQL for each of their processes: fresh ones, and ones handed on.

The servers are in `servers.py`, the fixtures that give them to tests in `conftest.py`.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import psutil
import psycopg2
import sqlalchemy
from dagster_postgres import DagsterPostgresStorage
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool, QueuePool

from orchestration_project.ledger.engine import dagster_url, migrate, open_engine
from orchestration_project_tests import servers, spare_sessions

_END = "SELECT pg_terminate_backend(pid) FROM unnest(CAST(:pids AS integer[])) AS pid"
_TABLES = """SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
    WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
    AND tablename NOT IN ('migration', 'alembic_version', 'secondary_indexes')"""
"""All but those that say which tables there are."""
_MADE_SINCE = 16384  # what PostgreSQL itself brings has lower numbers
_SHAPE = " UNION ALL ".join(
    f"SELECT count(*), max(xmin::text::bigint) FROM {catalog} WHERE {key} >= {_MADE_SINCE}"
    for catalog, key in (
        ("pg_class", "oid"),
        ("pg_attribute", "attrelid"),
        ("pg_constraint", "oid"),
        ("pg_index", "indexrelid"),
        ("pg_trigger", "oid"),
        ("pg_proc", "oid"),
        ("pg_namespace", "oid"),
    )
)
"""How many tables, indexes, sequences, columns and so on there are, and who wrote last of them: whatever is
made, dropped or altered changes one of the two."""
_EMPTY = f"""CREATE FUNCTION public.others(spare integer[]) RETURNS integer[] LANGUAGE sql AS $$
    SELECT array_agg(pid) FROM pg_stat_get_activity(NULL) JOIN pg_database ON pg_database.oid = datid
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND pid <> ALL (spare) $$;
CREATE FUNCTION public.shape() RETURNS text LANGUAGE plpgsql AS $$ BEGIN
    RETURN (SELECT string_agg(part::text, ' ') FROM ({_SHAPE}) AS part);
END $$;
CREATE FUNCTION public.emptied(before text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
    IF public.shape() <> before THEN RETURN false; END IF;
    PERFORM set_config('session_replication_role', 'replica', true);  -- no triggers
    %s
    PERFORM setval(seqrelid, seqstart, false) FROM pg_sequence;
    RETURN true;
END $$"""
"""Functions, as a session plans the statements of one only once: there are forty tables to look at."""


def url_of(server: str, name: str) -> str:
    return sqlalchemy.make_url(server).set(database=name).render_as_string(hide_password=False)


def run(url: str, *statements: str) -> None:
    """Each on its own, not in a transaction."""
    engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(sqlalchemy.text(statement))


def end_sessions(connection: sqlalchemy.Connection, pids: Sequence[int]) -> None:
    """Until they have ended. The server waits for that too, if it is asked, but looks ten times a second."""
    if not pids:
        return
    connection.execute(sqlalchemy.text(_END), {"pids": [*pids]})
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            psutil.Process(pid).wait(10)


MIGRATED, WITH_RECORDS = "migrated", "with_records"
"""Databases with the newest tables, for copies of them; in the second are Dagster's tables as well."""


def make_templates(data: Path, to: Path) -> None:
    """The data of a server that has them, from that of a new one."""
    servers.copy_data(data, to)
    with servers.running(to) as url:
        # nothing here has to outlive the machine
        run(url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()", f"CREATE DATABASE {MIGRATED}")
        engine = open_engine(url_of(url, MIGRATED))
        migrate(engine)
        engine.dispose()
        run(url, f"CREATE DATABASE {WITH_RECORDS} TEMPLATE {MIGRATED} STRATEGY FILE_COPY")
        DagsterPostgresStorage(dagster_url(url_of(url, WITH_RECORDS)))


def make_used(templates: Path, to: Path) -> None:
    """The data of the embedded server of an installation that was in use before."""
    servers.copy_data(templates, to)
    with servers.running(to) as url:
        other = url_of(url, "template1")
        run(other, "DROP DATABASE postgres", f"ALTER DATABASE {WITH_RECORDS} RENAME TO postgres")
        run(other, f"DROP DATABASE {MIGRATED}")


@contextmanager
def fresh_database(server: str, template: str = "template1") -> Generator[Engine]:
    name = f"t_{uuid4().hex}"
    run(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    engine = open_engine(url_of(server, name))
    yield engine
    engine.dispose()
    run(server, f"DROP DATABASE {name} WITH (FORCE)")


_OTHERS = sqlalchemy.text("SELECT public.others(CAST(:spare AS integer[]))")
_EMPTIED = sqlalchemy.text("SELECT public.emptied(:before)")


class HandedOn:
    """One database with the newest tables, emptied after each test: ten times quicker than a new one.

    Its sessions are handed on as well, as a new one has to look up each table anew. What a test has changed
    of the tables themselves cannot be emptied: then the next test gets a new database.
    """

    def __init__(self, server: str, template: str) -> None:
        self._server = server
        self._template = template
        # the tests' engine is one for all: it keeps what it has compiled
        self._lent: Engine | None = None
        self._shape = ""

    @contextmanager
    def lend(self) -> Generator[Engine]:
        if self._lent is None:
            self._lent = self._new()
        yield self._lent
        if not self._emptied(self._lent):
            self._lent.dispose()
            run(self._server, f"DROP DATABASE {self._lent.url.database} WITH (FORCE)")
            self._lent = None

    def _new(self) -> Engine:
        name = f"t_{uuid4().hex}"
        run(self._server, f"CREATE DATABASE {name} TEMPLATE {self._template} STRATEGY FILE_COPY")
        engine = open_engine(url_of(self._server, name))
        with engine.begin() as connection:
            tables = connection.execute(sqlalchemy.text(_TABLES)).scalars().all()
            connection.exec_driver_sql(_EMPTY % " ".join(f"DELETE FROM {table};" for table in tables))
        with engine.connect() as connection:
            self._shape = connection.exec_driver_sql("SELECT public.shape()").scalar_one()
        return engine

    def _emptied(self, engine: Engine) -> bool:
        """Whether that could be done."""
        spare = [*spare_sessions.processes(), *_handed_on(engine)]
        with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            # a process that the test has left would hold on to its locks
            others = connection.execute(_OTHERS, {"spare": spare}).scalar_one()
            end_sessions(connection, others or ())
            return connection.execute(_EMPTIED, {"before": self._shape}).scalar_one()


def _handed_on(engine: Engine) -> list[int]:
    """The server's processes for the sessions that the test gave back, without their locks; none, where
    something is still in use."""
    pool = engine.pool
    assert isinstance(pool, QueuePool)
    if pool.checkedout():
        engine.dispose()
        return []
    try:
        sessions = [engine.raw_connection() for _ in range(pool.checkedin())]
        for session in sessions:
            session.cursor().execute("SELECT pg_advisory_unlock_all(); UNLISTEN *")
            session.commit()
    except (DBAPIError, psycopg2.Error):  # the test has ended it
        engine.dispose()
        return []
    processes = [session.cursor().connection.info.backend_pid for session in sessions]
    for session in reversed(sessions):  # what was used last is used next, again
        session.close()
    return processes
