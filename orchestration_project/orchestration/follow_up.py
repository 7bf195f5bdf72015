"""The sensor that notices sent drafts and passed calls, and the small job that logs them in the CRM.

A tick only looks; what it finds due is done in a run, with retries and a red box. What is written is
`action/follow_up.py`, who is due `ledger/follow_ups.py`.
"""

import dagster as dg

from orchestration_project.action.autonomy import granted
from orchestration_project.action.base import Brief
from orchestration_project.action.follow_up import CALL, FOLLOW_UPS, SENT_MAIL
from orchestration_project.action.once import Doer
from orchestration_project.errors import LeadsError
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.follow_ups import OpenDraft
from orchestration_project.model import Batch, Frozen, Receipt, ReceiptStatus, Ref
from orchestration_project.orchestration.action_ops import tools_of
from orchestration_project.orchestration.dispatch import REF_TAG, check_rules
from orchestration_project.orchestration.each_lead import RETRY, describe, is_final, side_by_side
from orchestration_project.orchestration.resources import Workbench
from orchestration_project.orchestration.tables import receipt_table
from orchestration_project.playbook.model import Playbook, TrackAction

NAME = "follow_up"
DRAFTS_A_TICK = 50
LEADS_A_RUN = 50
_UNDER_WAY = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


class Due(dg.Config):
    """Which leads are to be followed up, and with what."""

    action: str
    """sent_mail or call"""
    refs: list[str]


class DueLead(Frozen):
    ref: Ref


@dg.op(
    description="Logs a sent mail, or a call whose time has passed, with each lead's contact in the CRM.",
    retry_policy=RETRY,
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
    action, connected = FOLLOW_UPS[config.action], workbench.connected
    doer = Doer(ledger, tools_of(connected), workbench.clock, context.run_id)
    autonomy = granted(action, playbook, embedded=connected.embedded("crm"))
    batch = Batch[DueLead](items=tuple(DueLead(ref=Ref(ref)) for ref in config.refs))
    receipts = ledger.receipts.read(batch.refs)

    async def log(item: DueLead) -> Receipt | None:
        decided = ledger.follow_ups.decided(item.ref)
        if decided is None:
            return None  # erased since the tick
        brief = Brief(
            context=decided.context,
            decision=decided.decision,
            playbook=playbook,
            receipts=receipts[item.ref],
        )
        return await doer.once(action, TrackAction(action=action.name), brief, autonomy)

    done, failures = workbench.run(lambda: side_by_side(workbench.places, batch, log))
    context.add_output_metadata(receipt_table([receipt for receipt in done if receipt is not None]))
    if failures:
        raise _failure(ledger, action.name, failures, context.run_id)


def _failure(
    ledger: Ledger, action: str, failures: tuple[tuple[Ref, Exception], ...], run_id: str
) -> dg.Failure:
    for ref, error in failures:
        if not isinstance(error, LeadsError):
            # of these nothing is noted yet, and the next tick would meet them again
            failed = Receipt(ref=ref, action=action, status=ReceiptStatus.FAILED, error=describe(error))
            ledger.receipts.write(failed, run_id)
    told = [f"{ref}: {describe(error)}" for ref, error in failures]
    return dg.Failure(
        description="\n".join([*told, "What failed is tried again in a day, or when you re-execute this."]),
        metadata={"leads": ", ".join(ref for ref, _ in failures)},
        allow_retries=any(not is_final(error) for _, error in failures),
    )


@dg.job(
    name=NAME,
    description="Tells the CRM what came after the first touch: mails that were sent, calls that took place.",
    executor_def=dg.in_process_executor,
)
def follow_up_job() -> None:
    log_in_crm()


@dg.sensor(
    name=NAME,
    job_name=NAME,
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Drafts that a person has sent, and calendar slots with a lead that have passed.",
)
def follow_up_sensor(
    context: dg.SensorEvaluationContext,
    ledger: dg.ResourceParam[Ledger],
    workbench: dg.ResourceParam[Workbench],
    playbook: dg.ResourceParam[Playbook],
) -> dg.SensorResult:
    """The cursor is the lead whose draft was asked for last: the drafts are gone through in rounds."""
    cursor = context.cursor
    if context.instance.get_runs(dg.RunsFilter(job_name=NAME, statuses=_UNDER_WAY), limit=1):
        return dg.SensorResult(skip_reason="The follow-ups before these are still under way.", cursor=cursor)
    embedded = workbench.connected.embedded("crm")
    allowed = {
        name: granted(action, playbook, embedded=embedded) >= action.needs
        for name, action in FOLLOW_UPS.items()
    }
    calls = ledger.follow_ups.passed_calls(LEADS_A_RUN, allowed=allowed[CALL.name])
    if calls:
        return _request(CALL.name, calls, cursor)
    after = Ref(cursor) if cursor else None
    drafts = ledger.follow_ups.open_drafts(after, DRAFTS_A_TICK, allowed=allowed[SENT_MAIL.name])
    if not drafts:
        return dg.SensorResult(
            skip_reason="No draft waits to be sent, and no call has passed.", cursor=cursor
        )
    sent = _sent(context, workbench, drafts)
    if sent:
        return _request(SENT_MAIL.name, sent, drafts[-1].ref)
    return dg.SensorResult(
        skip_reason=f"None of {len(drafts)} drafts that were asked for has been sent.", cursor=drafts[-1].ref
    )


def _sent(
    context: dg.SensorEvaluationContext, workbench: Workbench, drafts: tuple[OpenDraft, ...]
) -> tuple[Ref, ...]:
    """Those that were sent. A draft that cannot be asked for holds up no other; if none can, the mail
    system is away, and the tick fails."""
    mail = workbench.connected.mail

    async def ask(draft: OpenDraft) -> Ref | None:
        return draft.ref if await mail.find_sent(draft.ref, draft.draft_id) else None

    batch = Batch[OpenDraft](items=drafts)
    asked, failures = workbench.run(lambda: side_by_side(workbench.places, batch, ask))
    if failures and not asked:
        _, error = failures[0]
        raise dg.Failure(f"No draft could be asked for; the next tick asks again. {describe(error)}")
    for ref, error in failures:
        context.log.warning("The draft of %s could not be asked for: %s", ref, describe(error))
    return tuple(ref for ref in asked if ref is not None)


def _request(action: str, refs: tuple[Ref, ...], cursor: str | None) -> dg.SensorResult:
    check_rules()
    request = dg.RunRequest(
        job_name=NAME,
        run_config={"ops": {"log_in_crm": {"config": {"action": action, "refs": list(refs)}}}},
        tags={REF_TAG: refs[0]} if len(refs) == 1 else {"leads/count": str(len(refs))},
    )
    return dg.SensorResult(run_requests=[request], cursor=cursor)
