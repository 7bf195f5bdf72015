"""A worker of a cluster: Celery hands it runs, and it executes each in a process that is warm already.

`celery --app orchestration_project.worker worker --concurrency 4`. Who hands over is
`orchestration/cluster.py`; where the broker is, `LEADS_BROKER_URL` says. What a run does is not its part.
"""

import os
from typing import Any

from celery import Celery, signals
from dagster import DagsterInstance
from dagster_celery.config import TASK_EXECUTE_JOB_NAME, TASK_RESUME_JOB_NAME
from dagster_celery.make_app import make_app

from orchestration_project.definitions import defs
from orchestration_project.errors import PlaybookError
from orchestration_project.orchestration.cluster import BROKER, RESULTS
from orchestration_project.orchestration.dagster_internals import execute_run, run_in
from orchestration_project.orchestration.own_records import OF_A_RUN
from orchestration_project.orchestration.rules import current_playbook
from orchestration_project.orchestration.warm import warm_up
from orchestration_project.orchestration.warm_parent import PROCESS_TAG
from orchestration_project.process import myself

RUNS_A_PROCESS = 200
"""Then a fresh one takes its place, so that nothing grows for ever."""


def build_app(broker: str, results: str) -> Celery:
    """As dagster-celery makes it for its launcher, with the two tasks that the launcher hands out."""
    app: Celery = make_app({"broker": broker, "backend": results})
    app.conf.update(
        worker_prefetch_multiplier=1,
        worker_disable_prefetch=True,  # Redis only: what waits is for whoever is free first
        worker_max_tasks_per_child=RUNS_A_PROCESS,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
    )

    @app.task(name=TASK_EXECUTE_JOB_NAME, track_started=True)
    def execute(execute_job_args_packed: dict[str, Any]) -> None:
        _carry_out(run_in(execute_job_args_packed), resume=False)

    @app.task(name=TASK_RESUME_JOB_NAME, track_started=True)
    def resume(resume_job_args_packed: dict[str, Any]) -> None:
        _carry_out(run_in(resume_job_args_packed), resume=True)

    return app


def _carry_out(run_id: str, *, resume: bool) -> None:
    # the instance of this machine, whose folders are not those of whoever launched the run
    execute_run(DagsterInstance.get(), run_id, {PROCESS_TAG: myself()}, resume=resume)


@signals.worker_init.connect
def _warm(**_: object) -> None:
    """Before the processes are forked that have it all from then on."""
    os.environ[OF_A_RUN] = "1"
    defs().get_repository_def()
    try:
        warm_up(current_playbook())
    except PlaybookError:
        return  # while the rules are broken, runs say so


# Celery looks for it by this name; on a machine without the variables it says what it could not reach
app = build_app(os.environ.get(BROKER, ""), os.environ.get(RESULTS, os.environ.get(BROKER, "")))
