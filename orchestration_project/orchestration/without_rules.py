"""What the code location has in it when it is loaded while the playbook has a mistake: a sensor and a job
that say which. Leads wait, and go on by themselves once it is mended.

The whole graph and the form sources come from the playbook; see `graph.py` and `sources.py`.
"""

import os

import dagster as dg

from orchestration_project.errors import PlaybookError
from orchestration_project.installation import locate
from orchestration_project.ledger import Ledger
from orchestration_project.orchestration.data_ops import Intake
from orchestration_project.orchestration.dispatch import Dispatcher
from orchestration_project.orchestration.dispatcher import NAME, Waiting
from orchestration_project.orchestration.graph import JOB
from orchestration_project.orchestration.resources import LedgerResource, connector_context, open_workbench
from orchestration_project.orchestration.rules import current_playbook
from orchestration_project.orchestration.ticks import TickFailed, tick_failed

RELOAD = (
    "The playbook is whole again, and leads go on. When Dagster loaded it, it had a mistake: reload the code "
    "location `leads` (under Deployment), so that form sources are read and tracks are shown."
)


def definitions_without_rules(error: PlaybookError, ledger: LedgerResource) -> dg.Definitions:
    return dg.Definitions(jobs=[_job(str(error))], sensors=[dispatcher], resources={"ledger": ledger})


def _job(words: str) -> dg.JobDefinition:
    """With the run config of the real one: a run that was started meanwhile says what is wrong, and takes no
    lead; one whose process finds the playbook whole is the real one."""

    @dg.op(description=words)
    def receive(config: Intake) -> None:  # noqa: ARG001 - what a run is asked for
        raise dg.Failure(words, allow_retries=False)

    @dg.graph
    def data() -> None:
        receive()

    @dg.graph(name=JOB, description=f"No lead can be worked on. {words}")
    def lead_intake() -> None:
        data()

    return lead_intake.to_job()


@dg.sensor(
    name=NAME,
    job_name=JOB,
    minimum_interval_seconds=1,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="The playbook has a mistake, which each tick tells; leads wait until it is mended.",
)
def dispatcher(context: dg.SensorEvaluationContext, ledger: dg.ResourceParam[Ledger]) -> dg.SensorResult:
    try:
        playbook = current_playbook()
        given = connector_context(playbook, locate(os.environ).home, ledger)
        with open_workbench(playbook, given) as workbench:
            waiting = Dispatcher(ledger, context.instance, playbook, workbench, context.log.warning)
            found = Waiting(waiting).tick()
    except Exception as error:  # noqa: BLE001 - raised again, in words that may be shown
        failed = tick_failed("No runs are started:", error)
        raise failed from failed.__cause__
    if not found.run_requests:
        raise TickFailed(RELOAD)
    return found
