"""A person stops a run in the UI: it ends at once, and its lead waits for that person."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import sqlalchemy

from orchestration_project_tests.orchestration.conftest import World, open_world

A_LONG_TIME = 60


@pytest.fixture
def world(tmp_path: Path, database: sqlalchemy.Engine) -> Iterator[World]:
    with open_world(tmp_path, database, on_disk=True) as opened:
        yield opened


@pytest.mark.parametrize("executor", ["own", "stock"])
def test_a_run_that_is_stopped_ends_at_once_and_its_lead_waits(
    world: World, priority_lead: dict[str, Any], executor: str
) -> None:
    (ref,) = world.submit(priority_lead)
    command = [
        *(sys.executable, "-m", "orchestration_project_tests.orchestration.stopped_run"),
        world.database_url,
        *(str(world.home), str(world.playbook_folder), str(world.home.parent / "dagster")),
        *(str(A_LONG_TIME), executor),
    ]
    process = subprocess.run(command, check=False, capture_output=True, text=True, timeout=A_LONG_TIME - 10)
    assert process.returncode == 0, process.stderr
    (run,) = world.instance.get_runs()
    assert run.status is dg.DagsterRunStatus.CANCELED
    lead = world.lead(ref)
    assert (lead.status, lead.track) == ("needs_person", "priority")
    assert "A person stopped its run" in lead.explanation
    assert {line.action: line.status for line in lead.actions}["draft"] == "begun"
    world.ledger.by_hand.replay([ref])
    world.run()
    assert {line.status for line in world.lead(ref).actions} == {"done"}
