"""The process that keeps an embedded server: starts it, and stops it when the last one that uses it has gone.

`python -m …keeper DATA LOCKS USER COMMAND…`. Whoever uses the server shares a lock on a file, which
the system takes back however a user ends; a keeper belongs to no terminal. Who starts one is `server.py`.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

from orchestration_project.embedded_server.pid_file import serving
from orchestration_project.embedded_server.places import KEEPER, USERS, lock_file
from orchestration_project.embedded_server.programs import environment
from orchestration_project.file_locks import Lock

_ELSEWHERE_SECONDS = 5.0
"""Who asks whether there is a keeper has its lock for a moment."""
_STOP_SECONDS = 20.0
_STOPS = (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL)
"""PostgreSQL's fast and immediate shutdown; the last needs a recovery at the next start."""


def keep(data: Path, locks: Path, command: list[str], user: str | None) -> None:
    """Until nobody uses the server any more, or it has ended by itself."""
    lock = Lock(lock_file(locks, data, KEEPER))
    if not lock.wait(seconds=_ELSEWHERE_SECONDS):
        return
    # one that runs already has lost its keeper
    server = serving(data) or _start(data, command, user)
    over = threading.Event()
    _beside(server.wait, over)
    nobody = Lock(lock_file(locks, data, USERS))
    _beside(nobody.wait_for_ever, over)
    over.wait()
    for number in _STOPS:
        with suppress(psutil.Error, subprocess.TimeoutExpired):
            server.send_signal(number)
            server.wait(_STOP_SECONDS)
            break


def _start(data: Path, command: list[str], user: str | None) -> psutil.Process:
    with (data / "log").open("ab") as log:
        started = subprocess.Popen(  # noqa: S603 - our own words
            command,
            user=user,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=environment(),
            # closing a terminal, or Ctrl-C in it, is not for the server to hear
            start_new_session=True,
        )
    return psutil.Process(started.pid)


def _beside(wait: Callable[[], object], over: threading.Event) -> None:
    def run() -> None:
        with suppress(psutil.Error):
            wait()
        over.set()

    threading.Thread(target=run, daemon=True).start()


if __name__ == "__main__":
    _data, _locks, _user, *_command = sys.argv[1:]
    os.chdir("/")
    keep(Path(_data), Path(_locks), _command, _user or None)
