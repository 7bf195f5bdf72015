"""A person stops a run in the UI: it ends at once, and its lead waits for that person."""

import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import sqlalchemy

from orchestration_project_tests import forking
from orchestration_project_tests.orchestration import one_job
from orchestration_project_tests.orchestration.conftest import World, open_world
from orchestration_project_tests.orchestration.stopped_run import Asked

A_LONG_TIME = 60.0
STOP = "orchestration_project_tests.orchestration.stopped_run:stop"


@pytest.fixture
def world(tmp_path: Path, database: sqlalchemy.Engine) -> Iterator[World]:
    with open_world(tmp_path, database, on_disk=True) as opened:
        yield opened


@pytest.mark.parametrize("executor", ["own", "stock"])
def test_a_run_that_is_stopped_ends_at_once_and_its_lead_waits(
    world: World, priority_lead: dict[str, Any], executor: str
) -> None:
    (ref,) = world.submit(priority_lead)
    folder = world.home.parent
    asked = Asked(world.database_url, str(folder), A_LONG_TIME, executor == "own")
    begun = time.monotonic()
    assert forking.parent().run(STOP, asdict(asked), folder / "told", prepare=one_job.PREPARE) == 0, (
        folder / "told"
    ).read_text()
    assert time.monotonic() - begun < A_LONG_TIME
    (run,) = world.instance.get_runs()
    assert run.status is dg.DagsterRunStatus.CANCELED
    lead = world.lead(ref)
    assert (lead.status, lead.track) == ("needs_person", "priority")
    assert "A person stopped its run" in lead.explanation
    assert {line.action: line.status for line in lead.actions}["draft"] == "begun"
    world.ledger.by_hand.replay([ref])
    world.run()
    assert {line.status for line in world.lead(ref).actions} == {"done"}
