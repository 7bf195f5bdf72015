"""Dagster's queue of runs, with an express lane: a run of ours that need not wait is launched at once.

Without it, it would wait for the next look at the queue. How many runs there may be, `dagster.yaml` says.
"""

import logging
import threading

import click
import dagster as dg

from orchestration_project.orchestration.dagster_internals import (
    ACTIVE_RUN_STATUSES,
    QueuedRunCoordinator,
    SubmitRunContext,
    command_of,
    look_at_sensors_every,
)
from orchestration_project.orchestration.launcher import WarmLauncher
from orchestration_project.orchestration.recover import LEASE_TAG
from orchestration_project.orchestration.ticks import SENSOR_LOG, OneLine

SENSORS_SECONDS = 1.0
"""So soon after a tick of the dispatcher begins the next; by itself Dagster takes five seconds, which a lead
that comes right behind another would wait."""


class Coordinator(QueuedRunCoordinator):
    """A daemon loads it, and so learns to say in one line what fails, to look at its sensors sooner, and to
    have a warm parent for the runs. In other processes it is Dagster's queue and no more."""

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # pyright: ignore[reportArgumentType] - dagster's own signature
        self._of_daemon = False
        self._one_counts = threading.Lock()
        log = logging.getLogger(SENSOR_LOG)
        if not any(isinstance(known, OneLine) for known in log.filters):
            log.addFilter(OneLine())

    def register_instance(self, instance: dg.DagsterInstance) -> None:
        super().register_instance(instance)
        context = click.get_current_context(silent=True)
        if context is not None and command_of(context) == "daemon":
            self._of_daemon = True
            look_at_sensors_every(SENSORS_SECONDS)
            if isinstance(instance.run_launcher, WarmLauncher):
                instance.run_launcher.warm_up()

    def submit_run(self, context: SubmitRunContext) -> dg.DagsterRun:
        # ours only: no limit by tag is about them, and their first op is in no pool
        if self._of_daemon and LEASE_TAG in context.dagster_run.tags:
            with self._one_counts:
                if self._has_room():
                    return self._instance.launch_run(context.dagster_run.run_id, context.workspace)
        return super().submit_run(context)

    def _has_room(self) -> bool:
        """A place is free, and nobody waits in the queue for it."""
        queue = self._instance.get_concurrency_config().run_queue_config
        if queue is None:
            return False
        wanted = dg.RunsFilter(statuses=[*ACTIVE_RUN_STATUSES, dg.DagsterRunStatus.QUEUED])
        statuses = [record.dagster_run.status for record in self._instance.get_run_records(wanted)]
        most = queue.max_concurrent_runs
        return dg.DagsterRunStatus.QUEUED not in statuses and (most < 0 or len(statuses) < most)
