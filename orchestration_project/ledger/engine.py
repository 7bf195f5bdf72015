"""Connecting to the ledger's server and bringing its tables up to date. No queries here.

Starting the embedded server is the installation's business.
"""

from importlib import resources

import sqlalchemy
from sqlalchemy import Engine, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from orchestration_project.errors import InstallationError
from orchestration_project.ledger.tables import SCHEMA

_CONNECT = {"application_name": "leads", "connect_timeout": 10}
_MIGRATION_LOCK = 7_301_944_021


def open_engine(url: str, *, pool_size: int = 20) -> Engine:
    """An engine over psycopg 2, the driver that dagster-postgres uses too. Does not connect yet.

    Raises InstallationError for a URL that names no PostgreSQL database.
    """
    return sqlalchemy.create_engine(
        database_url(url),
        pool_size=pool_size,
        max_overflow=20,
        pool_pre_ping=True,
        hide_parameters=True,  # they are people's data; an error message must not carry them
        connect_args=_CONNECT,
    )


def session_connect_args() -> dict[str, object]:
    """How to connect a session that lives as long as its process: both sides notice a dead line soon."""
    return dict(_CONNECT)


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
    own_schema = parsed.update_query_dict({"options": "-c search_path=dagster"})
    return own_schema.render_as_string(hide_password=False)


def migrate(engine: Engine) -> None:
    """Brings the ledger to the newest version; safe to call from many processes at once."""
    # a run's process never migrates, and starts sooner without it
    import alembic.command  # noqa: PLC0415
    import alembic.config  # noqa: PLC0415
    import alembic.util  # noqa: PLC0415

    config = alembic.config.Config()
    config.set_main_option(
        "script_location", str(resources.files("orchestration_project.ledger") / "migrations")
    )
    # a pooled connection would hand the lock's session to the next user
    lonely = sqlalchemy.create_engine(engine.url, poolclass=NullPool, connect_args=_CONNECT)
    with lonely.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _MIGRATION_LOCK})
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        connection.execute(text("CREATE SCHEMA IF NOT EXISTS dagster"))
        connection.commit()
        config.attributes["connection"] = connection
        try:
            alembic.command.upgrade(config, "head")
        except alembic.util.CommandError as error:
            raise InstallationError(
                "The database was made by a newer version of this program, which this one cannot read. "
                "Update the program, or set LEADS_HOME or LEADS_DATABASE_URL to another database."
            ) from error
        connection.commit()
