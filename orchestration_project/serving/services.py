"""The web server, the daemon and the code server as children of this process; one that has died is replaced.

How the code server changes with code and rules is `code_server.py`.
"""

import os
import runpy
import select
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from orchestration_project.cli.view import out
from orchestration_project.errors import LeadsError
from orchestration_project.orchestration.warm import fork, insist_on_quiet
from orchestration_project.serving.child import become
from orchestration_project.serving.code_server import LOCATION, Generations

LOOK_SECONDS = 5.0
"""Between two looks at whether code and rules are still those that are served."""
OFTEN = 3
OFTEN_SECONDS = 60.0
"""Services that have died so often within that time are given up: a start does not mend what is wrong."""
_NO_CHILD = 0


def workspace(original: Path, address: Path, folder: Path) -> Path:
    """Our workspace file with our own code at that address; what else somebody has put into it stays."""
    found: dict[str, Any] = YAML(typ="safe", pure=True).load(original)
    ours = {"grpc_server": {"location_name": LOCATION, "socket": str(address), "host": "localhost"}}
    others = [one for one in found["load_from"] if _name(one) != LOCATION]
    made = folder / "workspace.yaml"
    with made.open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump({"load_from": [ours, *others]}, file)
    return made


def _name(entry: Mapping[str, Any]) -> object:
    return next((told.get("location_name") for told in entry.values() if isinstance(told, dict)), None)


def commands(port: int, workspace_file: Path) -> dict[str, list[str]]:
    """Module and arguments of each service, by the name that `ps` shows."""
    common = ["--log-format", "json", "--workspace", str(workspace_file)]
    return {
        "web server": [
            *("dagster_webserver", "--host", "127.0.0.1", "--port", str(port)),
            *("--dagster-log-level", "warning", "--live-data-poll-rate", "2000", *common),
        ],
        "daemon": ["dagster._daemon", "run", "--log-level", "warning", *common],
    }


class Services:
    """Ends on SIGTERM, with all its children; looks again at code and rules on SIGUSR1."""

    def __init__(
        self,
        code: Generations,
        wanted: Mapping[str, Sequence[str]],
        start: Callable[[str, Sequence[str]], int] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._code = code
        self._wanted = wanted
        self._start = start or _start
        self._monotonic = monotonic
        self._running: dict[int, str] = {}
        self._deaths: deque[float] = deque(maxlen=OFTEN)
        self._stopped = self._asked = False
        self._heard, self._wake = os.pipe()

    def serve(self) -> int:
        """The exit status: zero when it was told to end."""
        insist_on_quiet()
        self._listen()
        try:
            self._code.renew()
            for name, command in self._wanted.items():
                self._running[self._start(name, command)] = name
            while not self._stopped:
                select.select([self._heard], [], [], LOOK_SECONDS)
                with suppress(BlockingIOError):
                    os.read(self._heard, 4096)
                if not self._stopped:
                    self._look()
        except LeadsError as error:
            out.print(str(error), markup=False, soft_wrap=True)
            return 1
        finally:
            self._end()
        return 0

    def _listen(self) -> None:
        for end in (self._heard, self._wake):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, _nothing)
        signal.signal(signal.SIGUSR1, self._ask)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)

    def _stop(self, *_: object) -> None:
        self._stopped = True

    def _ask(self, *_: object) -> None:
        self._asked = True

    def _look(self) -> None:
        for process in _dead():
            self._replace(process)
        asked, self._asked = self._asked, False
        self._code.renew(anyhow=asked)
        self._code.look()

    def _replace(self, process: int) -> None:
        if self._code.ended(process):
            name = "code server"
        elif (name := self._running.pop(process, "")) == "":
            return
        now = self._monotonic()
        self._deaths.append(now)
        if len(self._deaths) == OFTEN and now - self._deaths[0] < OFTEN_SECONDS:
            raise LeadsError(f"Dagster's {name} has died again and again; what it said is above.")
        out.print(f"Dagster's {name} had died. It runs again.")
        if name in self._wanted:
            self._running[self._start(name, self._wanted[name])] = name

    def _end(self) -> None:
        """The code server last: the others ask it."""
        for processes in (list(self._running), self._code.processes):
            for process in processes:
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGTERM)
            for process in processes:
                with suppress(ChildProcessError):
                    os.waitpid(process, 0)


def _nothing(*_: object) -> None:
    """A signal that is only to wake."""


def _dead() -> list[int]:
    found: list[int] = []
    with suppress(ChildProcessError):
        while (process := os.waitpid(-1, os.WNOHANG)[0]) != _NO_CHILD:
            found.append(process)
    return found


def _start(name: str, command: Sequence[str]) -> int:
    return fork(partial(_run, name, command))


def _run(name: str, command: Sequence[str]) -> None:
    become(f"leads: dagster {name}")
    module, *arguments = command
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
