"""Connecting to the ledger's server and bringing its tables up to date. No queries here.

Starting the embedded server is the installation's business.
"""

import re
import time
from functools import cache
from importlib import resources

import psycopg2
import psycopg2.extensions
import sqlalchemy
from pydantic_core import to_json
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool, PoolProxiedConnection

from orchestration_project.errors import InstallationError
from orchestration_project.ledger.tables import SCHEMA

_KEEPALIVE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
"""A peer that is gone without a word, as after a power cut, is noticed after so many seconds of silence: 30,
and three questions ten seconds apart. By default it is two hours, and so long its locks stay taken."""
_UNANSWERED_MILLISECONDS = 60_000
"""The same for what was sent and never arrived, which keepalive does not look at."""
_HAS_TCP_USER_TIMEOUT = 120_000  # PostgreSQL 12
_HAS_IDLE_SESSION_TIMEOUT = 140_000
CONNECTIONS, MOST_CONNECTIONS = 4, 6
"""Of one process to the ledger: those it keeps, and those it has in a rush. Beside them it has one that shows
its leases, one for its named locks, and in the code server one that listens for work."""
IDLE_SECONDS = 1.0
_IDLE_SINCE = "leads_idle_since"
_MIGRATION_LOCK = 7_301_944_021
_NUMBER = re.compile(r'^revision = "(\w+)"', re.MULTILINE)
_BEFORE = re.compile(r'^down_revision = "(\w+)"', re.MULTILINE)


def open_engine(url: str, *, pool_size: int = CONNECTIONS) -> Engine:
    """An engine over psycopg 2, the driver that dagster-postgres uses too. Does not connect yet. Where all
    connections are in use, one is waited for.

    Raises InstallationError for a URL that names no PostgreSQL database.
    """
    engine = sqlalchemy.create_engine(
        database_url(url),
        pool_size=pool_size,
        max_overflow=MOST_CONNECTIONS - CONNECTIONS,
        pool_timeout=60,
        pool_use_lifo=True,
        executemany_mode="values_plus_batch",  # many rows of a table go in one statement, or in one message
        json_serializer=_as_json,
        hide_parameters=True,  # they are people's data; an error message must not carry them
        use_native_hstore=False,  # each new connection would ask for that type, which no table has
        connect_args=session_connect_args(),
    )
    look_before_use(engine)
    return engine


def open_unpooled(url: sqlalchemy.URL) -> Engine:
    """One that keeps no connection, for what holds on to its session: a pool would hand that to the next
    user. Each statement is a transaction of its own."""
    return sqlalchemy.create_engine(
        url,
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        use_native_hstore=False,
        connect_args=session_connect_args(),
    )


def _as_json(value: object) -> str:
    """As pydantic writes it: the same words as the standard library's, a good deal sooner."""
    return to_json(value, inf_nan_mode="constants").decode()


