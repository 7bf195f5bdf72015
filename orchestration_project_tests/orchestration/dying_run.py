"""Processes that work on what is there and die by SIGKILL at a given point. Run by test_crashes.py.

Arguments: database URL and the folder of the world. Each line of standard input makes one process: what it
does not live to write of an action, `begin` or `record`, and the actions at which it lives on. The answer is
a line: the exit code, and the action at which it died.
"""

import os
import signal
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import dagster as dg

from orchestration_project.ledger import open_ledger
from orchestration_project.ledger.engine import open_engine
from orchestration_project.ledger.receipts import Receipts
from orchestration_project_tests.forking import fork, warm_up
from orchestration_project_tests.orchestration.conftest import MovedClock, World

database, folder = sys.argv[1], Path(sys.argv[2])
died_at = folder / "died_at"


def die(moment: str, spared: list[str]) -> None:
    write = getattr(Receipts, f"{moment}_each")

    def write_or_die(self: Any, batch: Sequence[Any]) -> Any:
        for _, action in (one.key for one in batch):
            if action not in spared:
                died_at.write_text(action)
                os.kill(os.getpid(), signal.SIGKILL)
        return write(self, batch)

    setattr(Receipts, f"{moment}_each", write_or_die)
    clock = MovedClock()
    ledger = open_ledger(open_engine(database), clock)
    with dg.DagsterInstance.local_temp(str(folder / "dagster")) as instance:
        World(folder / "home", folder / "playbook", ledger, instance, clock).run()
    ledger.close()


def live_and_die(line: str) -> str:
    moment, *spared = line.split()
    died_at.write_text("")
    told = folder / "told"
    told.touch()
    process = fork(partial(die, moment, spared), [Path(os.devnull), told, told])
    _, status = os.waitpid(process, 0)
    return f"{os.waitstatus_to_exitcode(status)} {died_at.read_text()}"


warm_up()
for asked in sys.stdin:
    print(live_and_die(asked), flush=True)
