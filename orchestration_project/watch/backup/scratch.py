"""Trying a dump out: loaded into a database beside the real one, which is dropped again.

What is then looked at, the caller says.
"""

import hashlib
import secrets
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import sqlalchemy
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from orchestration_project.errors import InstallationError
from orchestration_project.ledger.dump import beside, drop_database, load, make_database
from orchestration_project.ledger.engine import database_url

_ONE_AT_A_TIME = 7_301_944_023
LookedT = TypeVar("LookedT")


def try_out(url: str, dumped: Path, look: Callable[[str], LookedT]) -> LookedT:
    """What `look` says of the copy, given its address. Raises InstallationError where it cannot be loaded."""
    with _one_at_a_time(url) as connection:
        named = _begin_of(url)
        for name in _left_by_killed(connection, named):
            drop_database(url, name)
        name = f"{named}{secrets.token_hex(4)}"
        try:
            make_database(url, name)
        except DBAPIError as error:
            raise InstallationError(
                "A backup is tried out in a database of its own, which this user may not make: "
                f"{str(error.orig).strip()}. Allow it: ALTER ROLE … CREATEDB."
            ) from None
        try:
            load(beside(url, name), dumped)
            return look(beside(url, name))
        finally:
            drop_database(url, name)


def _begin_of(url: str) -> str:
    """Another installation on the same server has its own."""
    name = database_url(url).database or ""
    return f"leads_scratch_{hashlib.sha256(name.encode()).hexdigest()[:8]}_"


@contextmanager
def _one_at_a_time(url: str) -> Generator[Connection]:
    """Whoever holds it may take any such database for one that was left behind."""
    engine = sqlalchemy.create_engine(database_url(url), poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
        yield connection


def _left_by_killed(connection: Connection, begin: str) -> list[str]:
    query = text("SELECT datname FROM pg_database WHERE starts_with(datname, :begin)")
    return list(connection.execute(query, {"begin": begin}).scalars())
