"""How embedded connectors add a line to a file that people read and several processes write to.

Where a file is, and what stands in it, belongs to the connector.
"""

import errno
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from orchestration_project.connectors.base import Health
from orchestration_project.errors import SetupError, TransientServiceError
from orchestration_project.file_locks import lock_folder

LOCK_SECONDS = 10
MEND = "Check the free space and the permissions of LEADS_HOME, then run `leads doctor`."
_FOR_A_PERSON = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM)
"""A full disk, or one that may not be written to."""


@contextmanager
def disk_errors(service: str) -> Generator[None]:
    """Turns what the disk refuses into words."""
    try:
        yield
    except OSError as error:
        said = error.strerror or type(error).__name__
        # the cause is left out: its text holds the file's name, which may be a person's
        kind = SetupError if error.errno in _FOR_A_PERSON else TransientServiceError
        raise kind(service, f"the disk refused: {said}.", MEND) from None


@contextmanager
def sole_writer(path: Path) -> Generator[None]:
    """Keeps other threads and processes from writing to the file meanwhile; makes its folder."""
    from filelock import FileLock  # noqa: PLC0415 - for those who write; who asks for an outbox's health does not

    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(lock_folder(path) / f".{path.name}.lock", timeout=LOCK_SECONDS):
        yield


def append_line(path: Path, line: str) -> None:
    """Adds one whole line, on the disk when this returns. After a torn line it begins a new one, so the
    caller has to be the sole writer: half of what another one writes looks torn."""
    file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        data = line.encode() + b"\n"
        size = os.fstat(file).st_size
        if size and os.pread(file, 1, size - 1) != b"\n":
            data = b"\n" + data
        if os.write(file, data) != len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(file)
    finally:
        os.close(file)


def health_of(folder: Path) -> Health:
    """Can the folder be written to?"""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return Health(ok=False, says=f"{folder} cannot be made: {error.strerror}.", mend=MEND)
    if not os.access(folder, os.W_OK):
        return Health(ok=False, says=f"{folder} cannot be written to.", mend=MEND)
    return Health(ok=True, says=f"Writes to {folder}.")
