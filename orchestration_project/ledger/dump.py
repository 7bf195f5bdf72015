"""The whole ledger as one file, and back: by pg_dump and pg_restore, as the embedded wheel brings them.

They speak to older servers, too. What goes along, where files are and how many stay is `watch/backup/`.
"""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import sqlalchemy
from sqlalchemy import text
from sqlalchemy.pool import NullPool

from orchestration_project.embedded_server.programs import environment, find_programs, last_words
from orchestration_project.errors import InstallationError
from orchestration_project.ledger.engine import database_url

LEDGER = ("leads", "local_crm")
RUNS = "dagster"


def dump(url: str, to: Path, schemas: Sequence[str] = LEDGER) -> None:
    """As it is at one moment, whatever is written meanwhile. Raises InstallationError."""
    half = to.with_name(f".{to.name}.part")
    chosen = [f"--schema={schema}" for schema in schemas]
    try:
        _run("pg_dump", url, "--format=custom", "--no-owner", "--no-privileges", f"--file={half}", *chosen)
        half.chmod(0o600)
        half.replace(to)
    finally:
        half.unlink(missing_ok=True)


def load(url: str, dumped: Path) -> None:
    """In the place of what is there, all of it or nothing. Raises InstallationError."""
    options = (
        "--clean",
        "--if-exists",
        "--no-owner",
        "--no-privileges",
        "--single-transaction",
        "--exit-on-error",
    )
    _run("pg_restore", url, *options, str(dumped))


def beside(url: str, name: str) -> str:
    """Another database of the same server."""
    return database_url(url).set(database=name).render_as_string(hide_password=False)


def make_database(url: str, name: str) -> None:
    """Raises a DBAPIError where this user may not."""
    _alone(url, f'CREATE DATABASE "{name}"')


def drop_database(url: str, name: str) -> None:
    _alone(url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _alone(url: str, statement: str) -> None:
    engine = sqlalchemy.create_engine(database_url(url), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(statement))


def _run(program: str, url: str, *arguments: str) -> None:
    # without the driver's name; and by the environment, since a command line can be read by others
    address = database_url(url).set(drivername="postgresql")
    told = {"PGPASSWORD": address.password} if address.password else {}
    shown = address.set(password=None).render_as_string(hide_password=False)
    command = [os.fspath(find_programs().folder / program), f"--dbname={shown}", "--no-password", *arguments]
    done = subprocess.run(  # noqa: S603 - our own words
        command, env=environment() | told, check=False, capture_output=True, text=True, errors="replace"
    )
    if done.returncode:
        said = last_words(done.stderr) or (done.stderr.strip().splitlines() or ["without a word"])[-1]
        raise InstallationError(f"{program} ended with {done.returncode}: {said}")
