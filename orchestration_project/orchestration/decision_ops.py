"""The ops of layer 2: validate, score, route. The work itself is in `decision/`."""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg

from orchestration_project.action.again import is_of_another
from orchestration_project.action.autonomy import granted
from orchestration_project.action.registry import ACTIONS
from orchestration_project.connectors.ai.offline import NoModel
from orchestration_project.crash import crash_point
from orchestration_project.decision.ai_scorer import AiScorer, without_ai
from orchestration_project.decision.calibration import calibrated
from orchestration_project.decision.offline import OfflineScorer
from orchestration_project.decision.purse import daily_purse
from orchestration_project.decision.route import reroute
from orchestration_project.decision.route import route as route_lead
from orchestration_project.decision.second_opinion import second_opinion
from orchestration_project.decision.validate import validate_rest, validate_submission
from orchestration_project.errors import LeadsError
from orchestration_project.healing.fate import PLAYBOOK, EarlierUndecided
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.outcomes import Routed
from orchestration_project.model import (
    AI_AWAY,
    Carried,
    Context,
    Decided,
    Decision,
    Reason,
    Receipt,
    ReceiptStatus,
    Ref,
    ScoreStatus,
    Scoring,
    Standing,
    Verdict,
)
from orchestration_project.orchestration.resources import Workbench
from orchestration_project.orchestration.stage import Stage, guarded
from orchestration_project.orchestration.tables import (
    check_table,
    decision_table,
    leads_table,
    scoring_metadata,
    verdict_table,
)
from orchestration_project.orchestration.to_check import BRANCH
from orchestration_project.orchestration.watched import WatchedModel
from orchestration_project.playbook.model import Playbook

IRREVERSIBLE = {"sequence": "it was enrolled in a mail sequence", "sent_mail": "a mail was sent to them"}
"""Receipts of what nobody can take back, and how to say so."""


@dg.op(
    description="Sets aside what is incomplete, a duplicate, a test or spam. Nothing is deleted.",
    ins={"start_after": dg.In(dg.Nothing)},
    out=dg.Out(dg.Nothing, is_required=False),
    tags={"layer": "decision"},
)
def validate(
    context: dg.OpExecutionContext,
    playbook: dg.ResourceParam[Playbook],
    ledger: dg.ResourceParam[Ledger],
    workbench: dg.ResourceParam[Workbench],
) -> Iterator[dg.Output[Any]]:
    stage = Stage(context, ledger, workbench)
    genuine, held = guarded(lambda: _validate(stage, playbook))
    metadata = {**leads_table(genuine), **(verdict_table(held) if held else {})}
    if genuine:
        yield dg.Output(None, metadata=metadata)
    elif held:
        # without an output there is no place for a table
        context.log.info("All were set aside: %s", "; ".join(f"{v.ref} {v.reason}" for v in held))


def _validate(stage: Stage, playbook: Playbook) -> tuple[list[Carried], list[Verdict]]:
    ledger, carried = stage.ledger, stage.leads()
    contexts = ledger.facts.read(Context, [lead.ref for lead in carried])
    # what came back from a later step under the same rules has passed here
    passed = ledger.decisions.standing([lead.ref for lead in carried], playbook.version)
    # what the submission alone told was found out before anybody was asked
    first_half = ledger.facts.read(Verdict, [lead.ref for lead in carried])
    behind = _behind(ledger, contexts)

    async def judge(lead: Carried) -> Verdict:
        if lead.released:
            return Verdict(ref=lead.ref, explanation="a person says it is genuine")
        context = contexts[lead.ref]
        told = first_half.get(lead.ref)
        verdict = validate_rest(context, told or validate_submission(context.lead, playbook))
        if verdict.reason is None and not verdict.doubts and lead.ref in behind:
            raise EarlierUndecided(behind[lead.ref])
        return verdict

    async def hold(lead: Carried) -> Verdict:
        """Raises LeaseLost."""
        verdict = verdicts[lead.ref]
        if verdict.reason is None:
            if verdict.doubts:
                ledger.outcomes.to_check(lead, verdict.doubts, stage.run_id)
            return verdict
        earlier = contexts[lead.ref].standing.repeats if verdict.reason is Reason.DUPLICATE else None
        if ledger.outcomes.quarantine(lead, verdict.reason, verdict.explanation, earlier, stage.run_id):
            return verdict
        # the one it would be a duplicate of was set aside itself: then this one is the news
        return await _not_a_duplicate(lead)

    async def _not_a_duplicate(lead: Carried) -> Verdict:
        context = contexts[lead.ref]
        contact = context.standing.contact
        is_known = contact is not None and not is_of_another(contact, context.lead)
        known = Standing(kind="known_contact" if is_known else "new", contact=contact)
        contexts[lead.ref] = context.model_copy(update={"standing": known})
        ledger.facts.write([lead], [contexts[lead.ref]], stage.run_id)
        return Verdict(ref=lead.ref)

    todo = [lead for lead in carried if lead.ref not in passed and lead.ref in contexts]
    verdicts = stage.each(todo, judge)
    judged = [lead for lead in todo if lead.ref in verdicts]
    # junk first: what would be its duplicate then is none
    junk = [lead for lead in judged if verdicts[lead.ref].reason is not Reason.DUPLICATE]
    final = stage.each(junk, hold) | stage.each([lead for lead in judged if lead not in junk], hold)
    held = [verdict for verdict in final.values() if verdict.reason is not None]
    passing = {ref for ref, verdict in final.items() if verdict.reason is None} | set(passed)
    return [lead for lead in carried if lead.ref in passing], held


