"""The embedded PostgreSQL as those who use it see it: there as long as they are, brought back when it dies.

The process that runs it meanwhile is `keeper.py`.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

from orchestration_project.embedded_server import pid_file
from orchestration_project.embedded_server.places import KEEPER, USERS, lock_file, socket_folder
from orchestration_project.embedded_server.programs import Programs, find_programs, last_words
from orchestration_project.errors import InstallationError
from orchestration_project.file_locks import Lock, is_taken, is_used, lock_folder

PAUSES = (0.1, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each try to bring the server back. What a killed one leaves – its sessions, its shared
memory – is gone a moment later; a full disk is not."""
_START_SECONDS = 120.0
"""A recovery after a crash may take its time."""
_STOP_SECONDS = 60.0
_LOOK_SECONDS = 0.02
_TROUBLE = (OSError, RuntimeError, subprocess.SubprocessError)
_PACKAGE = Path(__file__).resolve().parents[2]


class EmbeddedServer:
    """The server of one data folder, which the processes of an installation share: the first starts it, and
    when the last one has left, or died, it stops. `url` stays the same for as long as the folder does."""

    def __init__(self, folder: Path, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._folder = folder.resolve()
        self._sleep = sleep
        self._locks = lock_folder(self._folder)
        self._turn = Lock(lock_file(self._locks, self._folder, "lock"))
        self._use = Lock(lock_file(self._locks, self._folder, USERS))
        self._threads = threading.Lock()
        self._keeper: subprocess.Popen[bytes] | None = None
        self.url = ""

    def start(self) -> None:
        """Raises InstallationError, with what it said, when the server does not start."""
        try:
            self.url = self._start()
        except _TROUBLE as error:
            raise InstallationError(
                f"The embedded PostgreSQL in {self._folder} does not start ({_told(error)}). "
                f"{self._what_to_do}"
            ) from error

    def is_alive(self) -> bool:
        return pid_file.serving(self._folder) is not None

    def bring_back(self) -> None:
        """Starts a server that has died or was stopped again, at the same address: those who use it only
        have to ask once more. Raises InstallationError after some tries with growing pauses."""
        failure = "its address has changed"
        for pause in PAUSES:
            self._sleep(pause)
            try:
                url = self._start()
            except _TROUBLE as error:
                failure = _told(error)
                continue
            if url != self.url:
                break
            return
        raise InstallationError(
            f"The embedded PostgreSQL in {self._folder} has ended and does not start again ({failure}). "
            f"{self._what_to_do}"
        )

    def close(self) -> None:
        """Uses it no more. Waits for its end where nobody else does."""
        with self._threads:
            self._use.let_go()
        users = lock_file(self._locks, self._folder, USERS)
        until = time.monotonic() + _STOP_SECONDS
        while self._is_kept() and not is_used(users) and time.monotonic() < until:
            time.sleep(_LOOK_SECONDS)
        if self._keeper is not None and self._keeper.poll() is not None:
            self._keeper = None

    def _start(self) -> str:
        with self._threads:
            if not self._turn.wait(seconds=_START_SECONDS):
                raise RuntimeError("another process has been starting it for two minutes")
            try:
                # one that is about to stop does so first
                if not self._use.wait(shared=True, seconds=_STOP_SECONDS):
                    raise RuntimeError("the one before does not end")
                return self._address() or self._begin()
            finally:
                self._turn.let_go()

    def _address(self) -> str | None:
        """Of the server, where it runs and somebody keeps it."""
        written = pid_file.read(self._folder)
        if written is None or not written.ready or not self._is_kept() or not self.is_alive():
            return None
        return written.url

    def _begin(self) -> str:
        if not self.is_alive():
            self._clear_up()
            self._outlive_keeper()
        programs = find_programs()
        if not self._folder.exists() or not any(self._folder.iterdir()):
            programs.make_data(self._folder)
        programs.prepare(self._folder)
        self._insist_on_version(programs.version)
        return self._keep(programs)

    def _insist_on_version(self, version: int) -> None:
        made_by = self._folder / "PG_VERSION"
        found = made_by.read_text(encoding="ascii").strip() if made_by.exists() else "nobody"
        if found != str(version):
            raise RuntimeError(f"the data was made by PostgreSQL {found}, and this one is {version}")

    def _keep(self, programs: Programs) -> str:
        log = self._folder / "log"
        begins = log.stat().st_size if log.exists() else 0
        sockets = socket_folder(self._folder, programs.uid)
        module = "orchestration_project.embedded_server.keeper"
        words = (str(self._folder), str(self._locks), programs.user or "")
        paths = filter(None, (str(_PACKAGE), os.environ.get("PYTHONPATH")))
        self._keeper = subprocess.Popen(  # noqa: S603 - our own words
            [sys.executable, "-m", module, *words, *programs.server(self._folder, sockets)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            start_new_session=True,
        )
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until:
            ended = self._keeper.poll() is not None
            if (url := self._address()) is not None:
                return url
            if ended:
                with log.open(errors="replace") as lines:
                    lines.seek(begins)
                    raise RuntimeError(last_words(lines.read()) or "it has ended again")
            time.sleep(_LOOK_SECONDS)
        raise RuntimeError("it is not ready after two minutes")

    def _is_kept(self) -> bool:
        return is_taken(lock_file(self._locks, self._folder, KEEPER))

    def _clear_up(self) -> None:
        """Takes away what a dead server left, where PostgreSQL would not: it goes by the process id that is
        written down, which may be another program's by now, and by a file that may say anything."""
        self._outlive_orphans()
        written = pid_file.read(self._folder)
        if written is not None:
            (written.sockets / f".s.PGSQL.{written.port}.lock").unlink(missing_ok=True)
        pid_file.path_of(self._folder).unlink(missing_ok=True)

    def _outlive_keeper(self) -> None:
        """It sees the end of its server a moment later."""
        until = time.monotonic() + _STOP_SECONDS
        while self._is_kept():
            if time.monotonic() > until:
                raise RuntimeError("the one before does not end")
            time.sleep(_LOOK_SECONDS)

    def _outlive_orphans(self) -> None:
        """The sessions of a killed server end by themselves, unless they are busy with a long statement;
        the recovery that follows undoes what they did. A server whose file was spoiled is stopped. Two
        servers must never write to one folder."""
        for number, pause in enumerate(PAUSES):
            orphans = list(pid_file.left_behind(self._folder))
            if not orphans:
                return
            for orphan in orphans:
                with suppress(psutil.Error):
                    if number > 1:
                        orphan.kill()
                    elif pid_file.is_server(orphan, self._folder):
                        orphan.send_signal(signal.SIGINT)
            self._sleep(pause)
        raise RuntimeError("old processes of it do not end")

    @property
    def _what_to_do(self) -> str:
        return (
            f"Its log is {self._folder / 'log'}. Mend what it says, or set LEADS_HOME to another folder, or "
            "LEADS_DATABASE_URL to a server of your own."
        )


def _told(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    return str(error) or type(error).__name__
