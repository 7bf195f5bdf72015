"""A process that works on what is pending and dies by SIGKILL at a given point. Run by test_crashes.py.

Arguments: database URL, LEADS_HOME, playbook folder, folder of the Dagster instance, the receipt status
that it does not live to write, and the actions at which it lives on.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import dagster as dg

from orchestration_project.action import once
from orchestration_project.clock import utc_now
from orchestration_project.ledger import open_ledger
from orchestration_project.ledger.engine import open_engine
from orchestration_project_tests.orchestration.conftest import World

database, home, playbook, dagster_home, moment, *spared = sys.argv[1:]
record = once.Doer._record


def record_or_die(self: Any, brief: Any, action: Any, status: Any, **rest: Any) -> Any:
    if status.value == moment and action.name not in spared:
        # not to standard output, which dagster takes for the log of the step
        (Path(home).parent / "died_at").write_text(action.name)
        os.kill(os.getpid(), signal.SIGKILL)
    return record(self, brief, action, status, **rest)


once.Doer._record = record_or_die
ledger = open_ledger(open_engine(database), utc_now)
with dg.DagsterInstance.local_temp(dagster_home) as instance:
    World(Path(home), Path(playbook), ledger, instance).run()
ledger.close()
