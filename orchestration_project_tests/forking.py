"""Processes of their own for what is tested, without the seconds in which Python imports the program.

One helper process a session warms up as the parent of the runs' processes does. Each process of the tests
gets a fork of it as its own, which forks for each thing it is asked for; what that is, is the test's part.
"""

import functools
import gc
import importlib
import json
import os
import select
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from filelock import FileLock

from orchestration_project.installation import WORKING_COPY

COLUMNS = "300"
AT_ONCE = 3
_lines: list[int] = []
"""On which this process is asked."""


@dataclass(frozen=True)
class Call:
    """What one forked process does: `act` is `module:function`, and gets `argument`, which JSON can say."""

    act: str
    argument: Any
    streams: Sequence[str]
    """Files as its standard input, output and error; they are there."""
    prepare: str = ""
    """Named alike, and done before the fork, for all that come after it. It may open no connection and start
    no thread."""


class Parent:
    """A process that has done the imports, at the other end of this line."""

    def __init__(self, line: socket.socket, started: subprocess.Popen[bytes] | None) -> None:
        self._line = line.makefile("rw", encoding="utf-8")
        self._started = started
        line.close()  # as soon as the file is

    def ask(self, calls: Sequence[Call]) -> list[int]:
        """Exit codes; negative: the signal that ended it. Some go side by side, in no order."""
        print(json.dumps([asdict(call) for call in calls]), file=self._line, flush=True)
        return json.loads(self._line.readline())

    def run(self, act: str, argument: object, told: Path, *, prepare: str = "") -> int:
        """One of them; `told` gets what it prints."""
        told.touch()
        return self.ask([Call(act, argument, [os.devnull, str(told), str(told)], prepare)])[0]

    def end(self) -> None:
        self._line.close()
        if self._started is not None:
            assert self._started.stdin is not None
            self._started.stdin.close()
            self._started.wait(20)


@functools.cache
def parent() -> Parent:
    """A fork of the one that the first who asks has started: warming up takes seconds of a processor."""
    address = _address()
    with FileLock(f"{address}.lock"):
        if line := _connected(address):
            return Parent(line, None)
        started = _start(address)
        line = _connected(address)
        assert line is not None
        return Parent(line, started)


def another() -> Parent:
    """One of its own, for what lasts while others are asked for."""
    parent()  # which ends the one that was started
    line = _connected(_address())
    assert line is not None
    return Parent(line, None)


def _address() -> Path:
    session = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    return Path(tempfile.gettempdir()) / f"leads-tests-{session}"


def _connected(address: Path) -> socket.socket | None:
    line = socket.socket(socket.AF_UNIX)
    try:
        line.connect(str(address))
    except (FileNotFoundError, ConnectionRefusedError):  # nobody has started it, or it has ended
        line.close()
        return None
    return line


def _start(address: Path) -> subprocess.Popen[bytes]:
    environment = {"PATH": os.environ["PATH"], "HOME": tempfile.gettempdir(), "COLUMNS": COLUMNS}
    environment |= {"PYTHONPATH": str(WORKING_COPY), "PYTHON_DOTENV_DISABLED": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "orchestration_project_tests.forking", str(address)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        cwd=WORKING_COPY,
    )
    assert process.stdout is not None
    assert process.stdout.readline(), "the process that does the imports has ended"
    return process


def end_parent() -> None:
    if parent.cache_info().currsize:
        parent().end()


def warm_up() -> None:
    """What a process does once, done for all that are forked afterwards: seconds of each."""
    import dagster as dg

    from orchestration_project.definitions import build_definitions
    from orchestration_project.offer import capabilities
    from orchestration_project.orchestration import warm
    from orchestration_project.orchestration.graph import JOB
    from orchestration_project.playbook.load import load_playbook
    from orchestration_project_tests import once_a_process

    once_a_process.share()
    for module in (
        "anyio._backends._asyncio",
        "orchestration_project.cli.processing",
        # the sample playbook's
        "orchestration_project.connectors.calendar.ics",
        "orchestration_project.connectors.crm.local",
        "orchestration_project.connectors.folder.disk",
        "orchestration_project.connectors.mail.outbox",
        "orchestration_project.connectors.sequence.local",
        "orchestration_project.connectors.website.reader",
        "dagster._core.definitions.repository_definition.repository_data_builder",
        "dagster._core.execution.execute_in_process",
        "dagster._core.instance.runs.run_domain",
        "dagster._core.storage.sqlite_storage",
        "dagster._core.workspace.autodiscovery",
        "hypothesis.extra.pandas",
        "openai.resources.chat.completions",
        "orchestration_project.orchestration.coordinator",
        "orchestration_project.orchestration.launcher",
        "orchestration_project.history.exporting",
        "pandas",
        "pandera.backends.pandas.register",
        "pandera.pandas",
        "psycopg2.extras",
        "pyarrow.pandas_compat",
        "pyarrow.parquet",
    ):
        importlib.import_module(module)
    playbook = load_playbook(WORKING_COPY / "playbook", capabilities())
    warm.warm_up(playbook)
    build_definitions(playbook=playbook).get_job_def(JOB)
    with dg.DagsterInstance.ephemeral():
        pass


def fork(act: Callable[[], object], streams: Sequence[str]) -> int:
    """Does it in a new process with these as standard input, output and error; answers that process's id."""
    from orchestration_project.orchestration import warm

    def redirected() -> None:
        for line in _lines:  # whoever asks is of no interest to what is forked
            os.close(line)
        for number, stream in enumerate(streams):
            os.dup2(os.open(stream, os.O_RDONLY if number == 0 else os.O_WRONLY), number)
        act()

    return warm.fork(redirected)


def _named(path: str) -> Callable[[Any], object]:
    module, _, function = path.partition(":")
    return getattr(importlib.import_module(module), function)


def codes(calls: Sequence[Call]) -> list[int]:
    running: dict[int, int] = {}
    ended: dict[int, int] = {}

    def wait() -> None:
        process, status = os.wait()
        ended[running.pop(process)] = os.waitstatus_to_exitcode(status)

    for number, call in enumerate(calls):
        if len(running) == AT_ONCE:
            wait()
        if call.prepare:
            _named(call.prepare)(call.argument)
        running[fork(partial(_named(call.act), call.argument), call.streams)] = number
    while running:
        wait()
    return [ended[number] for number in range(len(calls))]


def serve(line: socket.socket) -> None:
    _lines.append(line.fileno())
    with line, line.makefile("rw", encoding="utf-8") as told:
        for asked in told:
            print(json.dumps(codes([Call(**call) for call in json.loads(asked)])), file=told, flush=True)


def wait_for_tests(address: Path) -> None:
    """A fork for each process of the tests that comes, until standard input ends."""
    address.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(address))
        door.listen()
        print("ready", flush=True)
        while True:
            ready, _, _ = select.select([door, sys.stdin], [], [])
            if sys.stdin in ready:
                break
            line, _ = door.accept()
            if os.fork() == 0:
                door.close()
                serve(line)
                os._exit(0)
            line.close()
    for left in (address, Path(f"{address}.lock")):
        left.unlink(missing_ok=True)


if __name__ == "__main__":
    gc.disable()  # what it makes stays; those it forks look for garbage again
    warm_up()
    wait_for_tests(Path(sys.argv[1]))
