"""The small job that tells the CRM what came after the first touch: sent mails, and calls that took place.

Who is due for it, `follow_up_sensor.py` finds out; what is written is `action/follow_up.py`.
"""

import dagster as dg
from sqlalchemy.exc import DBAPIError

from orchestration_project.action.autonomy import granted
from orchestration_project.action.base import Brief
from orchestration_project.action.once import Doer
from orchestration_project.action.registry import FOLLOW_UPS
from orchestration_project.connectors.base import settle_seconds
from orchestration_project.healing.breaker import Breaker
from orchestration_project.healing.fate import describe
from orchestration_project.ledger import Ledger
from orchestration_project.model import Carried, LeaseLost, Receipt, ReceiptStatus, Ref
from orchestration_project.orchestration.resources import Workbench
from orchestration_project.orchestration.stage import guarded, side_by_side
from orchestration_project.orchestration.tables import receipt_table
from orchestration_project.playbook.model import Playbook
from orchestration_project.playbook.tracks import TrackAction

NAME = "follow_up"


class Due(dg.Config):
    """Which leads are to be followed up, and with what."""

    action: str
    """sent_mail or call"""
    refs: list[str]


@dg.op(
    description="Logs a sent mail, or a call that took place, with each lead's contact in the CRM.",
    pool="crm",
    tags={"layer": "action"},
)
def log_in_crm(
    context: dg.OpExecutionContext,
    config: Due,
    playbook: dg.ResourceParam[Playbook],
    ledger: dg.ResourceParam[Ledger],
    workbench: dg.ResourceParam[Workbench],
) -> None:
    receipts = guarded(lambda: _log(context, config, playbook, ledger, workbench))
    context.add_output_metadata(receipt_table(receipts))
    failed = [
        receipt
        for receipt in receipts
        if receipt.status not in (ReceiptStatus.DONE, ReceiptStatus.SKIPPED, ReceiptStatus.PLANNED)
    ]
    if failed:
        told = [f"{receipt.ref}: {receipt.error or receipt.note}" for receipt in failed]
        raise dg.Failure(
            description="\n".join([*told, "It is tried again by itself, or when you re-execute this."]),
            metadata={"leads": ", ".join(receipt.ref for receipt in failed)},
            allow_retries=False,
        )


def _log(
    context: dg.OpExecutionContext, config: Due, playbook: Playbook, ledger: Ledger, workbench: Workbench
) -> list[Receipt]:
    action, connected = FOLLOW_UPS[config.action], workbench.connected
    breaker = Breaker(ledger.connections, ledger.clock, workbench.rules)
    breaker.refresh()
    doer = Doer(
        ledger=ledger,
        tools=connected,
        settles=settle_seconds(connected.crm),
        breaker=breaker,
        clock=workbench.clock,
        run_id=context.run_id,
        guarded=False,
    )
    autonomy = granted(action, playbook, embedded=connected.embedded("crm"))
    refs = [Ref(ref) for ref in config.refs]
    receipts = ledger.receipts.read(refs)
    leads = {ref: lead for ref in refs if (lead := ledger.follow_ups.lead(ref)) is not None}

    async def log(lead: Carried) -> Receipt | None:
        decided = ledger.follow_ups.decided(lead.ref)
        if decided is None:
            return None  # erased since the tick
        brief = Brief(
            context=decided.context,
            decision=decided.decision,
            playbook=playbook,
            receipts=receipts[lead.ref],
            call_took_place=ledger.follow_ups.call_took_place(lead.ref),
        )
        return await doer.once(action, TrackAction(action=action.name), brief, autonomy, lead)

    done, failed = workbench.run(lambda: side_by_side(workbench.places, tuple(leads.values()), log))
    logged = [receipt for receipt in done.values() if receipt is not None]
    for ref, error in failed.items():
        if isinstance(error, LeaseLost | DBAPIError):
            context.log.warning("%s could not be followed up: %s", ref, describe(error))
            continue
        # a mistake of ours, which would be met again with each tick
        receipt = Receipt(ref=ref, action=action.name, status=ReceiptStatus.FAILED, error=describe(error))
        logged.append(ledger.receipts.note(leads[ref], receipt, context.run_id, guarded=False))
    return logged


@dg.job(
    name=NAME,
    description="Tells the CRM what came after the first touch: mails that were sent, calls that took place.",
    executor_def=dg.in_process_executor,
)
def follow_up_job() -> None:
    log_in_crm()
