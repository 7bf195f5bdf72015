"""Locks on files, which the system lets go when the process that holds them has ended, however it ended.

Where the files are is `places.py`.
"""

import fcntl
import os
import time
from pathlib import Path

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

    def _open(self) -> int:
        if self._file is None:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        return self._file

    def let_go(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


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
