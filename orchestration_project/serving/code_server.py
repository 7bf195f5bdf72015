"""The code server, one generation after another: a change of rules or code makes the next one.

Clients know one address, a link to the socket of the newest. The one before finishes what it has begun.
"""

import os
import runpy
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from orchestration_project.errors import LeadsError, PlaybookError
from orchestration_project.installation import WORKING_COPY, here
from orchestration_project.orchestration.dagster_internals import on_reload
from orchestration_project.orchestration.launcher import code_mark, mark_of
from orchestration_project.orchestration.rules import current_playbook
from orchestration_project.orchestration.staying import leave_on
from orchestration_project.orchestration.warm import fork
from orchestration_project.serving.child import become, end_with

LOCATION = "leads"
TITLE = "leads: dagster code-server"
STARTED_SECONDS = 60.0
"""So long a generation may take until it listens."""
LEAVING_SECONDS = 45.0
"""A tick that has begun in the generation before may take so long: READ_SECONDS and a page, and some."""
LEAVE = signal.SIGUSR2
_LOOK_SECONDS = 0.02


@dataclass(frozen=True)
class Generation:
    process: int
    socket: Path
    mark: str


class Generations:
    def __init__(
        self,
        folder: Path,
        start: Callable[[Path, bool], int] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.address = folder / "code"
        """What clients are told."""
        self._folder = folder
        self._start = start or _start
        self._monotonic = monotonic
        self._imported = code_mark()
        self._number = 0
        self._newest: Generation | None = None
        self._fallen = ""
        self._leaving: dict[int, float] = {}

    def renew(self, *, anyhow: bool = False) -> None:
        """Where there is none, where it serves other rules or other code than there are now, or anyhow. While
        the rules have a mistake, the one that serves goes on: it reads the sources, and its dispatcher says
        which mistake.

        Raises LeadsError where the new one does not come to listen. The one before then goes on, and is
        followed by the next that is different.
        """
        mark = mark_of(here().playbook)
        if self._newest is not None and mark in (self._newest.mark, self._fallen) and not anyhow:
            return
        same_code = code_mark() == self._imported
        if self._newest is not None and same_code and not anyhow and rules_are_broken(here().playbook):
            return
        self._number += 1
        socket = self._folder / f"code.{self._number}"
        # what is imported cannot be forgotten: other code begins in a Python of its own
        process = self._start(socket, same_code)
        self._fallen = mark
        self._wait_for(socket, process)
        self._fallen = ""
        link = self._folder / "code.new"
        link.symlink_to(socket.name)
        link.rename(self.address)
        if self._newest is not None:
            _hurry(self._newest.process)
            self._leaving[self._newest.process] = self._monotonic() + LEAVING_SECONDS
        self._newest = Generation(process, socket, mark)

    def look(self) -> None:
        """Ends those whose time is over."""
        now = self._monotonic()
        for process, until in list(self._leaving.items()):
            if now >= until:
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGTERM)
                self._leaving[process] = float("inf")

    def hurry(self) -> None:
        """Ticks that only wait for work end in a moment: whoever stops need not wait for them."""
        for process in self.processes:
            _hurry(process)

    def ended(self, process: int) -> bool:
        """Whether it was the one that serves. Of any other process nothing is known here."""
        self._leaving.pop(process, None)
        if self._newest is None or self._newest.process != process:
            return False
        self._newest = None
        return True

    @property
    def serves(self) -> bool:
        return self._newest is not None

    @property
    def processes(self) -> list[int]:
        return [*([self._newest.process] if self._newest else []), *self._leaving]

    def _wait_for(self, socket: Path, process: int) -> None:
        until = self._monotonic() + STARTED_SECONDS
        while not socket.exists():
            if os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
                raise LeadsError("Dagster's code server ended at its start; what it said is above.")
            if self._monotonic() > until:
                os.kill(process, signal.SIGKILL)
                raise LeadsError(f"Dagster's code server was not there after {STARTED_SECONDS:g} seconds.")
            time.sleep(_LOOK_SECONDS)


def rules_are_broken(playbook: Path) -> bool:
    """As the code that is imported here reads them; other code may find them whole."""
    try:
        current_playbook(playbook)
    except PlaybookError:
        return True
    return False


def _start(socket: Path, by_fork: bool) -> int:
    signal.signal(LEAVE, signal.SIG_IGN)  # one that has not begun yet has no tick to end
    arguments = [
        *("api", "grpc", "--lazy-load-user-code", "--use-python-environment-entry-point"),
        *("--socket", str(socket), "--location-name", LOCATION),
        *("--log-level", "warning", "--inject-env-vars-from-instance"),
        *("-m", "orchestration_project.definitions", "-d", str(WORKING_COPY)),
    ]
    return fork(partial(_serve if by_fork else _begin_anew, socket, arguments))


def _serve(socket: Path, arguments: list[str]) -> None:
    become(TITLE)
    keeper = os.getppid()
    end_with(keeper)
    leave_on(LEAVE)
    on_reload(partial(_ask_for_another, keeper, socket))
    sys.argv = ["dagster", *arguments]
    runpy.run_module("dagster", run_name="__main__", alter_sys=True)


def _begin_anew(socket: Path, arguments: list[str]) -> None:
    """The same in a Python of its own, which has nothing of what is imported here."""
    become(TITLE)
    os.execv(sys.executable, [sys.executable, "-m", __name__, str(socket), *arguments])  # noqa: S606 - our own words


def _hurry(process: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, LEAVE)


def _ask_for_another(keeper: int, mine: Path) -> None:
    """What the button *Reload* does: answers when another generation serves."""
    os.kill(keeper, signal.SIGUSR1)
    until = time.monotonic() + STARTED_SECONDS
    while (mine.parent / "code").resolve() == mine and time.monotonic() < until:
        time.sleep(_LOOK_SECONDS)


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), sys.argv[2:])
