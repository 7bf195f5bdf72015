"""Where sockets and lock files of an embedded server are: with its data, or elsewhere where that cannot be.

Nothing is started here.
"""

import fcntl
import hashlib
import os
import socket
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from orchestration_project.errors import InstallationError

USERS = "users"
"""The lock that all who use a server share."""
KEEPER = "keeper"
_SOCKET = ".s.PGSQL.5432"
_LONGEST = 103
"""Bytes of a socket's path: macOS has room for 104, Linux for 108, and a zero comes behind them."""


def bind(path: Path) -> None:
    """Makes a socket there. Raises OSError where that cannot be."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.bind(os.fspath(path))


def flock(path: Path) -> None:
    """Locks a file there. Raises OSError where that cannot be; that another has the lock is no failure."""
    with path.open("ab") as probe, suppress(BlockingIOError):
        fcntl.flock(probe, fcntl.LOCK_SH | fcntl.LOCK_NB)


def socket_folder(data: Path, owner: int, *, bind: Callable[[Path], None] = bind) -> Path:
    """The data folder as a rule, whose rights keep strangers out. Not where its path is too long or has a
    comma, which parts the names of hosts, nor on a file system that knows no sockets.

    Raises InstallationError when there is no other place either.
    """
    fits = len(os.fsencode(data / _SOCKET)) <= _LONGEST and "," not in str(data)
    if fits and _can(bind, data / f".s.{os.getpid()}"):
        return data
    return _elsewhere(data, owner)


def lock_folder(data: Path, *, lock: Callable[[Path], None] = flock) -> Path:
    """The folder around the data. Not where the file system knows no locks, as some that are on a network."""
    if _can(lock, data.with_name(f"{data.name}.probe.{os.getpid()}")):
        return data.parent
    return _elsewhere(data, os.geteuid())


def lock_file(locks: Path, data: Path, what: str) -> Path:
    return locks / f"{data.name}.{what}"


def _can(make: Callable[[Path], None], path: Path) -> bool:
    try:
        make(path)
    except OSError:
        return False
    finally:
        with suppress(OSError):
            path.unlink()
    return True


def _elsewhere(data: Path, owner: int) -> Path:
    """The same folder for all processes of an installation, and shut for other users."""
    # TMPDIR may differ from one process to the next
    common = Path("/tmp")  # noqa: S108 - what is made in it is ours alone, and looked at
    around = common if os.access(common, os.W_OK) else Path(tempfile.gettempdir())
    digest = hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
    folder = around / f"leads-{owner}-{digest}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        if found.st_uid == os.geteuid() != owner:
            os.chown(folder, owner, -1)
        elif found.st_uid != owner or not stat.S_ISDIR(found.st_mode):
            raise PermissionError(f"{folder} belongs to another user")
    except OSError as error:
        raise InstallationError(
            f"Neither {data} nor {around} has a place for the sockets and locks of the embedded PostgreSQL: "
            f"{error}. Set LEADS_HOME to a folder on a disk of this machine, or LEADS_DATABASE_URL to a "
            "server of your own."
        ) from error
    return folder
