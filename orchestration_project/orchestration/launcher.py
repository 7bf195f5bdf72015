"""Starts the runs of this project on one machine: each is forked from a warm parent. `dagster.yaml` names the
class; without it, a run begins with two seconds in which Python imports everything anew.

Runs of other code locations, and all runs where no parent gets warm, are started as Dagster does by itself.
"""

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import psycopg2
from sqlalchemy.exc import DBAPIError

from orchestration_project.errors import LeadsError
from orchestration_project.installation import WORKING_COPY, here
from orchestration_project.orchestration.dagster_internals import (
    CheckRunHealthResult,
    ConfigurableClassData,
    LaunchRunContext,
    ResumeRunContext,
    WorkerStatus,
    instance_in_words,
)
from orchestration_project.orchestration.warm_parent import (
    PROCESS_TAG,
    Ended,
    Gone,
    Order,
    Parent,
    WarmParent,
)
from orchestration_project.playbook.files import fingerprint
from orchestration_project.process import is_alive, pid_of

WARM_SECONDS = 90.0
"""So long a run waits for a parent that is still warming up."""
LOOK_SECONDS = 5.0
"""How often somebody looks whether code and rules are still those that the parent has loaded."""
PAUSE_SECONDS = 5.0
"""Before the next one, where one has died while it was warming up."""
_PACKAGE = WORKING_COPY / "orchestration_project"
_log = logging.getLogger("dagster.run_launcher")


class WarmLauncher(dg.DefaultRunLauncher):
    """One for each process that opens the instance; the parent is the daemon's, which launches all runs."""

    def __init__(
        self,
        inst_data: ConfigurableClassData | None = None,
        make_parent: Callable[[Ended, Gone], Parent] = WarmParent,
    ) -> None:
        super().__init__(inst_data)
        self._make_parent = make_parent
        self._guard = threading.RLock()
        self._parent: Parent | None = None
        self._mark = ""
        self._over = threading.Event()

    def warm_up(self) -> None:
        """Begins at once, and sees to it that there is a warm parent with the newest rules from now on."""
        self._renewed()
        threading.Thread(target=self._look_after, name="warm-parent-watch", daemon=True).start()

    def launch_run(self, context: LaunchRunContext) -> None:
        run = context.dagster_run
        parent = self._renewed() if is_ours(run) else None
        if parent is None or not parent.is_ready(WARM_SECONDS):
            super().launch_run(context)
            return
        try:
            self._fork(parent, run.run_id, resume=False)
        except OSError:  # it was not asked
            self._forget(parent)
            super().launch_run(context)

    @property
    def supports_resume_run(self) -> bool:
        return True

    def resume_run(self, context: ResumeRunContext) -> None:
        self._fork(self._renewed(), context.dagster_run.run_id, resume=True)

    def terminate(self, run_id: str) -> bool:
        run = self._instance.get_run_by_id(run_id)
        process = run.tags.get(PROCESS_TAG) if run is not None else None
        if run is None or process is None:
            return super().terminate(run_id)
        if run.is_finished:
            return False
        self._instance.report_run_canceling(run)
        if is_alive(process):
            os.kill(pid_of(process), signal.SIGINT)
            return True
        where = "has ended" if is_alive(process) is False else "is on another machine"
        self._instance.report_engine_event(f"The run's process ({process}) {where}.", run, cls=type(self))
        return False

    @property
    def supports_check_run_worker_health(self) -> bool:
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        process = run.tags.get(PROCESS_TAG)
        if process is not None and is_alive(process) is False:
            return CheckRunHealthResult(WorkerStatus.FAILED, f"its process ({process}) has ended")
        return CheckRunHealthResult(WorkerStatus.RUNNING)

    def dispose(self) -> None:
        self._over.set()
        with self._guard:
            if self._parent is not None:
                self._parent.leave()
            self._parent = None
        super().dispose()

    def _fork(self, parent: Parent, run_id: str, *, resume: bool) -> None:
        process = parent.fork(Order(run_id, instance_in_words(self._instance), resume))
        _log.debug("Run %s is in process %s.", run_id, process)

    def _renewed(self) -> Parent:
        """The parent, after a change of code or rules another one."""
        mark = mark_of(here().playbook)
        with self._guard:
            if self._parent is None or self._mark != mark:
                if self._parent is not None:
                    self._parent.leave()
                self._parent, self._mark = self._make_parent(self._ended, self._gone), mark
            return self._parent

    def _look_after(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            self._renewed()

    def _gone(self, parent: Parent) -> None:
        if not parent.is_ready(0) and not self._over.is_set():
            _log.warning("The warm parent of the runs' processes cannot start; what it said is above.")
            time.sleep(PAUSE_SECONDS)
        self._forget(parent)

    def _forget(self, parent: Parent) -> None:
        with self._guard:
            if self._parent is parent:
                self._parent = None

    def _ended(self, run_id: str, code: int) -> None:
        """Of a process that ended otherwise than by itself, nobody else would know for some seconds.

        While the database is away as well, Dagster's own look at its runs has to find it."""
        try:
            self._tell_of_end(run_id, code)
        except (psycopg2.Error, DBAPIError) as error:
            _log.warning(
                "The end of a process could not be told of, run %s: %s", run_id, type(error).__name__
            )

    def _tell_of_end(self, run_id: str, code: int) -> None:
        run = self._instance.get_run_by_id(run_id) if code else None
        if run is None or run.is_finished:
            return
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        if run.status is dg.DagsterRunStatus.CANCELING:
            self._instance.report_run_canceled(run, f"Its process {how}.")
        else:
            self._instance.report_run_failed(run, f"The run's process {how}; its leads are given back.")


def is_ours(run: dg.DagsterRun) -> bool:
    """Of this project, and of this Python: the parent has loaded what its code needs."""
    origin = run.job_code_origin.repository_origin if run.job_code_origin is not None else None
    return (
        origin is not None
        and origin.executable_path == sys.executable
        and _PACKAGE.name in origin.code_pointer.describe()
    )


def mark_of(playbook: Path) -> str:
    """Of all that the parent has loaded: rules, connections and code. While it is the same, they are."""
    try:
        return f"{fingerprint(playbook)} {code_mark()}"
    except (OSError, LeadsError):
        return f"unreadable {code_mark()}"


def code_mark() -> str:
    """Changes with each change of this project's code."""
    return str(_newest(os.fspath(_PACKAGE)))


def _newest(folder: str) -> int:
    """Looked at every few seconds by two processes: `Path.rglob` takes four times as long."""
    newest = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".py"):
                newest = max(newest, entry.stat().st_mtime_ns)
            elif entry.name != "__pycache__" and entry.is_dir(follow_symlinks=False):
                newest = max(newest, _newest(entry.path))
    return newest
