"""Runs are forked from a warm parent; they can be stopped, and it is noticed who kills one, or the parent."""

import errno
import os
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg2
import pytest
from sqlalchemy.exc import DBAPIError

from orchestration_project.installation import WORKING_COPY
from orchestration_project.orchestration import warm_parent
from orchestration_project.orchestration.dagster_internals import LaunchRunContext, WorkerStatus
from orchestration_project.orchestration.launcher import WarmLauncher, code_mark, is_ours, mark_of
from orchestration_project.orchestration.warm import insist_on_quiet
from orchestration_project.orchestration.warm_parent import (
    PROCESS_TAG,
    Ended,
    Gone,
    Order,
    Parent,
    WarmParent,
)
from orchestration_project.process import is_alive, myself, pid_of
from orchestration_project_tests import forking
from orchestration_project_tests.databases import HandedOn
from orchestration_project_tests.orchestration.launched import FORK, READ, waiting

PATIENCE = 60.0


def until(true: Callable[[], bool]) -> None:
    """Other processes take their time."""
    begun = time.monotonic()
    while not true():
        assert time.monotonic() - begun < PATIENCE
        time.sleep(0.02)


@dataclass
class Machine:
    """An instance with our dagster.yaml, whose launcher has a real parent."""

    instance: dg.DagsterInstance
    launcher: WarmLauncher
    folder: Path

    def create(self, file: str = "there") -> dg.DagsterRun:
        return self.instance.create_run_for_job(
            waiting,
            run_config={"ops": {"wait": {"config": {"there": str(self.folder / file)}}}},
            status=dg.DagsterRunStatus.STARTING,
            job_code_origin=dg.reconstructable(waiting).get_python_origin(),
        )

    def launch(self, file: str) -> dg.DagsterRun:
        """Answers once its op waits."""
        run = self.create(file)
        self.launcher.launch_run(LaunchRunContext(run, None))
        until((self.folder / f"{file}.waits").exists)
        return self.now(run)

    def now(self, run: dg.DagsterRun) -> dg.DagsterRun:
        found = self.instance.get_run_by_id(run.run_id)
        assert found is not None
        return found

    def ended(self, run: dg.DagsterRun) -> dg.DagsterRunStatus:
        until(lambda: self.now(run).is_finished)
        return self.now(run).status

    def said(self, run: dg.DagsterRun) -> str:
        return " ".join(
            entry.dagster_event.message or ""
            for entry in self.instance.all_logs(run.run_id)
            if entry.dagster_event is not None
        )


