"""A process whose run a person stops while a draft is being saved; forked for test_stopping.py.

What came of it, the test looks up.
"""

import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio

from orchestration_project.connectors.mail.outbox import Outbox
from orchestration_project.ledger import open_ledger
from orchestration_project.ledger.engine import open_engine
from orchestration_project_tests.orchestration.conftest import MovedClock, World
from orchestration_project_tests.orchestration.quick_dagster import on_disk


@dataclass(frozen=True)
class Asked:
    database: str
    folder: str  # of the world
    patience: float
    """Seconds that the draft would take."""
    own_executor: bool
    """Or the one of Dagster's `execute_in_process`."""


def stop(argument: dict[str, Any]) -> None:
    asked = Asked(**argument)
    folder, clock = Path(asked.folder), MovedClock()
    ledger = open_ledger(open_engine(asked.database), clock)
    with on_disk(folder / "dagster") as instance:

        async def stopped_meanwhile(*_: Any) -> None:
            (run,) = instance.get_runs()
            instance.report_run_canceling(run)  # what the button in the UI does, before its signal
            os.kill(os.getpid(), signal.SIGTERM)
            await anyio.sleep(asked.patience)

        Outbox.save_draft = stopped_meanwhile  # type: ignore[method-assign]
        world = World(folder / "home", folder / "playbook", ledger, instance, clock)
        world.run(own_executor=asked.own_executor)
    ledger.close()
