"""Fixtures every test may ask for: a fresh real database, a fixed clock. The network is shut for all."""

import gc
import ipaddress
import os
import re
import socket
import sys
import tempfile
from collections.abc import Generator, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from hypothesis import settings

from orchestration_project.ledger import Ledger, open_ledger
from orchestration_project_tests import databases, forking, once_a_process, servers, spare_sessions

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

if "TMPDIR" not in os.environ and (memory := servers.in_memory()):
    # thousands of small files: to find each a place on a disk took 2 to 6 % of the processor time
    os.environ["TMPDIR"] = tempfile.tempdir = str(memory)
os.environ["PYTHON_DOTENV_DISABLED"] = "1"  # nor may what stands in a `.env`
# what is compiled is kept, whatever the developer's shell says: it is a quarter of the collection, and a
# second of each process that has the program imported
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
once_a_process.share()
# how long an example takes says more of the machine than of us; a test that bounds time states it itself
settings.register_profile("ours", deadline=None)
settings.load_profile("ours")


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """One more than there are processors: a third of a worker's time is waiting, for other processes, for
    the database, for time limits, for what it polls. (On two: 3 workers 265 s, 4 283 s, 5 286 s, 6 301 s.)"""
    return (yield) + 1


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        servers.begin_session()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        servers.end_session()


_FIRST = (
    "cli/test_listing.py",
    "cli/test_supervised.py",
    "connectors/mail/test_imap.py",
    "connectors/mail/test_persons_hands.py",
    "orchestration/test_dagster_commands.py",
    "serving/test_services.py",
    "test_embedded_server.py",
    "test_embedded_users.py",
)
"""They wait, some for half a minute: as the last ones they would keep all others waiting. One worker
gets all of them, and the others have the processors."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.path.as_posix().endswith(_FIRST))


gc.disable()  # until all is imported


def pytest_collection_finish() -> None:
    """What has been imported stays, so no look for garbage has to go through it: they took a sixth of all
    time where Dagster runs."""
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """pytest looks for garbage five times as it ends: seconds, were all that was imported looked at."""
    gc.freeze()


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
