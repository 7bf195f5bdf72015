"""Where the sockets of an embedded server are, and how its lock files are called.

Nothing is started here.
"""

import os
import socket
from pathlib import Path

from orchestration_project.file_locks import can, elsewhere

USERS = "users"
"""The lock that all who use a server share."""
KEEPER = "keeper"
_SOCKET = ".s.PGSQL.5432"
_LONGEST = 103
"""Bytes of a socket's path: macOS has room for 104, Linux for 108, and a zero comes behind them."""


def _bind(path: Path) -> None:
    """Makes a socket there. Raises OSError where that cannot be."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.bind(os.fspath(path))


def socket_folder(data: Path, owner: int) -> Path:
    """The data folder as a rule, whose rights keep strangers out. Not where its path is too long or has a
    comma, which parts the names of hosts, nor on a file system that knows no sockets.

    Raises InstallationError when there is no other place either.
    """
    fits = len(os.fsencode(data / _SOCKET)) <= _LONGEST and "," not in str(data)
    if fits and can(_bind, data / f".s.{os.getpid()}"):
        return data
    return elsewhere(data, owner)


def lock_file(locks: Path, data: Path, what: str) -> Path:
    return locks / f"{data.name}.{what}"
