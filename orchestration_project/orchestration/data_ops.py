"""The ops of layer 1: receive, normalise, gather context. The work itself is in `data/`."""

from collections.abc import Iterator

import dagster as dg

from orchestration_project.data.duplicates import identify
from orchestration_project.data.emails import person_key
from orchestration_project.data.enrichment import with_cache_and_limit
from orchestration_project.data.gather import gather
from orchestration_project.data.language import detect_language
from orchestration_project.data.normalise import normalise as normalise_submission
from orchestration_project.data.payload import UnreadableSubmission, parse_payload
from orchestration_project.ledger import Ledger
from orchestration_project.model import Batch, Context, Lead, Reason, Ref, Standing, Submission
from orchestration_project.orchestration.each_lead import RETRY, each_lead
from orchestration_project.orchestration.resources import Workbench
from orchestration_project.orchestration.tables import context_table, leads_table
from orchestration_project.playbook.model import Playbook


class Intake(dg.Config):
    """Which leads the run carries."""

    refs: list[str]
    """refs as `leads list` shows them"""
    batch: str | None = None
    """set by the sensors: the run takes the leads only while this claim is theirs"""


@dg.op(
    description="Takes the leads for this run and reads what their sources delivered.",
    out=dg.Out(Batch[Submission], is_required=False),
    retry_policy=RETRY,
    tags={"layer": "data"},
)
def receive(
    context: dg.OpExecutionContext, config: Intake, ledger: dg.ResourceParam[Ledger]
) -> Iterator[dg.Output[Batch[Submission]]]:
    mine = ledger.work.start([Ref(ref) for ref in config.refs], context.run_id, config.batch)
    for ref in set(config.refs) - set(mine):
        context.log.info("%s is with another run, or unknown; this run leaves it.", ref)
    submissions: list[Submission] = []
    for raw in ledger.submissions.read(mine):
        try:
            payload = parse_payload(raw.raw)
        except UnreadableSubmission as error:
            ledger.work.quarantine(raw.ref, Reason.UNREADABLE, str(error), None, context.run_id)
            continue
        submissions.append(
            Submission(
                ref=raw.ref,
                source=raw.source,
                external_id=raw.external_id,
                received_at=raw.received_at,
                payload=payload,
            )
        )
    batch = Batch[Submission](items=tuple(submissions))
    if submissions:
        yield dg.Output(batch, metadata=leads_table(batch))


@dg.op(
    description="Makes each submission regular: names, e-mail, phone as E.164, company domain, attribution.",
    retry_policy=RETRY,
    tags={"layer": "data"},
)
def normalise(
    context: dg.OpExecutionContext,
    submissions: Batch[Submission],
    playbook: dg.ResourceParam[Playbook],
    ledger: dg.ResourceParam[Ledger],
) -> Batch[Lead]:
    leads: list[Lead] = []
    for submission in submissions.items:
        lead = normalise_submission(
            submission, playbook.business, playbook.field_names(submission.source), playbook.limits
        )
        key = person_key(lead.person.email) if lead.person.email else None
        touch = ledger.people.introduce(lead.ref, key, lead.submitted_at, lead.attribution)
        leads.append(
            lead.model_copy(update={"first_touch": touch, "language": detect_language(lead.message)})
        )
    batch = Batch[Lead](items=tuple(leads))
    context.add_output_metadata(leads_table(batch))
    return batch


@dg.op(
    description="Looks up all that is known: earlier leads, the CRM, the company, its website, side by side.",
    retry_policy=RETRY,
    tags={"layer": "data"},
)
async def gather_context(
    context: dg.OpExecutionContext,
    leads: Batch[Lead],
    playbook: dg.ResourceParam[Playbook],
    ledger: dg.ResourceParam[Ledger],
    workbench: dg.ResourceParam[Workbench],
) -> Batch[Context]:
    connected, window = workbench.connected, playbook.limits.duplicate_window
    company = with_cache_and_limit(connected.company, playbook, ledger.companies, ledger.locks)

    async def who_is(lead: Lead) -> Standing:
        email = lead.person.email
        contact = await connected.crm.find_contact(email) if email else None
        earlier = ledger.people.earlier_lead(lead.ref, person_key(email), window) if email else None
        return identify(lead, earlier, contact, window)

    async def look(lead: Lead) -> Context:
        return await gather(lead, standing=who_is(lead), website=connected.website, company=company)

    contexts = await each_lead(context, ledger, workbench, leads, look)
    context.add_output_metadata(context_table(contexts))
    return Batch[Context](items=contexts)