def look_before_use(engine: Engine) -> None:
    """Of a connection that was idle for a while, whether it still stands: the server may have been started
    anew. SQLAlchemy's own `pool_pre_ping` asks each time, which a burst does a hundred times a second."""

    def returned(_connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        record.info[_IDLE_SINCE] = time.monotonic()

    def taken(
        connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: PoolProxiedConnection
    ) -> None:
        if time.monotonic() - record.info.get(_IDLE_SINCE, time.monotonic()) < IDLE_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except psycopg2.Error as error:
            raise InvalidatePoolError from error  # the pool then opens new ones

    event.listen(engine, "checkin", returned)
    event.listen(engine, "checkout", taken)


def session_connect_args() -> dict[str, object]:
    """What a connection is opened with, for `create_engine(…, connect_args=…)`.

    Both sides notice within about a minute when the other one is gone, so a dead machine's session ends, and
    its locks with it. The session is never ended for being idle, and waits for a lock for ever unless a
    statement asks otherwise (`SET LOCAL lock_timeout`), whatever the database's defaults are.
    """
    return {
        "application_name": "leads",
        "connect_timeout": 10,
        "keepalives": 1,
        **_KEEPALIVE,
        "tcp_user_timeout": _UNANSWERED_MILLISECONDS,
        "connection_factory": _Session,
    }


class _Session(psycopg2.extensions.connection):
    """Tells the server the same. By a statement, as poolers refuse such options when a connection opens."""

    def __init__(self, dsn: str, *options: int) -> None:
        super().__init__(dsn, *options)
        settings = {f"tcp_{name}": value for name, value in _KEEPALIVE.items()} | {"lock_timeout": 0}
        if self.server_version >= _HAS_TCP_USER_TIMEOUT:
            settings["tcp_user_timeout"] = _UNANSWERED_MILLISECONDS
        if self.server_version >= _HAS_IDLE_SESSION_TIMEOUT:
            settings["idle_session_timeout"] = 0
        self.autocommit = True
        with self.cursor() as cursor:
            cursor.execute(
                "SELECT " + ", ".join(["set_config(%s, %s, false)"] * len(settings)),
                [word for name, value in settings.items() for word in (name, str(value))],
            )
        self.autocommit = False


def database_url(url: str) -> sqlalchemy.URL:
    try:
        parsed = sqlalchemy.make_url(url)
    except (ArgumentError, ValueError):
        # the cause is left out: its text holds what was written, and with it the password
        raise InstallationError(
            "LEADS_DATABASE_URL is not a database address. Write postgresql://user:password@host:5432/name, "
            "or leave it unset to use the embedded server."
        ) from None
    if parsed.get_backend_name() not in ("postgresql", "postgres"):
        raise InstallationError(
            f"LEADS_DATABASE_URL names a {parsed.get_backend_name()} database; the ledger needs PostgreSQL. "
            "Leave it unset to use the embedded server."
        )
    return parsed.set(drivername="postgresql+psycopg2")


def dagster_url(url: str) -> str:
    """The same database for Dagster's own tables, in a schema of their own."""
    parsed = database_url(url)
    # of the server's side only the schema: a pooler has to be told of each option that may pass it
    options = [*parsed.normalized_query.get("options", ()), "-c search_path=dagster"]
    query = {name: str(value) for name, value in _KEEPALIVE.items()} | {
        "tcp_user_timeout": str(_UNANSWERED_MILLISECONDS),
        "options": " ".join(options),
    }
    return parsed.update_query_dict(query).render_as_string(hide_password=False)


@cache
def newest_version() -> str:
    """Of the ledger's tables: the migration that no other goes on from."""
    versions = resources.files("orchestration_project.ledger") / "migrations" / "versions"
    texts = [file.read_text(encoding="utf-8") for file in versions.iterdir() if file.name.endswith(".py")]
    before = {found[1] for text in texts if (found := _BEFORE.search(text))}
    (newest,) = {found[1] for text in texts if (found := _NUMBER.search(text))} - before
    return newest


def _version_in(connection: Connection) -> str | None:
    """None: there are no tables yet."""
    if connection.execute(text(f"SELECT to_regclass('{SCHEMA}.migration')")).scalar() is None:
        return None
    return connection.execute(text(f"SELECT version_num FROM {SCHEMA}.migration")).scalar()  # noqa: S608 - a constant


def version_of(engine: Engine) -> str | None:
    """Of the ledger's tables as they are; None: there are none yet."""
    with engine.connect() as connection:
        return _version_in(connection)


def migrate(engine: Engine, to: str = "head") -> None:
    """Brings the ledger to the newest version, or to that one; safe to call from many processes at once."""
    if version_of(engine) == newest_version():
        return
    # a pooled connection would hand the lock's session to the next user
    lonely = sqlalchemy.create_engine(engine.url, poolclass=NullPool, connect_args=session_connect_args())
    with lonely.connect() as connection:
        _upgrade(connection, to)


def _upgrade(connection: Connection, to: str) -> None:
    # most commands find nothing to do, and end sooner without it
    import alembic.command  # noqa: PLC0415
    import alembic.config  # noqa: PLC0415
    import alembic.util  # noqa: PLC0415

    config = alembic.config.Config()
    scripts = resources.files("orchestration_project.ledger") / "migrations"
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))  # as in a folder `100 %`
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _MIGRATION_LOCK})
    connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
    connection.execute(text("CREATE SCHEMA IF NOT EXISTS dagster"))
    connection.commit()
    config.attributes["connection"] = connection
    try:
        alembic.command.upgrade(config, to)
    except alembic.util.CommandError as error:
        raise InstallationError(
            "The database was made by a newer version of this program, which this one cannot read. "
            "Update the program, or set LEADS_HOME or LEADS_DATABASE_URL to another database."
        ) from error
    connection.commit()
