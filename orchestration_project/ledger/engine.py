"""Connecting to the ledger's server and bringing its tables up to date. No queries here.

Starting the embedded server is the installation's business.
"""

from importlib import resources

import alembic.command
import alembic.config
import sqlalchemy
from sqlalchemy import Engine, text
from sqlalchemy.pool import NullPool

from orchestration_project.errors import InstallationError
from orchestration_project.ledger.tables import SCHEMA

APPLICATION = "leads"
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
        connect_args={"application_name": APPLICATION, "connect_timeout": 10},
    )


def database_url(url: str) -> sqlalchemy.URL:
    try:
        parsed = sqlalchemy.make_url(url)
    except sqlalchemy.exc.ArgumentError as error:
        raise InstallationError(
            "LEADS_DATABASE_URL is not a database address. Write postgresql://user:password@host:5432/name, "
            "or leave it unset to use the embedded server."
        ) from error
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
    config = alembic.config.Config()
    config.set_main_option("script_location", str(resources.files(__package__) / "migrations"))
    # a pooled connection would hand the lock's session to the next user
    lonely = sqlalchemy.create_engine(engine.url, poolclass=NullPool)
    with lonely.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _MIGRATION_LOCK})
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        connection.execute(text("CREATE SCHEMA IF NOT EXISTS dagster"))
        connection.commit()
        config.attributes["connection"] = connection
        alembic.command.upgrade(config, "head")
        connection.commit()
