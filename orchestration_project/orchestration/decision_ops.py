"""The ops of layer 2: validate, score, route. The work itself is in `decision/`."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from orchestration_project.decision.purse import daily_purse
from orchestration_project.decision.route import route as route_lead
from orchestration_project.decision.scorer import reuse_score, scorer_for
from orchestration_project.decision.validate import validate as validate_lead
from orchestration_project.ledger import Ledger
from orchestration_project.model import Batch, Context, Decided, Scoring, Verdict
from orchestration_project.orchestration.each_lead import RETRY, each_lead
from orchestration_project.orchestration.resources import Workbench
from orchestration_project.orchestration.tables import (
    decision_table,
    leads_table,
    scoring_metadata,
    verdict_table,
)
from orchestration_project.playbook.model import Playbook


@dg.op(
    description="Sets aside what is incomplete, a duplicate, a test or spam. Nothing is deleted.",
    out={
        "genuine": dg.Out(Batch[Context], is_required=False),
        "quarantined": dg.Out(Batch[Verdict], is_required=False),
    },
    retry_policy=RETRY,
    tags={"layer": "decision"},
)
def validate(
    context: dg.OpExecutionContext,
    contexts: Batch[Context],
    playbook: dg.ResourceParam[Playbook],
    ledger: dg.ResourceParam[Ledger],
) -> Iterator[dg.Output[Any]]:
    released = ledger.work.released(contexts.refs)
    verdicts = {
        item.ref: Verdict(ref=item.ref, explanation="a person says it is genuine")
        if item.ref in released
        else validate_lead(item, playbook)
        for item in contexts.items
    }
    for item in contexts.items:
        verdict = verdicts[item.ref]
        if verdict.reason is not None:
            earlier = item.standing.earlier_ref
            ledger.work.quarantine(item.ref, verdict.reason, verdict.explanation, earlier, context.run_id)
    genuine = tuple(item for item in contexts.items if verdicts[item.ref].reason is None)
    held = tuple(verdict for verdict in verdicts.values() if verdict.reason is not None)
    if genuine:
        batch = Batch[Context](items=genuine)
        yield dg.Output(batch, "genuine", metadata=leads_table(batch))
    if held:
        yield dg.Output(Batch[Verdict](items=held), "quarantined", metadata=verdict_table(held))


@dg.op(
    description="Scores each lead from 0 to 10 with service, rationale and evidence, or says why it cannot.",
    retry_policy=RETRY,
    tags={"layer": "decision"},
)
async def score(
    context: dg.OpExecutionContext,
    contexts: Batch[Context],
    playbook: dg.ResourceParam[Playbook],
    ledger: dg.ResourceParam[Ledger],
    workbench: dg.ResourceParam[Workbench],
) -> Batch[Scoring]:
    scorer = scorer_for(workbench.connected.ai, daily_purse(playbook, ledger.spend))
    before = ledger.decisions.scored_before(contexts.refs, playbook.version)

    async def one(item: Context) -> Scoring:
        if item.ref in before:
            return reuse_score(before[item.ref])
        return await scorer.score(item, playbook)

    scorings = await each_lead(context, ledger, workbench, contexts, one)
    context.add_output_metadata(scoring_metadata(contexts.items, scorings))
    return Batch[Scoring](items=scorings)


def build_route(playbook: Playbook) -> dg.OpDefinition:
    """The op that has one output a track: the branches of the graph."""

    @dg.op(
        description="Sends each lead down its track, as the playbook says, and writes the decision down.",
        out={
            track.name: dg.Out(Batch[Decided], is_required=False, description=track.title)
            for track in playbook.tracks
        },
        retry_policy=RETRY,
        tags={"layer": "decision"},
    )
    def route(
        context: dg.OpExecutionContext,
        contexts: Batch[Context],
        scorings: Batch[Scoring],
        ledger: dg.ResourceParam[Ledger],
        workbench: dg.ResourceParam[Workbench],
    ) -> Iterator[dg.Output[Batch[Decided]]]:
        by_ref = {item.ref: item for item in contexts.items}
        decided = [
            Decided(
                context=by_ref[scoring.ref],
                decision=route_lead(scoring, by_ref[scoring.ref], playbook, workbench.clock()),
            )
            for scoring in scorings.items
        ]
        ledger.decisions.add([item.decision for item in decided], context.run_id)
        for track in playbook.tracks:
            chosen = tuple(item for item in decided if item.decision.track == track.name)
            if chosen:
                yield dg.Output(Batch[Decided](items=chosen), track.name, metadata=decision_table(chosen))

    return route
