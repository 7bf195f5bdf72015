"""A process that works on what is there and dies by SIGKILL at a given point; forked for test_crashes.py.

What it lived to do, the test looks up.
"""

import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration_project.ledger import open_ledger
from orchestration_project.ledger.engine import open_engine
from orchestration_project.ledger.receipts import Receipts
from orchestration_project_tests.orchestration.conftest import MovedClock, World
from orchestration_project_tests.orchestration.quick_dagster import on_disk


@dataclass(frozen=True)
class Asked:
    database: str
    folder: str  # of the world
    moment: str
    """What it does not live to write of an action: `begin` or `record`."""
    spared: Sequence[str]
    """The actions at which it lives on."""


def die(argument: dict[str, Any]) -> None:
    """The action at which it died stands in `died_at`."""
    asked = Asked(**argument)
    folder = Path(asked.folder)
    write = getattr(Receipts, f"{asked.moment}_each")

    def write_or_die(self: Any, batch: Sequence[Any]) -> Any:
        for _, action in (one.key for one in batch):
            if action not in asked.spared:
                (folder / "died_at").write_text(action)
                os.kill(os.getpid(), signal.SIGKILL)
        return write(self, batch)

    setattr(Receipts, f"{asked.moment}_each", write_or_die)
    clock = MovedClock()
    ledger = open_ledger(open_engine(asked.database), clock)
    with on_disk(folder / "dagster") as instance:
        World(folder / "home", folder / "playbook", ledger, instance, clock).run()
    ledger.close()
