"""The web server, the daemon and the code server as children of this process; one that has died is replaced.

How the code server changes with code and rules is `code_server.py`.
"""

import json
import os
import runpy
import select
import signal
import sys
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from orchestration_project.errors import LeadsError
from orchestration_project.orchestration.dagster_internals import DAEMON
from orchestration_project.orchestration.warm import fork, insist_on_quiet
from orchestration_project.serving.child import become
from orchestration_project.serving.code_server import LOCATION, Generations
from orchestration_project.serving.parents import Parents

LOOK_SECONDS = 5.0
"""Between two looks at whether code and rules are still those that are served."""
OFTEN = 3
OFTEN_SECONDS = 60.0
"""A service that has died so often within that time is given up: a start does not mend what is wrong."""
ENDED = 128 + signal.SIGTERM
_NO_CHILD = 0


def workspace(original: Path, address: Path, folder: Path) -> Path:
    """Our workspace file with our own code at that address; what else somebody has put into it stays."""
    ours = {"grpc_server": {"location_name": LOCATION, "socket": str(address), "host": "localhost"}}
    made = folder / "workspace.yaml"
    with made.open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump({"load_from": [ours, *others(original)]}, file)
    return made


def others(original: Path) -> list[Mapping[str, Any]]:
    """What a workspace file has beside our own code."""
    found: dict[str, Any] = YAML(typ="safe", pure=True).load(original)
    return [one for one in found["load_from"] if _name(one) != LOCATION]


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
        "daemon": [DAEMON, "run", "--log-level", "warning", *common],
    }


class Services:
    """Ends on SIGTERM, with all its children; looks again at code and rules on SIGUSR1."""

    def __init__(self, code: Generations, parents: Parents, wanted: Mapping[str, Sequence[str]]) -> None:
        self._code = code
        self._parents = parents
        self._wanted = wanted
        self._running: dict[int, str] = {}
        self._deaths: dict[str, deque[float]] = {}
        self._stopped = self._asked = False
        self._heard, self._wake = os.pipe()

    def serve(self) -> int:
        """The exit status: that of a program ended by SIGTERM, when it was told to end."""
        insist_on_quiet(sockets=1)
        self._listen()
        try:
            self._code.renew()
            for name in self._wanted:
                self._start(name)
            while not self._stopped:
                select.select([self._heard, self._parents], [], [], LOOK_SECONDS)
                with suppress(BlockingIOError):
                    os.read(self._heard, 4096)
                if not self._stopped:
                    self._parents.let_in()
                    self._look()
        except LeadsError as error:
            _say(str(error), "error")
            return 1
        finally:
            self._end()
        return ENDED

    def _start(self, name: str) -> None:
        self._running[fork(partial(_run, self._parents, name, self._wanted[name]))] = name

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
        try:
            self._code.renew(anyhow=asked)
        except LeadsError as error:
            if not self._code.serves:
                raise
            _say(f"{error} What served before goes on.", "error")
        self._code.look()

    def _replace(self, process: int) -> None:
        if self._code.ended(process):
            name = "code server"
        elif (name := self._running.pop(process, "")) == "":
            return
        now = time.monotonic()
        deaths = self._deaths.setdefault(name, deque(maxlen=OFTEN))
        deaths.append(now)
        if len(deaths) == OFTEN and now - deaths[0] < OFTEN_SECONDS:
            raise LeadsError(f"Dagster's {name} has died {OFTEN} times within a minute.")
        _say(f"Dagster's {name} had died. It runs again.", "warning")
        if name in self._wanted:
            self._start(name)

    def _end(self) -> None:
        """The code server last: the others ask it."""
        self._code.hurry()
        for processes in (list(self._running), self._code.processes):
            for process in processes:
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGTERM)
            for process in processes:
                with suppress(ChildProcessError):
                    os.waitpid(process, 0)


def _say(words: str, level: str) -> None:
    """A record like those of Dagster's processes: `cli/told.py` reads all of them."""
    line = json.dumps({"logger": "leads", "level": level, "event": words})
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _nothing(*_: object) -> None:
    """A signal that is only to wake."""


def _dead() -> list[int]:
    found: list[int] = []
    with suppress(ChildProcessError):
        while (process := os.waitpid(-1, os.WNOHANG)[0]) != _NO_CHILD:
            found.append(process)
    return found


def _run(parents: Parents, name: str, command: Sequence[str]) -> None:
    parents.leave()
    become(f"leads: dagster {name}")
    module, *arguments = command
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
