"""Runs on more than one machine: dagster-celery's launcher, and what it does not do by itself.

Who is handed a run is `worker.py`. `deploy/cluster/dagster.yaml` names the class; it needs the extra
`cluster`.
"""

import warnings
from collections.abc import Generator
from contextlib import contextmanager

import dagster as dg
from dagster_celery.launcher import CeleryRunLauncher

from orchestration_project.orchestration.dagster_internals import (
    CheckRunHealthResult,
    LaunchRunContext,
    ResumeRunContext,
    WorkerStatus,
)
from orchestration_project.orchestration.warm_parent import PROCESS_TAG
from orchestration_project.process import is_alive

BROKER, RESULTS = "LEADS_BROKER_URL", "LEADS_RESULTS_URL"
"""Of the environment: where runs are handed out, and where Celery keeps what it knows of them."""


class ClusterLauncher(CeleryRunLauncher):
    """A run that a person stops is stopped, and one whose process died on this machine is seen at once. That
    of another machine is noticed by the session with which it held its leads (`recover.py`)."""

    def launch_run(self, context: LaunchRunContext) -> None:
        with _quiet():
            super().launch_run(context)

    def resume_run(self, context: ResumeRunContext) -> None:
        with _quiet():
            super().resume_run(context)

    def terminate(self, run_id: str) -> bool:
        run = self._instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            return False
        # or its end would look like a death, after which the leads go on in another run
        self._instance.report_run_canceling(run)
        return super().terminate(run_id)

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        process = run.tags.get(PROCESS_TAG)
        if is_alive(process) is False:
            return CheckRunHealthResult(WorkerStatus.FAILED, f"its process ({process}) has ended")
        # Celery says of a worker that was killed that it is at work, and that will never change
        return super().check_run_worker_health(run)


@contextmanager
def _quiet() -> Generator[None]:
    """dagster-celery names its task anew for each run, and Celery says so each time."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Task name .* is already registered")
        yield
