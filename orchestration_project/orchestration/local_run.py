"""Processing what is pending in this very process, for `leads run` and `leads demo`.

The same job on the same persisted instance as the sensors' runs, without daemon or queue.
"""

import time
from collections.abc import Callable
from uuid import uuid4

import dagster as dg

from orchestration_project.errors import LeadsError
from orchestration_project.ledger import Ledger
from orchestration_project.model import Ref
from orchestration_project.orchestration.dispatch import Dispatcher, run_config, run_tags
from orchestration_project.playbook.model import Playbook


def process_pending(
    instance: dg.DagsterInstance,
    ledger: Ledger,
    playbook: Playbook,
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[Ref, ...]:
    """Runs until nothing is pending; leads that failed in company have had a run of their own by then.

    Answers the leads it took. Those another process has claimed are that one's business.
    """
    job = dg.build_reconstructable_job(
        "orchestration_project.definitions",
        "lead_intake",
        reconstructable_kwargs={"asked": uuid4().hex},
    )
    dispatcher = Dispatcher(ledger, instance, playbook.limits)
    taken: dict[Ref, None] = {}
    while True:
        dispatcher.recover()
        claims = ledger.work.claim(max_leads=playbook.limits.max_leads_per_run, max_runs=1)
        for claim in claims:
            taken.update(dict.fromkeys(claim.refs))
            result = dg.execute_job(  # unlike `execute_in_process`, with the job's own executor
                job,
                instance,
                # what becomes of the leads, the caller shows
                run_config=run_config(claim, console="CRITICAL"),
                tags=run_tags(claim),
            )
            if not result.success and ledger.work.size_of_run(result.run_id) == 0:
                raise LeadsError(f"A run failed before it took its leads: {_why(result)}")
        if not claims:
            wait = ledger.work.seconds_until_claimable()
            if wait is None:
                return tuple(taken)
            sleep(min(wait, 1.0))


def _why(result: dg.JobExecutionResult) -> str:
    """The innermost reason Dagster gives for a failed run."""
    for event in reversed(result.all_events):
        if event.event_type is dg.DagsterEventType.RUN_FAILURE and event.job_failure_data.error:
            error = event.job_failure_data.error
            while error.cause:
                error = error.cause
            return error.message.strip()
    return f"run {result.run_id} in the Dagster UI says more."
