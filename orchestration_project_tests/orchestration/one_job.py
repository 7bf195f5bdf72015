"""One playbook and one job for all worlds of the same rules: to make them takes as long as a small run.

What belongs to one world, the resources of the job are told when it runs. That the project puts its own job
together rightly is shown where `definitions` are asked for one, and where a command or a server runs it.
"""

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg

from orchestration_project.connectors.opened import lines_of
from orchestration_project.ledger import Ledger
from orchestration_project.model import Clock
from orchestration_project.offer import capabilities
from orchestration_project.orchestration.executor import side_by_side_executor
from orchestration_project.orchestration.graph import JOB, build_graph
from orchestration_project.orchestration.resources import LedgerResource, Workbench, WorkbenchResource
from orchestration_project.playbook.capabilities import Capabilities
from orchestration_project.playbook.load import load_playbook
from orchestration_project.playbook.model import Playbook
from orchestration_project_tests.orchestration import quick_dagster

PREPARE = f"{__name__}:prepare"
"""For `forking.Call`."""


@dataclass(frozen=True)
class Place:
    """Where a run works, and by which clock."""

    home: Path
    database_url: str
    clock: Clock


_place: ContextVar[Place] = ContextVar("the place of the run under way")
_playbooks: dict[object, list[tuple[Capabilities, Playbook]]] = {}
"""By the files, and by what they may name."""
_jobs: dict[int, tuple[Playbook, dg.JobDefinition]] = {}
"""By the identity of its playbook, which is kept with it: no other one gets that number."""


def playbook_in(folder: Path) -> Playbook:
    """Read anew where a file says something else, or there is something else that it may name."""
    files = frozenset(
        (path.relative_to(folder), path.read_bytes()) for path in folder.rglob("*") if path.is_file()
    )
    may = capabilities()
    read = _playbooks.setdefault(files, [])
    for named, playbook in read:
        if named == may:
            return playbook
    playbook = load_playbook(folder, may)
    read.append((may, playbook))
    return playbook


def prepare(argument: Mapping[str, Any]) -> None:
    """In a process that forks others for the world in that `folder`: what each of them would make anew."""
    playbook = playbook_in(Path(argument["folder"]) / "playbook")
    for line in lines_of(playbook.connections):
        _ = line.connector_class
    _job(playbook)


def _job(playbook: Playbook) -> dg.JobDefinition:
    if id(playbook) not in _jobs:
        job = build_graph(playbook).to_job(
            name=JOB,
            executor_def=side_by_side_executor,
            resource_defs={
                "playbook": dg.ResourceDefinition.hardcoded_resource(playbook),
                "ledger": _ledger,
                "workbench": _workbench,
            },
        )
        _jobs[id(playbook)] = playbook, quick_dagster.keep_for_its_runs(job)
    return _jobs[id(playbook)][1]


@contextmanager
def running_at(place: Place, playbook: Playbook) -> Generator[dg.JobDefinition]:
    """The job, for a run of that place."""
    before = _place.set(place)
    try:
        yield _job(playbook)
    finally:
        _place.reset(before)


@dg.resource
def _ledger(context: dg.InitResourceContext) -> Iterator[Ledger]:
    place = _place.get()
    opened = LedgerResource(database_url=place.database_url, clock=place.clock)
    with opened.yield_for_execution(context) as ledger:
        yield ledger


@dg.resource(required_resource_keys={"playbook", "ledger"})
def _workbench(context: dg.InitResourceContext) -> Iterator[Workbench]:
    given = context.resources
    opened = WorkbenchResource(home=str(_place.get().home), playbook=given.playbook, ledger=given.ledger)
    with opened.yield_for_execution(context) as workbench:
        yield workbench
