"""A process whose run a person stops while a draft is being saved. Run by test_stopping.py.

Arguments: database URL, LEADS_HOME, playbook folder, folder of the Dagster instance, seconds that
the draft would take, and whose executor: `own` or `stock`.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import anyio
import dagster as dg

from orchestration_project.connectors.mail.outbox import Outbox
from orchestration_project.ledger import open_ledger
from orchestration_project.ledger.engine import open_engine
from orchestration_project_tests.orchestration.conftest import MovedClock, World

database, home, playbook, dagster_home, patience, executor = sys.argv[1:]
clock = MovedClock()
ledger = open_ledger(open_engine(database), clock)
with dg.DagsterInstance.local_temp(dagster_home) as instance:

    async def stopped_meanwhile(*_: Any) -> None:
        (run,) = instance.get_runs()
        instance.report_run_canceling(run)  # what the button in the UI does, before its signal
        os.kill(os.getpid(), signal.SIGTERM)
        await anyio.sleep(float(patience))

    Outbox.save_draft = stopped_meanwhile  # type: ignore[method-assign]
    World(Path(home), Path(playbook), ledger, instance, clock).run(own_executor=executor == "own")
ledger.close()
