"""Two workers of a cluster, over a real broker: leads go through both; one that is killed loses nothing."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import dagster as dg
import psutil
import pytest
import redis

from orchestration_project.installation import WORKING_COPY
from orchestration_project.ledger.claims import Claim
from orchestration_project.orchestration.cluster import ClusterLauncher
from orchestration_project.orchestration.dagster_internals import LaunchRunContext
from orchestration_project.orchestration.dispatch import run_config, run_tags
from orchestration_project.orchestration.graph import JOB
from orchestration_project.orchestration.warm_parent import PROCESS_TAG
from orchestration_project.process import is_alive, pid_of
from orchestration_project_tests import forking
from orchestration_project_tests.databases import HandedOn
from orchestration_project_tests.orchestration.conftest import World, open_world
from orchestration_project_tests.orchestration.launched import waiting

BROKER = "redis://127.0.0.1:6379/15"
PATIENCE = 60.0
LEADS = 4


def until(true: Callable[[], bool]) -> None:
    """Other processes take their time."""
    begun = time.monotonic()
    while not true():
        assert time.monotonic() - begun < PATIENCE
        time.sleep(0.02)


@pytest.fixture(scope="module")
def broker() -> None:
    try:
        redis.Redis.from_url(BROKER).ping()
    except redis.ConnectionError:
        pytest.skip("no Redis is running on this machine, which the workers would get their runs from")


@dataclass
class Cluster:
    world: World
    instance: dg.DagsterInstance
    workers: list[int]

    @property
    def launcher(self) -> ClusterLauncher:
        assert isinstance(self.instance.run_launcher, ClusterLauncher)
        return self.instance.run_launcher

    def all_are_there(self) -> bool:
        """One that comes late finds nothing left to do."""
        here = self.launcher.celery.control.ping(timeout=0.5, limit=len(self.workers))
        return len(here or ()) == len(self.workers)

    def hand_out(self, claim: Claim) -> None:
        """As the daemon does it for the dispatcher."""
        job = dg.build_reconstructable_job(
            "orchestration_project.definitions",
            "lead_intake",
            reconstructable_kwargs={"asked": uuid4().hex},
        )
        run = self.instance.create_run_for_job(
            self.world.definitions().get_job_def(JOB),
            run_config=run_config(claim, console="CRITICAL"),
            tags=run_tags(claim),
            status=dg.DagsterRunStatus.STARTING,
            job_code_origin=job.get_python_origin(),
        )
        self.launcher.launch_run(LaunchRunContext(run, None))

    def go_on(self) -> None:
        """What the dispatching sensor does in a tick."""
        with self.world.dispatcher() as dispatcher:
            dispatcher.keep_going()
            for claim in dispatcher.claims():
                self.hand_out(claim)

    def kill(self, worker: int) -> None:
        """Worker and processes, as when the machine is gone."""
        end(worker)
        with suppress(psutil.NoSuchProcess):
            psutil.Process(worker).wait(PATIENCE)

    def holders(self) -> list[str]:
        rows = self.world.sql("SELECT holder FROM leads.work WHERE state = 'running' AND holder IS NOT NULL")
        return [row["holder"] for row in rows]


def words(name: str) -> list[str]:
    worker = ["--app", "orchestration_project.worker", "worker", "--concurrency", "1", "--hostname", name]
    return [*worker, "--loglevel", "warning", "--without-gossip", "--without-mingle"]


@contextmanager
def worker(name: str) -> Generator[int]:
    """By the command that people start; its group of processes."""
    command = [sys.executable, "-m", "celery", *words(name)]
    with subprocess.Popen(command, env={**os.environ}, start_new_session=True) as process:
        yield process.pid
        end(process.pid)


@contextmanager
def forked_worker(name: str, folder: Path) -> Generator[int]:
    """The same, without the seconds of its imports."""
    group = folder / "group"
    asked = {"words": words(name), "environment": {**os.environ}, "group": str(group)}
    act, parent = "orchestration_project_tests.orchestration.forked_worker:work", forking.another()
    with ThreadPoolExecutor(1) as waiting_for_its_end:
        waiting_for_its_end.submit(parent.run, act, asked, folder / "told")
        until(group.exists)
        yield int(group.read_text())
        end(int(group.read_text()))
    parent.end()


def end(group: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


@pytest.fixture(scope="module")
def cluster(
    broker: None,
    handed_on_with_records: HandedOn,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("cluster")
    with (
        handed_on_with_records.lend() as database,
        open_world(folder, database) as world,
        pytest.MonkeyPatch.context() as environment,
    ):
        world.edit_playbook("playbook.yaml", "max_leads_per_run: 250", "max_leads_per_run: 1")
        home = folder / "of dagster"
        home.mkdir()
        shutil.copyfile(WORKING_COPY / "deploy" / "cluster" / "dagster.yaml", home / "dagster.yaml")
        for name, value in {
            "DAGSTER_HOME": str(home),
            "LEADS_HOME": str(world.home),
            "LEADS_PLAYBOOK": str(world.playbook_folder),
            "LEADS_DATABASE_URL": world.database_url,
            "LEADS_BROKER_URL": BROKER,
            "LEADS_RESULTS_URL": BROKER,
        }.items():
            environment.setenv(name, value)
        with (
            worker("one@test") as one,
            forked_worker("two@test", folder) as two,
            dg.DagsterInstance.from_config(str(home)) as instance,
        ):
            world.instance = instance
            yield Cluster(world, instance, [one, two])


def test_a_person_stops_a_run_of_a_worker(cluster: Cluster) -> None:
    there = cluster.world.home / "there"
    run = cluster.instance.create_run_for_job(
        waiting,
        run_config={"ops": {"wait": {"config": {"there": str(there)}}}},
        status=dg.DagsterRunStatus.STARTING,
        job_code_origin=dg.reconstructable(waiting).get_python_origin(),
    )
    cluster.launcher.launch_run(LaunchRunContext(run, None))
    until(Path(f"{there}.waits").exists)
    assert cluster.launcher.terminate(run.run_id)

    def now() -> dg.DagsterRun:
        found = cluster.instance.get_run_by_id(run.run_id)
        assert found is not None
        return found

    until(lambda: now().is_finished)
    assert now().status is dg.DagsterRunStatus.CANCELED
    assert is_alive(now().tags[PROCESS_TAG]), "the process goes on, with the next run"
    assert cluster.launcher.terminate(run.run_id) is False


def test_leads_go_through_two_workers_and_one_that_is_killed_loses_nothing(
    cluster: Cluster, priority_lead: dict[str, Any]
) -> None:
    refs = cluster.world.submit(
        *(
            priority_lead
            | {"id": f"c{number}", "name": f"Ann {name}", "email": f"ann@{name.lower()}-joinery.example"}
            for number, name in enumerate(("Hill", "Lake", "Wood", "Moor"))
        )
    )
    assert len(refs) == LEADS
    until(cluster.all_are_there)
    cluster.go_on()
    # each has one; asked once, since a lead may be through before one could ask again
    until(lambda: len({pid_of(holder) for holder in cluster.holders()}) == len(cluster.workers))
    cluster.kill(cluster.workers[0])

    def through() -> bool:
        cluster.go_on()
        return {lead.status for lead in cluster.world.ledger.stories.list_leads(refs=refs)} == {"done"}

    until(through)
    for lead in cluster.world.ledger.stories.list_leads(refs=refs):
        assert {line.status for line in lead.actions} == {"done"}
    world = cluster.world
    assert len([file for file in world.files() if file.endswith(".eml")]) == LEADS
    assert len([file for file in world.files() if file.endswith(".ics")]) == LEADS
    assert len((world.home / "chat.log").read_text().splitlines()) == LEADS
    for table in ("contacts", "notes", "tasks"):
        assert world.sql(f"SELECT count(*) AS there FROM local_crm.{table}") == [{"there": LEADS}]
