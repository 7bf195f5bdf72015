"""The sensor that notices sent drafts and passed calls, and what came to be done twice. A tick only looks; a
run does what is due.

Who is due is `ledger/follow_ups.py`, what is written `action/follow_up.py`.
"""

import dagster as dg

from orchestration_project.action.autonomy import granted
from orchestration_project.action.follow_up import CALL, SENT_MAIL
from orchestration_project.action.registry import FOLLOW_UPS
from orchestration_project.errors import LeadsError
from orchestration_project.healing.breaker import Breaker
from orchestration_project.healing.fate import describe
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.follow_ups import OpenDraft
from orchestration_project.model import Carried, Ref
from orchestration_project.orchestration.follow_up import NAME
from orchestration_project.orchestration.resources import Workbench
from orchestration_project.orchestration.rules import current_playbook
from orchestration_project.orchestration.run_tags import lead_tags
from orchestration_project.orchestration.stage import side_by_side
from orchestration_project.orchestration.ticks import UNDER_WAY, tick_failed
from orchestration_project.orchestration.to_check import Telling
from orchestration_project.orchestration.twins import TwinFinder
from orchestration_project.playbook.model import Playbook

DRAFTS_A_TICK = 50
LEADS_A_RUN = 50


@dg.sensor(
    name=NAME,
    job_name=NAME,
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Notices sent drafts, calls whose time has passed, or of which a person tells, "
    "and starts the run that logs them in the CRM. The cursor is the lead whose draft was asked for last.",
)
def follow_up_sensor(
    context: dg.SensorEvaluationContext,
    ledger: dg.ResourceParam[Ledger],
    workbench: dg.ResourceParam[Workbench],
    playbook: dg.ResourceParam[Playbook],
) -> dg.SensorResult:
    try:
        return _look(context, ledger, workbench, playbook)
    except Exception as error:  # noqa: BLE001 - raised again, in words that may be shown
        failed = tick_failed("Nothing was followed up; the next tick looks again.", error)
        raise failed from failed.__cause__


def _look(
    context: dg.SensorEvaluationContext, ledger: Ledger, workbench: Workbench, playbook: Playbook
) -> dg.SensorResult:
    """The cursor is the lead whose draft was asked for last: the drafts are gone through in rounds."""
    cursor = context.cursor
    breaker = Breaker(ledger.connections, ledger.clock)
    breaker.refresh()
    TwinFinder(ledger, workbench, playbook, breaker, context.log.warning).look()
    Telling(ledger, workbench, playbook, breaker, context.log.warning).tell()
    if context.instance.get_runs(dg.RunsFilter(job_name=NAME, statuses=UNDER_WAY), limit=1):
        return dg.SensorResult(skip_reason="The follow-ups before these are still under way.", cursor=cursor)
    if breaker.is_open("crm"):
        return dg.SensorResult(skip_reason="The CRM is away; it is told later.", cursor=cursor)
    embedded = workbench.connected.embedded("crm")
    allowed = {
        name: granted(action, playbook, embedded=embedded) >= action.needs
        for name, action in FOLLOW_UPS.items()
    }
    ledger.follow_ups.settle()
    calls = ledger.follow_ups.due_calls(LEADS_A_RUN, allowed=allowed[CALL.name])
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
    ids = {draft.ref: draft.draft_id for draft in drafts}

    async def is_sent(lead: Carried) -> bool:
        return await mail.find_sent(lead.ref, ids[lead.ref]) is not None

    leads = [Carried(ref=draft.ref, lead_id=0, lease=0) for draft in drafts]
    asked, failed = workbench.run(lambda: side_by_side(workbench.places, leads, is_sent))
    if failed and not asked:
        error = next(iter(failed.values()))
        raise LeadsError(f"No draft could be asked for. {describe(error)}")
    for ref, error in failed.items():
        context.log.warning("The draft of %s could not be asked for: %s", ref, describe(error))
    return tuple(ref for ref, was_sent in asked.items() if was_sent)


def _request(action: str, refs: tuple[Ref, ...], cursor: str | None) -> dg.SensorResult:
    current_playbook()
    request = dg.RunRequest(
        job_name=NAME,
        run_config={"ops": {"log_in_crm": {"config": {"action": action, "refs": list(refs)}}}},
        tags=lead_tags(refs),
    )
    return dg.SensorResult(run_requests=[request], cursor=cursor)
