"""The sensor that follows the records of truth, and the small job that carries their changes to our copies.

What is asked and learned is `records.py` of the package; what is written, `action/carry.py`.
"""

from collections.abc import Mapping, Sequence

import dagster as dg
from sqlalchemy.exc import DBAPIError

from orchestration_project.errors import LeadsError
from orchestration_project.healing.breaker import Breaker
from orchestration_project.healing.fate import describe
from orchestration_project.ledger import Ledger
from orchestration_project.model import Carried, LeaseLost, Receipt, ReceiptStatus, Ref
from orchestration_project.orchestration.carrying import Carrier
from orchestration_project.orchestration.resources import Workbench
from orchestration_project.orchestration.rules import current_playbook
from orchestration_project.orchestration.run_tags import lead_tags
from orchestration_project.orchestration.stage import guarded, side_by_side
from orchestration_project.orchestration.tables import receipt_table
from orchestration_project.orchestration.ticks import UNDER_WAY, tick_failed
from orchestration_project.playbook.model import Playbook
from orchestration_project.records import Following

NAME = "carry_records"
LOOK_SECONDS = 600
LEADS_A_RUN = 50
_OPEN = (ReceiptStatus.WAITING, ReceiptStatus.BEGUN)


class Behind(dg.Config):
    """Of which leads a record of truth was changed."""

    refs: list[str]


@dg.op(
    description="Brings our copies up to what the records of truth say, and stops sequences of those who "
    "have withdrawn their consent. What a person has made of a copy is left.",
    tags={"layer": "action"},
)
def carry(
    context: dg.OpExecutionContext,
    config: Behind,
    playbook: dg.ResourceParam[Playbook],
    ledger: dg.ResourceParam[Ledger],
    workbench: dg.ResourceParam[Workbench],
) -> None:
    receipts = guarded(lambda: _carry(context, config, playbook, ledger, workbench))
    context.add_output_metadata(receipt_table([each for some in receipts.values() for each in some]))
    for ref, some in receipts.items():
        for receipt in some:
            if receipt.status in (*_OPEN, ReceiptStatus.FAILED):
                context.log.warning("%s, %s: %s", ref, receipt.action, receipt.error or receipt.note)


def _carry(
    context: dg.OpExecutionContext, config: Behind, playbook: Playbook, ledger: Ledger, workbench: Workbench
) -> Mapping[Ref, Sequence[Receipt]]:
    breaker = Breaker(ledger.connections, ledger.clock, workbench.rules)
    breaker.refresh()
    carrier = Carrier(ledger, playbook, workbench.connected, breaker, workbench.clock, context.run_id)
    refs = [Ref(ref) for ref in config.refs]
    leads = [lead for ref in refs if (lead := ledger.follow_ups.lead(ref)) is not None]

    async def one(lead: Carried) -> list[Receipt]:
        return await carrier.carry(lead)

    done, failed = workbench.run(lambda: side_by_side(workbench.places, leads, one))
    for ref, error in failed.items():
        # it stays pending, and is met again with the next tick
        context.log.warning("%s could not be carried: %s", ref, describe(error))
        if not isinstance(error, LeaseLost | DBAPIError | LeadsError):
            ledger.attention.draw(ref, f"A change in a record could not be carried: {describe(error)}")
            ledger.held.carried(ref, ledger.held.of([ref])[ref])
    return done


@dg.job(
    name=NAME,
    description="Carries what changed in a record of truth to the copies that we have made of it.",
    executor_def=dg.in_process_executor,
)
def carry_job() -> None:
    carry()


@dg.sensor(
    name="records",
    job_name=NAME,
    minimum_interval_seconds=LOOK_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Asks CRM, mailing list and calendar every ten minutes what they say now of what we made "
    "there, and starts the run that carries changes on. How far each was read is kept in the ledger.",
)
def records_sensor(
    context: dg.SensorEvaluationContext,
    ledger: dg.ResourceParam[Ledger],
    workbench: dg.ResourceParam[Workbench],
    playbook: dg.ResourceParam[Playbook],
) -> dg.SensorResult:
    try:
        breaker = Breaker(ledger.connections, ledger.clock)
        breaker.refresh()
        followed = Following(ledger, playbook, workbench.connected, breaker, workbench.run).look()
        if context.instance.get_runs(dg.RunsFilter(job_name=NAME, statuses=UNDER_WAY), limit=1):
            return dg.SensorResult(skip_reason=f"{followed.words} The changes before are still under way.")
        refs = ledger.held.pending("carry", LEADS_A_RUN)
        if not refs:
            return dg.SensorResult(skip_reason=followed.words)
        current_playbook()
    except Exception as error:  # noqa: BLE001 - raised again, in words that may be shown
        failed = tick_failed("The records were not followed; the next tick looks again.", error)
        raise failed from failed.__cause__
    request = dg.RunRequest(
        job_name=NAME,
        run_config={"ops": {"carry": {"config": {"refs": list(refs)}}}},
        tags=lead_tags(refs),
    )
    return dg.SensorResult(run_requests=[request])