def _behind(ledger: Ledger, contexts: Mapping[Ref, Context]) -> dict[Ref, Ref]:
    """By lead, one that the same person wrote before and that another run has not decided yet."""
    threads = {ref: context.standing.thread for ref, context in contexts.items()}
    others = {first for thread in threads.values() for first in thread} - contexts.keys()
    undecided = ledger.people.undecided(others) if others else frozenset[Ref]()
    return {ref: first for ref, thread in threads.items() for first in thread if first in undecided}


@dg.op(
    description="Scores each lead from 0 to 10 with service, rationale and evidence, or says why it cannot.",
    ins={"start_after": dg.In(dg.Nothing)},
    out=dg.Out(dg.Nothing, is_required=False),
    tags={"layer": "decision"},
)
def score(
    context: dg.OpExecutionContext,
    playbook: dg.ResourceParam[Playbook],
    ledger: dg.ResourceParam[Ledger],
    workbench: dg.ResourceParam[Workbench],
) -> Iterator[dg.Output[Any]]:
    stage = Stage(context, ledger, workbench)
    contexts, scorings = guarded(lambda: _score(stage, playbook))
    # those that are to be checked already go on to where the team is told
    if scorings or ledger.checks.of_run(stage.run_id):
        yield dg.Output(None, metadata=scoring_metadata(contexts, scorings))


def _score(stage: Stage, playbook: Playbook) -> tuple[list[Context], list[Scoring]]:
    ledger, carried = stage.ledger, stage.leads()
    refs = [lead.ref for lead in carried]
    contexts = ledger.facts.read(Context, refs)
    standing = ledger.decisions.standing(refs, playbook.version)
    purse = daily_purse(playbook, ledger.spend)
    stage.workbench.get_ready(_acting(stage, playbook))
    # of a model only: the scorecard has no confidence that people could have spoken of
    curve = None if playbook.connections.ai.connector == "offline" else ledger.calibrations.curve()

    async def one(lead: Carried) -> Scoring:
        context = contexts[lead.ref]
        before = standing.get(lead.ref)
        if before is not None and not lead.rescore:
            return before.scoring
        try:
            model = stage.workbench.connected.ai
        except LeadsError as error:  # it lacks a setting
            stage.breaker.failed("ai", error, lead.ref)
            service = playbook.connections.ai.connector
            return await without_ai(context, playbook, ScoreStatus.UNAUTHORISED, str(error), service)
        if isinstance(model, NoModel):
            return await OfflineScorer().score(context, playbook)
        scoring = await AiScorer(WatchedModel(model, stage.breaker, lead.ref), purse).score(context, playbook)
        return calibrated(scoring, curve)

    scorings = stage.each([lead for lead in carried if lead.ref in contexts], one)
    ledger.facts.write(
        [lead for lead in carried if lead.ref in scorings], tuple(scorings.values()), stage.run_id
    )
    return [contexts[ref] for ref in scorings], list(scorings.values())


def _acting(stage: Stage, playbook: Playbook) -> set[str]:
    """The kinds of connectors that leads may come to next, as far as anything may be written there."""
    connected = stage.workbench.connected
    actions = [ACTIONS[name] for track in playbook.tracks for name in track.action_names]
    return {
        action.kind
        for action in actions
        if granted(action, playbook, embedded=connected.embedded(action.kind)) >= action.needs
        and not stage.breaker.is_open(action.kind)
    }


