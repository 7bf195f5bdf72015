"""Fixtures every test may ask for: a fresh real database, a fixed clock. The network is shut for all.

`conftest.py` has them read by the processes that run tests; the one that only hands tests out needs none.
"""

import ipaddress
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from hypothesis import settings

from orchestration_project.ledger import Ledger, open_ledger
from orchestration_project_tests import databases, forking, once_a_process, servers, spare_sessions
from orchestration_project_tests.hand_clock import HandClock

once_a_process.share()
# how long an example takes says more of the machine than of us; a test that bounds time states it itself
settings.register_profile("ours", deadline=None)
settings.load_profile("ours")

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


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", _guarded_connect)
        yield


@pytest.fixture(scope="session", autouse=True)
def end_of_forking() -> Iterator[None]:
    yield
    forking.end_parent()


@pytest.fixture(scope="session")
def server_data() -> Path:
    """The data folder of a server that has never run, to be copied: `servers.copy_data`."""
    return servers.made_once("data", servers.make_data)


@pytest.fixture(scope="session")
def templates(server_data: Path) -> Path:
    """The same of a server that has `databases.MIGRATED` and `databases.WITH_RECORDS`."""
    return servers.made_once("templates", partial(databases.make_templates, server_data))


@pytest.fixture(scope="session")
def used_data(templates: Path) -> Path:
    """The same of an installation that was in use before and is empty: to make its tables takes a second."""
    return servers.made_once("used", partial(databases.make_used, templates))


@pytest.fixture(scope="session")
def postgres(templates: Path) -> Iterator[str]:
    """URL of a server of this test process, without a database name."""
    with servers.server_with(templates) as url:
        yield url


@pytest.fixture
def empty_database(postgres: str) -> Iterator[sqlalchemy.Engine]:
    """A database of this test's own, without tables."""
    with databases.fresh_database(postgres) as engine:
        yield engine


@pytest.fixture(scope="session")
def handed_on(postgres: str) -> databases.HandedOn:
    return databases.HandedOn(postgres, databases.MIGRATED)


@pytest.fixture(scope="session")
def handed_on_with_records(postgres: str) -> databases.HandedOn:
    """With Dagster's tables. To make those takes half a second."""
    return databases.HandedOn(postgres, databases.WITH_RECORDS)


@pytest.fixture
def database(handed_on: databases.HandedOn) -> Iterator[sqlalchemy.Engine]:
    """An empty database with the newest tables, while the test lasts its own."""
    with handed_on.lend() as engine:
        yield engine


@pytest.fixture
def database_with_records(handed_on_with_records: databases.HandedOn) -> Iterator[sqlalchemy.Engine]:
    """The same for what keeps Dagster's records there, too."""
    with handed_on_with_records.lend() as engine:
        yield engine


@pytest.fixture
def clock(now: datetime) -> HandClock:
    return HandClock(now)


@pytest.fixture
def sessions() -> Iterator[None]:
    """What a ledger closes is there for the next test. Where the end of a session is the subject, a file has
    a fixture of this name that does nothing."""
    with spare_sessions.handed_on():
        yield


@pytest.fixture
def ledger(database: sqlalchemy.Engine, clock: HandClock, sessions: None) -> Iterator[Ledger]:
    opened = open_ledger(database, clock)
    yield opened
    opened.locks.release()  # and the sessions stay: one is handed on


@pytest.fixture
def now() -> datetime:
    """A Tuesday morning in London."""
    return datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def shared() -> Path:
    """The folder of reference data beside the working copy; tests that need it skip where it is absent."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip("the reference data folder ../shared is not there")
    return folder
