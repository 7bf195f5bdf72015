"""Processes that work on what is pending and die by SIGKILL at a given point. Run by test_crashes.py.

Arguments: database URL and the folder of the world. Each line of standard input makes one process: the
receipt status that it does not live to write, and the actions at which it lives on. The answer is a line:
the exit code, and the action at which it died.
"""

import importlib
import os
import signal
import sys
from functools import partial
from pathlib import Path
from typing import Any

import dagster as dg

from orchestration_project.action import once
from orchestration_project.clock import utc_now
from orchestration_project.ledger import open_ledger
from orchestration_project.ledger.engine import open_engine
from orchestration_project_tests.forking import fork
from orchestration_project_tests.orchestration.conftest import World

database, folder = sys.argv[1], Path(sys.argv[2])
died_at = folder / "died_at"
record = once.Doer._record


def die(moment: str, spared: list[str]) -> None:
    def record_or_die(self: Any, brief: Any, action: Any, status: Any, **rest: Any) -> Any:
        if status.value == moment and action.name not in spared:
            died_at.write_text(action.name)
            os.kill(os.getpid(), signal.SIGKILL)
        return record(self, brief, action, status, **rest)

    once.Doer._record = record_or_die
    ledger = open_ledger(open_engine(database), utc_now)
    with dg.DagsterInstance.local_temp(str(folder / "dagster")) as instance:
        World(folder / "home", folder / "playbook", ledger, instance).run()
    ledger.close()


def live_and_die(line: str) -> str:
    moment, *spared = line.split()
    died_at.write_text("")
    told = folder / "told"
    told.touch()
    process = fork(partial(die, moment, spared), [Path(os.devnull), told, told])
    _, status = os.waitpid(process, 0)
    return f"{os.waitstatus_to_exitcode(status)} {died_at.read_text()}"


importlib.import_module("orchestration_project.definitions")  # once for all of them
for asked in sys.stdin:
    print(live_and_die(asked), flush=True)
