"""The sensor that starts the runs. It waits for work inside its tick, and reads no source.

What it does with what it finds is `dispatch.py`.
"""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass

import dagster as dg
from sqlalchemy import Engine

from orchestration_project.ledger import Ledger
from orchestration_project.ledger.bell import Bell
from orchestration_project.orchestration.dagster_internals import serves_code
from orchestration_project.orchestration.dispatch import Dispatcher, run_request
from orchestration_project.orchestration.graph import JOB
from orchestration_project.orchestration.own_records import insist_on_one_dagster
from orchestration_project.orchestration.pools import set_pool_limits
from orchestration_project.orchestration.resources import Workbench
from orchestration_project.orchestration.rules import current_playbook
from orchestration_project.orchestration.staying import TICK_SECONDS, has_to_leave, longest
from orchestration_project.orchestration.ticks import tick_failed
from orchestration_project.playbook.model import Playbook

NAME = "dispatcher"
LOOK_SECONDS = 1.0
"""How often a waiting tick looks at the ledger: one indexed query."""
REST_SECONDS = 3.0
"""The same where no lead is on its way, and the one that comes next rings."""
KEEP_GOING_SECONDS = 3.0
"""How often it looks after what is stuck: dead runs, connections that were away."""
_bells: dict[Engine, Bell] = {}
"""Those that nobody waits for at the moment: the next tick of the process takes the same session."""


@dataclass(frozen=True)
class Waiting:
    """A tick that hands out runs as soon as there is something to do."""

    dispatcher: Dispatcher
    monotonic: Callable[[], float] = time.monotonic
    wait: Callable[[float], object] = time.sleep
    is_heard: Callable[[], bool] = lambda: False
    """Whether a lead that comes ends the wait."""

    def tick(self) -> dg.SensorResult:
        """Raises PlaybookError while the rules on disk are broken, whether leads wait or not: no run is
        started then, and all the rest goes on."""
        begun = self.monotonic()
        looked_after = float("-inf")
        while True:
            # before the look: what comes right after it is heard
            is_heard = self.is_heard()
            at_rest = self.dispatcher.ledger.claims.at_rest()
            if at_rest:
                # nothing is stuck, and the lead that comes need not wait until this has looked after it
                looked_after = self.monotonic()
            elif self.monotonic() - looked_after >= KEEP_GOING_SECONDS:
                self.dispatcher.keep_going()
                looked_after = self.monotonic()
            current_playbook()
            claims = () if at_rest else self.dispatcher.claims()
            if claims:
                return dg.SensorResult(run_requests=[run_request(claim) for claim in claims])
            rests = at_rest and is_heard
            pause, stay = (REST_SECONDS, longest()) if rests else (LOOK_SECONDS, TICK_SECONDS)
            if has_to_leave() or self.monotonic() - begun + pause > stay:
                return dg.SensorResult(skip_reason=nothing_to_start(self.dispatcher.ledger))
            self.wait(pause)


def nothing_to_start(ledger: Ledger) -> str:
    """Why a tick started nothing, in words."""
    counts = ledger.stories.count("running", "waiting")
    under_way, waiting = counts.get("running", 0), counts.get("waiting", 0)
    told = ["Nothing to start."]
    if under_way:
        told.append(f"{_leads(under_way)} in runs.")
    if waiting:
        away = sorted(ledger.connections.waiting().items())
        whom = ", ".join(f"{number} for {name}" for name, number in away)
        told.append(f"{_leads(waiting)} waiting{f' ({whom})' if whom else ''}; they go on by themselves.")
    return " ".join(told)


def _leads(number: int) -> str:
    return "1 lead is" if number == 1 else f"{number} leads are"


@dg.sensor(
    name=NAME,
    job_name=JOB,
    minimum_interval_seconds=1,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts the runs of lead_intake: for leads that any source has delivered, and for those that "
    "have waited. Gives back what dead runs held, and asks connections that were away. Fails while the "
    "playbook has a mistake; leads wait until it is mended.",
)
def dispatcher(
    context: dg.SensorEvaluationContext,
    ledger: dg.ResourceParam[Ledger],
    workbench: dg.ResourceParam[Workbench],
    playbook: dg.ResourceParam[Playbook],
) -> dg.SensorResult:
    try:
        insist_on_one_dagster(context.instance)
        set_pool_limits(context.instance, playbook)
        with _bell(ledger.engine) as bell:
            started = Dispatcher(ledger, context.instance, playbook, workbench, context.log.warning)
            return Waiting(started, wait=bell.wait, is_heard=bell.is_heard).tick()
    except Exception as error:  # noqa: BLE001 - raised again, in words that may be shown
        failed = tick_failed("No runs are started:", error)
        raise failed from failed.__cause__


@contextmanager
def _bell(engine: Engine) -> Generator[Bell]:
    bell = _bells.pop(engine, None) or Bell(engine)
    try:
        yield bell
    finally:
        if not serves_code() or _bells.setdefault(engine, bell) is not bell:
            bell.close()
