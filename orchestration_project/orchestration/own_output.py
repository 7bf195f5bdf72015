"""What a run's process prints goes into a file, without a process beside it that reads along.

Which processes those are, and where the files are, `own_records.py` knows.
"""

import os
import shutil
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

_LATER: ContextVar[bool] = ContextVar("what a run prints is passed on when it has ended", default=False)


@contextmanager
def passed_on_later() -> Generator[None]:
    """For runs in this process of which nobody waits to read a word: those that are begun within it need no
    process beside them."""
    before = _LATER.set(True)
    try:
        yield
    finally:
        _LATER.reset(before)


def is_passed_on_later() -> bool:
    return _LATER.get()


@contextmanager
def into_file(descriptor: int, path: Path) -> Generator[None]:
    """Of this process (1 or 2), also what a library in C writes. At the end the descriptor is what it was,
    and what the file was told is written there: nothing is kept from who reads it, they have it later."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _flush()
    with path.open("ab") as file, os.fdopen(os.dup(descriptor), "wb") as before:
        begins = file.tell()
        os.dup2(file.fileno(), descriptor)
        try:
            yield
        finally:
            _flush()
            os.dup2(before.fileno(), descriptor)
        # who listened may be gone; the file has it all the same
        with suppress(OSError), path.open("rb") as printed:
            printed.seek(begins)
            shutil.copyfileobj(printed, before)
            before.flush()


def _flush() -> None:
    # closed where nobody wanted to hear anything
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
