"""Small jobs for the executor, and the instances they run on.

What they show is in the tests beside it.
"""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import dagster as dg
import pytest

from orchestration_project.orchestration.executor import side_by_side_executor

PATIENCE = 20.0


JOBS: dict[str, dg.JobDefinition] = {}


BOTH = pytest.mark.parametrize(
    "under", [side_by_side_executor, dg.in_process_executor], ids=lambda under: under.name
)


def job_of(key: str) -> dg.JobDefinition:
    """By its key, since Dagster looks a job up anew."""
    return JOBS[key]


def run(
    compose: Callable[[], None],
    instance: dg.DagsterInstance,
    *,
    under: dg.ExecutorDefinition = side_by_side_executor,
    hooks: set[dg.HookDefinition] | None = None,
    raise_on_error: bool = False,
) -> dg.JobExecutionResult:
    """`compose` is the body of a graph."""
    key = f"small_{uuid4().hex}"
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    JOBS[key] = dg.GraphDefinition.to_job(
        dg.graph(name=key)(compose), executor_def=under, hooks=hooks, config=quiet
    )
    return dg.execute_job(
        dg.build_reconstructable_job(__name__, "job_of", (key,)), instance, raise_on_error=raise_on_error
    )


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as opened:
        yield opened


@pytest.fixture
def instance_on_disk(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """The one in memory has no pools."""
    with dg.DagsterInstance.local_temp(str(tmp_path), overrides={"telemetry": {"enabled": False}}) as opened:
        yield opened


class Crowd:
    """How many were inside at once. They go in groups of `size`, so that a smaller one is noticed."""

    def __init__(self, size: int) -> None:
        self.most = 0
        self._inside = 0
        self._guard = threading.Lock()
        self._group = threading.Barrier(size, timeout=PATIENCE)

    def enter(self) -> None:
        with self._guard:
            self._inside += 1
            self.most = max(self.most, self._inside)
        self._group.wait()
        with self._guard:
            self._inside -= 1
        self._group.wait()


def taken(instance: dg.DagsterInstance) -> int:
    info = instance.event_log_storage.get_concurrency_info("desk")
    return info.active_slot_count + info.pending_step_count


def threads_of_ops() -> list[str]:
    names = {node.name for job in JOBS.values() for node in job.graph.node_defs} | {"left", "right"}
    return [thread.name for thread in threading.enumerate() if thread.name in names]
