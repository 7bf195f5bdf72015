"""The ops of layer 1: receive, gather context. The work itself is in `data/` and `intake.py`."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import dagster as dg

from orchestration_project.action.crm_contact import CrmContact, made_for
from orchestration_project.connectors.company.interface import KnowsCompanies
from orchestration_project.crash import crash_point
from orchestration_project.data.duplicates import identify
from orchestration_project.data.enrichment import with_cache_and_limit
from orchestration_project.data.gather import gather
from orchestration_project.data.language import detect_language
from orchestration_project.data.records import as_recorded
from orchestration_project.data.same_person import resemblances
from orchestration_project.errors import LeadsError
from orchestration_project.intake import introduce
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.claims import Claim
from orchestration_project.model import Carried, Context, Finding, Lead, LeaseLost, Reason, Ref, Standing
from orchestration_project.orchestration.judging import judge_submissions
from orchestration_project.orchestration.resources import Workbench
from orchestration_project.orchestration.stage import Stage, guarded
from orchestration_project.orchestration.tables import context_table, leads_table
from orchestration_project.orchestration.watched import WatchedDirectory
from orchestration_project.playbook.model import Playbook
from orchestration_project.process import myself

UNREADABLE = "The submission cannot be read: it is no JSON object. It is kept as it came."
EMPTY = "The submission cannot be read: it is empty."


class Intake(dg.Config):
    """Which leads the run carries."""

    refs: list[str]
    """refs as `leads list` shows them"""
    lease: int | None = None
    """set by the dispatcher: the run takes the leads only while this lease is their newest"""
    imported: bool = False
    """act on history, too: leads of `leads import`, which no run touches otherwise"""


@dg.op(
    description="Takes the leads for this run, and reads those that have not been read yet.",
    out=dg.Out(dg.Nothing, is_required=False),
    tags={"layer": "data"},
)
def receive(
    context: dg.OpExecutionContext,
    config: Intake,
    playbook: dg.ResourceParam[Playbook],
    ledger: dg.ResourceParam[Ledger],
    workbench: dg.ResourceParam[Workbench],
) -> Iterator[dg.Output[Any]]:
    stage = Stage(context, ledger, workbench)
    taken = guarded(lambda: _take(stage, config))
    crash_point("started")
    readable = guarded(lambda: _read(stage, playbook, taken))
    if readable:
        yield dg.Output(None, metadata=leads_table(readable))


def _take(stage: Stage, config: Intake) -> tuple[Carried, ...]:
    refs = tuple(Ref(ref) for ref in dict.fromkeys(config.refs))
    run = stage.context.run
    if not refs:
        raise dg.Failure("No lead is named. Write refs as `leads list` shows them.", allow_retries=False)
    # who executes a run of ours once more in the UI wants its leads gone through now
    if config.lease is None or run.parent_run_id is not None:
        try:
            return stage.ledger.by_hand.take(refs, run.run_id, myself(), imported=config.imported)
        except LeadsError as error:
            raise dg.Failure(str(error), allow_retries=False) from None
    taken = stage.ledger.claims.start(Claim(lease=config.lease, refs=refs), run.run_id, myself())
    for ref in set(refs) - {lead.ref for lead in taken}:
        stage.context.log.info("%s has been claimed anew since; this run leaves it.", ref)
    return taken


def _read(stage: Stage, playbook: Playbook, taken: Sequence[Carried]) -> tuple[Carried, ...]:
    """A submission is read when it is taken in; here only what somebody wants read again, or what was stored
    just before the process that should have read it died."""
    ledger = stage.ledger
    known = ledger.facts.read(Lead, [lead.ref for lead in taken])
    unread = [lead for lead in taken if lead.ref not in known]

    async def read(lead: Carried) -> bool:
        said = introduce(ledger, playbook, [lead.ref])
        if lead.ref not in said:
            raise LeaseLost(lead.ref)  # its person was erased on request
        if said[lead.ref] is not None:
            return True
        empty = not any(raw.raw.strip() for raw in ledger.submissions.read([lead.ref]))
        told = EMPTY if empty else UNREADABLE
        ledger.outcomes.quarantine(lead, Reason.UNREADABLE, told, None, stage.run_id)
        return False

    done = stage.each(unread, read)
    return tuple(lead for lead in taken if lead.ref in known or done.get(lead.ref))


@dg.op(
    description="Looks up all that is known: earlier leads, the CRM, the company, its website, side by side.",
    ins={"start_after": dg.In(dg.Nothing)},
    out=dg.Out(dg.Nothing, is_required=False),
    tags={"layer": "data"},
)
def gather_context(
    context: dg.OpExecutionContext,
    playbook: dg.ResourceParam[Playbook],
    ledger: dg.ResourceParam[Ledger],
    workbench: dg.ResourceParam[Workbench],
) -> Iterator[dg.Output[Any]]:
    stage = Stage(context, ledger, workbench)
    gathered = guarded(lambda: _gather(stage, playbook))
    crash_point("gathered")
    if gathered:
        yield dg.Output(None, metadata=context_table(gathered))


def _gather(stage: Stage, playbook: Playbook) -> list[Context]:
    ledger, connected, breaker = stage.ledger, stage.workbench.connected, stage.breaker
    carried = stage.leads()
    refs = [lead.ref for lead in carried]
    # of a lead that has come back: what was looked up, and paid for, is not looked up again. And the contact
    # that we have made of it meanwhile does not make it somebody who was known before
    kept = ledger.facts.read(Context, refs)
    # where a person has looked since, what was held back is asked after all
    released = {lead.ref for lead in carried if lead.released}
    kept = {ref: known for ref, known in kept.items() if not (known.held_back and ref in released)}
    leads = ledger.facts.read(Lead, refs)
    window = playbook.limits.duplicate_window
    todo = [lead for lead in carried if lead.ref not in kept]
    judged = judge_submissions(
        ledger, playbook, [leads[lead.ref] for lead in todo if lead.ref in leads and not lead.released]
    )
    ledger.facts.write([lead for lead in todo if lead.ref in judged], tuple(judged.values()), stage.run_id)

    # what a record has said since stands for a lead that is gone through again, whatever its form said
    held = ledger.held.of([lead.ref for lead in todo])

    earlier = ledger.people.perhaps_the_same(refs)
    others = ledger.facts.read(Lead, [each.ref for some in earlier.values() for each in some])
    receipts = ledger.receipts.read(refs)

    async def who_is(lead: Lead) -> Standing:
        met = resemblances(
            lead, [(each, others[each.ref]) for each in earlier[lead.ref] if each.ref in others]
        )
        spelled = (others[each.ref].person.email for each in met if each.kind == "same")
        addresses = tuple(dict.fromkeys(each for each in spelled if each and each != lead.person.email))
        contact = None
        for email in filter(None, (lead.person.email, *addresses)):
            breaker.insist("crm")
            contact = await connected.crm.find_contact(email)
            breaker.went_well("crm")
            if contact is not None:
                break
        made = made_for(receipts[lead.ref].get(CrmContact.name))
        messages = {each.ref: others[each.ref].message for each in met}
        return identify(lead, met, contact, window, made, addresses, messages)

    @cache
    def directory() -> KnowsCompanies:
        return with_cache_and_limit(connected.company, playbook, ledger.companies, ledger.locks)

    async def look(lead: Carried) -> Context:
        known = as_recorded(leads[lead.ref], held[lead.ref], playbook.records, playbook.business.region)
        known = known.model_copy(update={"language": detect_language(known.message)})
        verdict = judged.get(lead.ref)
        if verdict is not None and (verdict.reason is not None or verdict.doubts):
            return _not_asked(known)
        company = WatchedDirectory(directory, breaker, lead.ref)
        return await gather(known, standing=who_is(known), website=connected.website, company=company)

    new = stage.each(todo, look, connection="crm")
    ledger.facts.write([lead for lead in todo if lead.ref in new], tuple(new.values()), stage.run_id)
    return [context for lead in carried if (context := new.get(lead.ref) or kept.get(lead.ref))]


def _not_asked(lead: Lead) -> Context:
    """What the submission alone tells is enough: nobody is asked, and nothing is paid, for junk."""
    why = "The submission is held back, so nobody was asked."
    return Context(
        lead=lead,
        standing=Standing(kind="new"),
        website=Finding(status="not_asked", note=why),
        company=Finding(status="not_asked", note=why),
        held_back=True,
    )