def build_route(playbook: Playbook) -> dg.OpDefinition:
    """The op that has one output a track: the branches of the graph."""

    @dg.op(
        description="Sends each lead down its track, as the playbook says, and writes the decision down.",
        ins={"start_after": dg.In(dg.Nothing)},
        out={
            track.name: dg.Out(dg.Nothing, is_required=False, description=track.title)
            for track in playbook.tracks
        }
        | {BRANCH: dg.Out(dg.Nothing, is_required=False, description="For a person to look at")},
        tags={"layer": "decision"},
    )
    def route(
        context: dg.OpExecutionContext,
        ledger: dg.ResourceParam[Ledger],
        workbench: dg.ResourceParam[Workbench],
    ) -> Iterator[dg.Output[Any]]:
        stage = Stage(context, ledger, workbench)
        decided = guarded(lambda: _route(stage, playbook))
        to_check = guarded(lambda: ledger.checks.of_run(stage.run_id))
        crash_point("decided")
        waiting = {lead.ref for lead in to_check}
        for track in playbook.tracks:
            chosen = [
                item for item in decided if item.decision.track == track.name and item.ref not in waiting
            ]
            if chosen:
                yield dg.Output(None, track.name, metadata=decision_table(chosen))
        if to_check:
            yield dg.Output(None, BRANCH, metadata=check_table(to_check))

    return route


def _route(stage: Stage, playbook: Playbook) -> list[Decided]:
    ledger, carried = stage.ledger, stage.leads()
    refs = [lead.ref for lead in carried]
    contexts, scorings = ledger.facts.read(Context, refs), ledger.facts.read(Scoring, refs)
    standing = ledger.decisions.standing(refs, playbook.version)
    receipts = ledger.receipts.read(refs)
    ledger.playbooks.keep(playbook.version, playbook.files)
    ranks = {track.name: rank for rank, track in enumerate(playbook.tracks)}

    async def decide(lead: Carried) -> Decided:
        """Raises PlaybookError where no track takes the lead."""
        context, scoring, before = contexts[lead.ref], scorings[lead.ref], standing.get(lead.ref)
        if before is not None and before.scoring == scoring:
            return Decided(context=context, decision=before)
        decision = _decision(stage, playbook, context, scoring, before, receipts[lead.ref])
        return Decided(context=context, decision=decision)

    able = {lead.ref: lead for lead in carried if lead.ref in contexts and lead.ref in scorings}
    decided = stage.each([*able.values()], decide, connection=PLAYBOOK)
    new = {ref: item for ref, item in decided.items() if item.decision is not standing.get(ref)}
    mine = ledger.decisions.add_each([(able[ref], item.decision) for ref, item in new.items()], stage.run_id)
    ledger.people.wrote_again(
        {
            lead.ref: first
            for lead in mine
            if lead.ref not in standing and (first := contexts[lead.ref].standing.earlier_ref) is not None
        }
    )
    kept = [lead for ref, lead in able.items() if ref in decided and (ref not in new or lead in mine)]
    mine = ledger.outcomes.route_each([_routed(lead, decided[lead.ref].decision, ranks) for lead in kept])
    stage.left([lead for ref, lead in able.items() if ref in decided and lead not in mine])

    async def set_apart(lead: Carried) -> Decided:
        """Raises LeaseLost."""
        doubts = decided[lead.ref].decision.doubts
        if doubts and not lead.released:
            ledger.outcomes.to_check(lead, doubts, stage.run_id)
        return decided[lead.ref]

    return list(stage.each(mine, set_apart).values())


def _routed(lead: Carried, decision: Decision, ranks: Mapping[str, int]) -> Routed:
    rescore = decision.scoring.status in AI_AWAY
    return Routed(lead, decision.track, ranks[decision.track], rescore)


def _decision(
    stage: Stage,
    playbook: Playbook,
    context: Context,
    scoring: Scoring,
    before: Decision | None,
    receipts: Mapping[str, Receipt],
) -> Decision:
    now = stage.ledger.clock()
    if before is None:
        decision = route_lead(scoring, context, playbook, now)
    else:
        irreversible = _irreversible(receipts)
        decision = reroute(scoring, context, playbook, now, before=before, irreversible=irreversible)
    return decision.model_copy(update={"doubts": second_opinion(scoring, context, playbook)})


def _irreversible(receipts: Mapping[str, Receipt]) -> str | None:
    done = [name for name, receipt in receipts.items() if receipt.status is ReceiptStatus.DONE]
    return next((words for name, words in IRREVERSIBLE.items() if name in done), None)
