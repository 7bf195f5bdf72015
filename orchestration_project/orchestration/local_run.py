"""Processing what is there in this very process, for `leads run` and `leads demo`.

The same job on the same persisted instance as the dispatcher's runs, without daemon or queue.
"""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import dagster as dg

from orchestration_project.connecting import connector_context
from orchestration_project.errors import LeadsError
from orchestration_project.healing.breaker import Breaker
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.claims import Claim
from orchestration_project.model import Ref
from orchestration_project.orchestration.dispatch import Dispatcher, run_config, run_tags
from orchestration_project.orchestration.own_output import passed_on_later
from orchestration_project.orchestration.pools import set_pool_limits
from orchestration_project.orchestration.resources import open_workbench
from orchestration_project.orchestration.twins import TwinFinder
from orchestration_project.playbook.model import Playbook

Executed = dg.JobExecutionResult | dg.ExecuteInProcessResult

PATIENCE = 8.0
"""Seconds. What waits longer than that is left to `leads dev`, or to the next `leads run`."""
_LOOK_SECONDS = 1.0


class Execute(Protocol):
    """Runs the job with a claim, and answers what Dagster says of it."""

    def __call__(self, claim: Claim, instance: dg.DagsterInstance) -> Executed: ...


def execute(claim: Claim, instance: dg.DagsterInstance) -> dg.JobExecutionResult:
    """As the daemon's runs are executed, in this process: with the playbook as it is now."""
    job = dg.build_reconstructable_job(
        "orchestration_project.definitions",
        "lead_intake",
        reconstructable_kwargs={"asked": uuid4().hex},
    )
    with passed_on_later():
        return dg.execute_job(  # unlike `execute_in_process`, with the job's own executor
            job,
            instance,
            # what becomes of the leads, the caller shows
            run_config=run_config(claim, console="CRITICAL"),
            tags=run_tags(claim),
        )


@contextmanager
def local_dispatcher(
    ledger: Ledger,
    instance: dg.DagsterInstance,
    playbook: Playbook,
    home: Path,
    log: Callable[[str], None] = lambda _: None,
) -> Generator[Dispatcher]:
    """A dispatcher of this process, with connectors of its own; `log` is told what it notices."""
    with open_workbench(playbook, connector_context(playbook, home, ledger)) as workbench:
        yield Dispatcher(ledger, instance, playbook, workbench, log)


def _look_again_soon(seconds: float) -> None:
    """Sleeps for so long, or less: other processes bring work too."""
    time.sleep(min(max(seconds, 0.05), _LOOK_SECONDS))


def process_pending(
    dispatcher: Dispatcher,
    *,
    sleep: Callable[[float], None] = _look_again_soon,
    execute: Execute = execute,
    patience: float = PATIENCE,
) -> tuple[Ref, ...]:
    """Runs until nothing is left whose time comes within `patience` seconds. Answers the leads it took;
    those another process has claimed are that one's business. `sleep` is told in how many seconds the next
    one's time comes."""
    ledger, instance = dispatcher.ledger, dispatcher.instance
    taken: dict[Ref, None] = {}
    set_pool_limits(instance, dispatcher.playbook)
    # the sensor that looks for them is the daemon's
    look_for_twins(dispatcher)
    while True:
        dispatcher.keep_going()
        claims = dispatcher.claims(max_runs=1)
        for claim in claims:
            taken.update(dict.fromkeys(claim.refs))
            result = execute(claim, instance)
            if not result.success and ledger.runs.size(result.run_id) == 0:
                raise LeadsError(f"A run failed before it took its leads: {_why(result)}")
        if not claims:
            wait = _seconds_until_work(ledger)
            if wait is None or wait > patience:
                return tuple(taken)
            sleep(wait)


def look_for_twins(dispatcher: Dispatcher) -> None:
    """What was begun twice in an earlier run, and whose time has come to be looked at once more."""
    breaker = Breaker(dispatcher.ledger.connections, dispatcher.ledger.clock)
    breaker.refresh()
    finder = TwinFinder(dispatcher.ledger, dispatcher.workbench, dispatcher.playbook, breaker, dispatcher.log)
    finder.look()


def _seconds_until_work(ledger: Ledger) -> float | None:
    """Until a lead's time has come, or until a connection that leads wait for is asked again."""
    waiting, now = ledger.connections.waiting(), ledger.clock()
    waits = [
        max(0.0, (state.next_probe - now).total_seconds())
        for state in ledger.connections.read().values()
        if state.state == "open" and state.next_probe is not None and waiting.get(state.name)
    ]
    own = ledger.claims.seconds_until_claimable()
    return min([*waits, *([own] if own is not None else [])], default=None)


def _why(result: Executed) -> str:
    """The innermost reason Dagster gives for a failed run."""
    for event in reversed(result.all_events):
        if event.event_type is dg.DagsterEventType.RUN_FAILURE and event.job_failure_data.error:
            error = event.job_failure_data.error
            while error.cause:
                error = error.cause
            return error.message.strip()
    return f"run {result.run_id} in the Dagster UI says more."
