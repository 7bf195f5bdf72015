"""The sensor that starts the runs. It waits for work inside its tick, and reads no source.

What it does with what it finds is `dispatch.py`.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import dagster as dg

from orchestration_project.healing.fate import shown
from orchestration_project.ledger import Ledger
from orchestration_project.orchestration.dispatch import Dispatcher, run_request
from orchestration_project.orchestration.graph import JOB
from orchestration_project.orchestration.pools import set_pool_limits
from orchestration_project.orchestration.resources import Workbench
from orchestration_project.playbook.model import Playbook

TICK_SECONDS = 13.8
"""Dagster's daemon looks at its sensors every 5 s, so a tick ends a little before every third look: one that
ends a moment after a look leaves leads waiting for the next."""
LOOK_SECONDS = 0.2
"""How often a waiting tick looks at the ledger: one indexed query."""
KEEP_GOING_SECONDS = 3.0
"""How often it looks after what is stuck: dead runs, connections that were away."""


@dataclass(frozen=True)
class Waiting:
    """A tick that hands out runs as soon as there is something to do."""

    dispatcher: Dispatcher
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def tick(self) -> dg.SensorResult:
        """Raises PlaybookError while the rules on disk are broken and leads wait."""
        begun = self.monotonic()
        looked_after = float("-inf")
        while True:
            if self.monotonic() - looked_after >= KEEP_GOING_SECONDS:
                self.dispatcher.keep_going()
                looked_after = self.monotonic()
            claims = self.dispatcher.claims()
            if claims:
                return dg.SensorResult(run_requests=[run_request(claim) for claim in claims])
            if self.monotonic() - begun + LOOK_SECONDS > TICK_SECONDS:
                return dg.SensorResult(skip_reason="Nothing to do.")
            self.sleep(LOOK_SECONDS)


@dg.sensor(
    name="dispatcher",
    job_name=JOB,
    minimum_interval_seconds=1,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts the runs: for leads that any source has delivered, and for those whose waiting is "
    "over. Gives back what dead runs held, and asks connections that were away.",
)
def dispatcher(
    context: dg.SensorEvaluationContext,
    ledger: dg.ResourceParam[Ledger],
    workbench: dg.ResourceParam[Workbench],
    playbook: dg.ResourceParam[Playbook],
) -> dg.SensorResult:
    waiting = Waiting(Dispatcher(ledger, context.instance, playbook, workbench, context.log.warning))
    try:
        set_pool_limits(context.instance, playbook)
        return waiting.tick()
    except Exception as error:  # noqa: BLE001 - raised again, in words that may be shown
        told = shown(error)
        raise dg.Failure(f"No runs are started: {told}") from told
