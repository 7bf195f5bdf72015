"""Processes of their own for what is tested, without the seconds in which Python imports the program.

One helper process a session warms up as the parent of the runs' processes does, and forks for each thing it
is asked for; what that is, is the test's part.
"""

import functools
import importlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from orchestration_project.installation import WORKING_COPY

COLUMNS = "300"
AT_ONCE = 3


@dataclass(frozen=True)
class Call:
    """What one forked process does: `act` is `module:function`, and gets `argument`, which JSON can say."""

    act: str
    argument: Any
    streams: Sequence[str]
    """Files as its standard input, output and error; they are there."""


@dataclass(frozen=True)
class Parent:
    """The process that has done the imports."""

    process: subprocess.Popen[str]

    def ask(self, calls: Sequence[Call]) -> list[int]:
        """Exit codes; negative: the signal that ended it. Some go side by side, in no order."""
        assert self.process.stdin is not None and self.process.stdout is not None
        print(json.dumps([asdict(call) for call in calls]), file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())

    def run(self, act: str, argument: object, told: Path) -> int:
        """One of them; `told` gets what it prints."""
        told.touch()
        return self.ask([Call(act, argument, [os.devnull, str(told), str(told)])])[0]


@functools.cache
def parent() -> Parent:
    environment = {"PATH": os.environ["PATH"], "HOME": tempfile.gettempdir(), "COLUMNS": COLUMNS}
    environment |= {"PYTHONPATH": str(WORKING_COPY), "PYTHON_DOTENV_DISABLED": "1"}
    command = [sys.executable, "-m", "orchestration_project_tests.forking"]
    return Parent(
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=WORKING_COPY,
        )
    )


def end_parent() -> None:
    if parent.cache_info().currsize:
        process = parent().process
        assert process.stdin is not None
        process.stdin.close()
        process.wait(20)


def warm_up() -> None:
    """What a process does once, done for all that are forked afterwards: seconds of each."""
    import dagster as dg

    from orchestration_project.offer import capabilities
    from orchestration_project.orchestration import warm
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
        "orchestration_project.definitions",
        "dagster._core.definitions.repository_definition.repository_data_builder",
        "dagster._core.execution.execute_in_process",
        "dagster._core.instance.runs.run_domain",
        "dagster._core.storage.sqlite_storage",
        "dagster._core.workspace.autodiscovery",
        "orchestration_project.orchestration.coordinator",
        "orchestration_project.orchestration.launcher",
        "pandas",
        "pandera.pandas",
        "pyarrow.parquet",
    ):
        importlib.import_module(module)
    warm.warm_up(load_playbook(WORKING_COPY / "playbook", capabilities()))
    with dg.DagsterInstance.ephemeral():
        pass


def fork(act: Callable[[], object], streams: Sequence[str]) -> int:
    """Does it in a new process with these as standard input, output and error; answers that process's id."""
    from orchestration_project.orchestration import warm

    def redirected() -> None:
        for number, stream in enumerate(streams):
            os.dup2(os.open(stream, os.O_RDONLY if number == 0 else os.O_WRONLY), number)
        act()

    return warm.fork(redirected)


def codes(calls: Sequence[Call]) -> list[int]:
    running: dict[int, int] = {}
    ended: dict[int, int] = {}

    def wait() -> None:
        process, status = os.wait()
        ended[running.pop(process)] = os.waitstatus_to_exitcode(status)

    for number, call in enumerate(calls):
        if len(running) == AT_ONCE:
            wait()
        module, _, function = call.act.partition(":")
        act = getattr(importlib.import_module(module), function)
        running[fork(partial(act, call.argument), call.streams)] = number
    while running:
        wait()
    return [ended[number] for number in range(len(calls))]


if __name__ == "__main__":
    warm_up()
    for asked in sys.stdin:
        print(json.dumps(codes([Call(**call) for call in json.loads(asked)])), flush=True)
