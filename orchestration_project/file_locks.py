"""Locks on files, which the system lets go when the process that holds them has ended, however it ended.

What is locked, and why, is said where it is done.
"""

import fcntl
import hashlib
import os
import stat
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from orchestration_project.errors import InstallationError

_LOOK_SECONDS = 0.02


class Lock:
    """Of this process and of those forked from it. Many may share it, or one has it alone."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def take(self, *, shared: bool = False) -> bool:
        """False: another has it. Raises OSError where files cannot be locked."""
        file = self._open()
        try:
            fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            self.let_go()
            return False
        except OSError:
            self.let_go()
            raise
        return True

    def wait(self, *, shared: bool = False, seconds: float) -> bool:
        until = time.monotonic() + seconds
        while not self.take(shared=shared):
            if time.monotonic() > until:
                return False
            time.sleep(_LOOK_SECONDS)
        return True

    def wait_for_ever(self) -> None:
        """Until nobody else has it; costs nothing while it waits."""
        fcntl.flock(self._open(), fcntl.LOCK_EX)

    def take_as_holder(self) -> int | None:
        """None: we have it. Otherwise another has, whose process id this is; 0: it has not said yet."""
        if not self.take():
            written = self._path.read_text(encoding="ascii", errors="replace").strip()
            return int(written) if written.isdecimal() else 0
        os.ftruncate(self._open(), 0)
        os.pwrite(self._open(), str(os.getpid()).encode(), 0)
        return None

    def let_go(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _open(self) -> int:
        if self._file is None:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        return self._file


def is_taken(path: Path) -> bool:
    """Whether somebody has it alone."""
    lock = Lock(path)
    free = lock.take(shared=True)
    lock.let_go()
    return not free


def is_used(path: Path) -> bool:
    """Whether others share it. Who is just getting it alone is none of them."""
    lock = Lock(path)
    alone = lock.take()
    lock.let_go()
    return not alone and not is_taken(path)


def _flock(path: Path) -> None:
    """Locks a file there. Raises OSError where that cannot be; that another has the lock is no failure."""
    with path.open("ab") as probe, suppress(BlockingIOError):
        fcntl.flock(probe.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)


def lock_folder(path: Path) -> Path:
    """Where the lock files for `path` are: beside it. Not where the file system knows no locks, as some do
    that are on a network.

    Raises InstallationError when there is no other place either.
    """
    if can(_flock, path.with_name(f".{path.name}.{os.getpid()}")):
        return path.parent
    return elsewhere(path, os.geteuid())


def can(make: Callable[[Path], None], path: Path) -> bool:
    """Tries it out, and takes away what was made."""
    try:
        make(path)
    except OSError:
        return False
    finally:
        with suppress(OSError):
            path.unlink()
    return True


def elsewhere(path: Path, owner: int) -> Path:
    """A folder for what `path` has no room for: the same one for all processes, and shut for other users."""
    # TMPDIR may differ from one process to the next
    common = Path("/tmp")  # noqa: S108 - what is made in it is ours alone, and looked at
    around = common if os.access(common, os.W_OK) else Path(tempfile.gettempdir())
    folder = around / f"leads-{owner}-{hashlib.sha256(os.fsencode(path)).hexdigest()[:12]}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        if found.st_uid == os.geteuid() != owner:
            os.chown(folder, owner, -1)
        elif found.st_uid != owner or not stat.S_ISDIR(found.st_mode):
            raise PermissionError(f"{folder} belongs to another user")
    except OSError as error:
        raise InstallationError(
            f"Neither {path} nor {around} has a place for sockets and locks: {error}. Set LEADS_HOME to a "
            "folder on a disk of this machine."
        ) from error
    return folder
