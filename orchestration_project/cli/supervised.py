"""A program that runs until it is told to stop, and the processes it leaves behind.

Which program that is, is said in `development.py`.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from orchestration_project.cli.view import out
from orchestration_project.errors import LeadsError

UNDER_WAY_SECONDS = 30.0
"""So long the program, and the runs that are under way, may take to end by themselves; a lead takes a few
seconds. Dagster alone would wait for a minute, and then begin to wait for its runs."""
STOPPED_SECONDS = 10.0
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_AT_ONCE_SECONDS = 1.0
"""What ends within it needs no word."""
_LOOK_SECONDS = 0.1
_LOOK_AFTER_SECONDS = 1.0


def _nothing() -> None:
    """What has to be looked after where the program needs nobody."""


class Supervised:
    """A program in a session of its own: it hears of Ctrl-C from us alone, and once. It ends when we end, and
    when we are killed or our terminal is closed.

    `look_after` is called again and again for as long as the program or a process it has left is there, and
    sees to what they need. When it raises a LeadsError, they cannot go on: they are ended, and it is raised.
    `show` is given each line that they print; None: they print it themselves. `begun` is told the session.
    """

    def __init__(
        self,
        look_after: Callable[[], None] = _nothing,
        show: Callable[[str], None] | None = None,
        begun: Callable[[int], None] | None = None,
    ) -> None:
        self._look_after = look_after
        self._show = show
        self._begun = begun
        self._stops = 0
        self._stopped_at: float | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, command: list[str], folder: Path, environment: Mapping[str, str] | None = None) -> int:
        """Its exit status, once the last process of the session has ended: each may need the database. Zero
        where it did not end when it was told to, and was ended."""
        # before the process starts: it would inherit that signals are ignored, as in a script's background
        for signal_number in SIGNALS:
            if signal_number is not signal.SIGHUP:
                signal.signal(signal_number, self._stop)
            elif signal.getsignal(signal_number) is not signal.SIG_IGN:  # as under `nohup`
                signal.signal(signal_number, self._hang_up)
        self._process = process = subprocess.Popen(  # noqa: S603 - our own words
            command,
            cwd=folder,
            env=environment,
            stdout=None if self._show is None else subprocess.PIPE,
            stderr=None if self._show is None else subprocess.STDOUT,
            start_new_session=True,
        )
        if self._begun is not None:
            self._begun(process.pid)
        with _tethered(process.pid), self._shown(process):
            try:
                status = self._wait(process)
                self.see_out(process.pid)
            except LeadsError:
                self._look_after = _nothing
                self._end(process.pid)
                process.wait()
                raise
        return status

    @property
    def was_stopped(self) -> bool:
        """Whether somebody has asked for its end."""
        return self._stops > 0

    @contextmanager
    def _shown(self, process: "subprocess.Popen[bytes]") -> Generator[None]:
        lines, show = process.stdout, self._show
        if lines is None or show is None:
            yield
            return

        def pass_on() -> None:
            for line in lines:
                show(line.decode(errors="replace").rstrip("\n"))

        thread = threading.Thread(target=pass_on, daemon=True)
        thread.start()
        yield
        thread.join(STOPPED_SECONDS)

    def _wait(self, process: subprocess.Popen[bytes]) -> int:
        # of the process itself only a wait without end sleeps; any other wakes twenty times a second
        waiting = threading.Thread(target=process.wait, daemon=True)
        waiting.start()
        while True:
            waiting.join(_LOOK_AFTER_SECONDS)
            if not waiting.is_alive():
                return process.wait()
            self._look_after()
            if self._seconds_left() <= 0:
                self._end(process.pid)
                process.wait()
                return 0

    def _seconds_left(self) -> float:
        """Of the time that all may take together since they were told to stop."""
        stopped = self._stopped_at
        return UNDER_WAY_SECONDS - (time.monotonic() - stopped if stopped is not None else 0.0)

    def _stop(self, _signal_number: int, _frame: object) -> None:
        self._stops += 1
        self._stopped_at = self._stopped_at or time.monotonic()
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def _hang_up(self, signal_number: int, frame: object) -> None:
        """The terminal is closed: nobody reads any more, and to write there would be an error."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (1, 2):
            os.dup2(nowhere, stream)
        os.close(nowhere)
        self._stop(signal_number, frame)

    def see_out(self, session: int) -> None:
        """Lets the processes of a session end by themselves, then ends them."""
        if self._is_over(session, _AT_ONCE_SECONDS, self._stops):
            return
        out.print("Stopping; runs that are under way end first. Ctrl-C again stops them, too.")
        if not self._is_over(session, self._seconds_left(), self._stops):
            self._end(session)

    def _end(self, session: int) -> None:
        for signal_number in (signal.SIGTERM, signal.SIGKILL):
            for process in members(session):
                with suppress(psutil.NoSuchProcess):
                    process.send_signal(signal_number)
            if self._is_over(session, STOPPED_SECONDS, self._stops):
                return

    def _is_over(self, session: int, seconds: float, stops: int) -> bool:
        """Waits for it, but no longer than until the next Ctrl-C."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and self._stops == stops:
            if not members(session):
                return True
            self._look_after()
            time.sleep(_LOOK_SECONDS)
        return False


@contextmanager
def _tethered(session: int) -> Generator[None]:
    """Ends the session also when we are killed and can do nothing."""
    tether = subprocess.Popen(  # noqa: S603 - our own words
        [sys.executable, "-m", "orchestration_project.cli.tether", str(session)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        tether.communicate(b".")


def members(session: int) -> list[psutil.Process]:
    """The living processes of a session. The dead may stay listed: not every container buries them."""
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, ProcessLookupError):
            if os.getsid(process.pid) == session and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found