@pytest.fixture(scope="module")
def machine(handed_on_with_records: HandedOn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    folder = tmp_path_factory.mktemp("machine")
    shutil.copyfile(WORKING_COPY / "dagster.yaml", folder / "dagster.yaml")
    with handed_on_with_records.lend() as database, pytest.MonkeyPatch.context() as environment:
        environment.setenv("LEADS_HOME", str(folder / "home"))
        environment.setenv("LEADS_DATABASE_URL", database.url.render_as_string(hide_password=False))
        environment.setenv("LEADS_MIGRATED", "")
        with dg.DagsterInstance.from_config(str(folder)) as instance:
            launcher = instance.run_launcher
            assert isinstance(launcher, WarmLauncher)
            yield Machine(instance, launcher, folder)


def test_a_run_is_forked_and_says_which_process_it_is_in(machine: Machine) -> None:
    run = machine.launch("first")
    process = run.tags[PROCESS_TAG]
    assert is_alive(process)
    assert os.getpgid(pid_of(process)) == pid_of(process), "Ctrl-C in a terminal is not for it"
    assert machine.launcher.check_run_worker_health(run).status is WorkerStatus.RUNNING
    (machine.folder / "first").touch()
    assert machine.ended(run) is dg.DagsterRunStatus.SUCCESS
    until(lambda: is_alive(process) is False)
    assert machine.launcher.check_run_worker_health(run).status is WorkerStatus.FAILED
    assert machine.launcher.terminate(run.run_id) is False


def test_a_person_stops_a_run(machine: Machine) -> None:
    run = machine.launch("stopped")
    assert machine.launcher.terminate(run.run_id)
    assert machine.ended(run) is dg.DagsterRunStatus.CANCELED


def test_that_a_runs_process_was_killed_is_known_at_once(machine: Machine) -> None:
    run = machine.launch("killed")
    os.kill(pid_of(run.tags[PROCESS_TAG]), signal.SIGKILL)
    assert machine.ended(run) is dg.DagsterRunStatus.FAILURE
    assert "SIGKILL" in machine.said(run)


def test_one_that_was_being_stopped_and_dies_is_stopped(machine: Machine) -> None:
    run = machine.launch("killed while stopped")
    machine.instance.report_run_canceling(run)
    os.kill(pid_of(run.tags[PROCESS_TAG]), signal.SIGKILL)
    assert machine.ended(run) is dg.DagsterRunStatus.CANCELED


def test_runs_outlive_their_parent(machine: Machine) -> None:
    run = machine.launch("outlives")
    parent = machine.launcher._parent
    assert isinstance(parent, WarmParent) and parent._process is not None
    parent._process.kill()
    until(lambda: machine.launcher._parent is None)
    assert machine.launcher.check_run_worker_health(run).status is WorkerStatus.RUNNING
    (machine.folder / "outlives").touch()
    assert machine.ended(run) is dg.DagsterRunStatus.SUCCESS


@dataclass
class Recorded:
    """A parent that only notes what it is asked."""

    ended: Ended
    gone: Gone
    ready: bool = True
    orders: list[Order] = field(default_factory=list[Order])
    left: bool = False
    unreachable: bool = False

    def is_ready(self, seconds: float) -> bool:
        return self.ready

    def fork(self, order: Order) -> int:
        if self.unreachable:
            raise OSError(errno.EBADF, "Bad file descriptor")
        self.orders.append(order)
        return 1

    def leave(self) -> None:
        self.left = True


class Recording(WarmLauncher):
    """With such parents, and a note of what is left to Dagster."""

    def __init__(self) -> None:
        self.parents: list[Recorded] = []
        self.cold: list[str] = []
        super().__init__(make_parent=self._recorded)

    def _recorded(self, ended: Ended, gone: Gone) -> Recorded:
        self.parents.append(Recorded(ended, gone))
        return self.parents[-1]


@pytest.fixture
def recording(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recording]:
    launcher = Recording()
    launcher.register_instance(machine.instance)

    def cold(_: dg.DefaultRunLauncher, context: LaunchRunContext) -> None:
        launcher.cold.append(context.dagster_run.run_id)

    monkeypatch.setattr(dg.DefaultRunLauncher, "launch_run", cold)
    playbook = machine.folder / "playbook"
    shutil.copytree(WORKING_COPY / "playbook", playbook, dirs_exist_ok=True)
    monkeypatch.setenv("LEADS_PLAYBOOK", str(playbook))
    yield launcher
    launcher.dispose()


def test_there_is_another_parent_after_a_change_of_the_rules_and_after_a_death(
    machine: Machine, recording: Recording
) -> None:
    run = machine.create()
    for _ in range(2):
        recording.launch_run(LaunchRunContext(run, None))
    (first,) = recording.parents
    assert len(first.orders) == 2 and not first.left
    (machine.folder / "playbook" / "connections.yaml").open("a").write("# changed\n")
    recording.launch_run(LaunchRunContext(run, None))
    first, second = recording.parents
    assert first.left and len(second.orders) == 1, "runs that the first one has end in peace"
    recording._gone(second)
    recording.launch_run(LaunchRunContext(run, None))
    assert len(recording.parents) == 3
    assert recording.cold == []


def test_what_no_parent_can_start_is_left_to_dagster(machine: Machine, recording: Recording) -> None:
    run = machine.create()
    recording.warm_up()
    recording.parents[0].ready = False
    recording.launch_run(LaunchRunContext(run, None))
    assert recording.cold == [run.run_id] and recording.parents[0].orders == []


def test_a_parent_that_cannot_be_asked_is_replaced_and_its_run_left_to_dagster(
    machine: Machine, recording: Recording
) -> None:
    run = machine.create()
    recording.warm_up()
    recording.parents[0].unreachable = True
    recording.launch_run(LaunchRunContext(run, None))
    assert recording.cold == [run.run_id]
    recording.launch_run(LaunchRunContext(run, None))
    assert [len(parent.orders) for parent in recording.parents] == [0, 1]


@pytest.mark.parametrize("error", [psycopg2.OperationalError, DBAPIError("", (), Exception())])
def test_a_process_that_ends_while_the_database_is_away_ends_nothing_else(
    machine: Machine, recording: Recording, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def away(_run_id: str) -> dg.DagsterRun:
        raise error

    monkeypatch.setattr(machine.instance, "get_run_by_id", away)
    recording._ended("a run", -signal.SIGKILL)


def test_a_parent_is_given_up_where_what_it_says_ends_in_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    gone: list[Parent] = []
    ours, its = socket.socketpair()
    monkeypatch.setattr(warm_parent, "_forked", lambda: (ours, None))
    monkeypatch.setattr(threading, "excepthook", _nothing)
    parent = WarmParent(ended=_nothing, gone=gone.append)
    with its:
        its.sendall(b'{"ready": 1}\nno words of ours\n')
        until(lambda: gone == [parent])
        with pytest.raises(OSError, match="Bad file descriptor"):
            parent.fork(Order("a run", "an instance"))


def _nothing(*_: object) -> None:
    pass


def test_runs_of_other_code_are_left_to_dagster(machine: Machine) -> None:
    run = machine.create()
    assert is_ours(run)
    origin = run.job_code_origin
    assert origin is not None
    elsewhere: list[Any] = [
        None,
        origin._replace(
            repository_origin=origin.repository_origin._replace(executable_path="/usr/bin/python")
        ),
    ]
    assert [is_ours(run._replace(job_code_origin=other)) for other in elsewhere] == [False, False]


def test_a_process_with_threads_or_connections_is_not_forked() -> None:
    ours, its = socket.socketpair()
    with ours, its, pytest.raises(RuntimeError, match="may not be forked"):
        insist_on_quiet()


def test_what_is_forked_looks_for_rubbish_whatever_its_parent_does(tmp_path: Path) -> None:
    assert forking.parent().run(FORK, None, tmp_path / "told") == 0, (tmp_path / "told").read_text()


def test_what_is_forked_has_the_words_for_a_forms_questions(tmp_path: Path) -> None:
    assert forking.parent().run(READ, None, tmp_path / "told") == 0, (tmp_path / "told").read_text()


def test_the_mark_of_rules_that_cannot_be_read_is_one_too(tmp_path: Path) -> None:
    assert mark_of(tmp_path / "none") == mark_of(tmp_path / "none") != mark_of(WORKING_COPY / "playbook")


def test_the_mark_of_the_code_changes_with_a_module_in_any_folder_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration_project.orchestration.launcher._PACKAGE", tmp_path)
    module = tmp_path / "ledger" / "tables" / "work.py"
    module.parent.mkdir(parents=True)
    for file in (module, tmp_path / "clock.py"):
        file.touch()
        os.utime(file, ns=(1, 1))
    before = code_mark()
    (tmp_path / "notes.txt").touch()
    assert code_mark() == before
    os.utime(module, ns=(2, 2))
    assert code_mark() != before


def test_a_process_is_named_with_its_number() -> None:
    assert pid_of(myself()) == os.getpid()
