"""The ops of layer 3, one an action, and the one that closes a track. The work itself is in `action/`."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from orchestration_project.action.again import has_moved_up, in_hand, without
from orchestration_project.action.autonomy import granted
from orchestration_project.action.base import Action, Brief
from orchestration_project.action.once import Doer
from orchestration_project.action.registry import ACTIONS, SEQUELS
from orchestration_project.action.through import HowFar, how_far
from orchestration_project.connectors.base import SETTLE_SECONDS, settle_seconds
from orchestration_project.connectors.opened import Connected
from orchestration_project.crash import crash_point
from orchestration_project.errors import LeadsError
from orchestration_project.healing.fate import backoff
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.outcomes import Wait
from orchestration_project.model import Carried, Context, Receipt, Ref
from orchestration_project.orchestration.resources import Workbench
from orchestration_project.orchestration.same_thread import messages_before, messages_since
from orchestration_project.orchestration.stage import Stage, guarded
from orchestration_project.orchestration.tables import receipt_table, standing_table
from orchestration_project.playbook.model import Autonomy, Playbook
from orchestration_project.playbook.tracks import TrackAction


def build_action_op(action: Action, pool: str | None) -> dg.OpDefinition:
    """One op serves every track that lists the action."""

    @dg.op(
        name=action.name,
        description=type(action).__doc__,
        ins={"start_after": dg.In(dg.Nothing)},
        out=dg.Out(dg.Nothing),
        pool=pool,
        tags={"layer": "action"},
    )
    def act(
        context: dg.OpExecutionContext,
        playbook: dg.ResourceParam[Playbook],
        ledger: dg.ResourceParam[Ledger],
        workbench: dg.ResourceParam[Workbench],
    ) -> Iterator[dg.Output[Any]]:
        receipts = guarded(lambda: _act(Stage(context, ledger, workbench), action, playbook))
        yield dg.Output(None, metadata=receipt_table(receipts))

    return act


def _act(stage: Stage, action: Action, playbook: Playbook) -> list[Receipt]:
    """What goes wrong with a lead stands on its receipt; the other actions of its track go on."""
    ledger, workbench = stage.ledger, stage.workbench
    leads = in_branch(stage)
    refs = [lead.ref for lead in leads]
    contexts, decisions = ledger.facts.read(Context, refs), ledger.decisions.newest(refs)
    receipts = ledger.receipts.read(refs)
    # by any of their leads: nobody is enrolled anew who has left
    withdrawn = ledger.consents.withdrawn(refs) if _asks_consent(action, playbook) else {}
    known = [contexts[ref] for ref in refs if ref in contexts]
    before = messages_before(ledger, known)
    since = messages_since(ledger, known, playbook.limits.duplicate_window)
    connected = workbench.connected
    doer = Doer(
        ledger=ledger,
        tools=connected,
        settles=_settles(connected, action.kind),
        breaker=stage.breaker,
        clock=workbench.clock,
        run_id=stage.run_id,
    )

    async def once(lead: Carried) -> list[Receipt]:
        decision = decisions[lead.ref]
        brief = Brief(
            context=contexts[lead.ref],
            decision=decision,
            playbook=playbook,
            receipts=receipts[lead.ref],
            in_hand=without(
                receipts[lead.ref],
                in_hand(since[lead.ref], decision, playbook) | in_hand(before[lead.ref], decision, playbook),
            ),
            moved_up=has_moved_up(before[lead.ref], decision, playbook),
            withdrawn=withdrawn.get(lead.ref),
            run_url=workbench.run_url(stage.run_id),
        )
        (step,) = [step for step in brief.track.actions if step.action == action.name]
        done = [await doer.once(action, step, brief, _autonomy(action, playbook, connected), lead)]
        sequel = SEQUELS.get(action.name)
        brief = brief.model_copy(update={"receipts": {**brief.receipts, action.name: done[0]}})
        if sequel is not None and (sequel.name in brief.receipts or sequel.wanted(brief)):
            autonomy = _autonomy(sequel, playbook, connected)
            step = TrackAction(action=sequel.name)
            done.append(await doer.once(sequel, step, brief, autonomy, lead))
        return done

    return [receipt for done in stage.each(leads, once).values() for receipt in done]


def _asks_consent(action: Action, playbook: Playbook) -> bool:
    steps = (step for track in playbook.tracks for step in track.actions if step.action == action.name)
    return action.name == "sequence" or any(step.only is not None for step in steps)


def in_branch(stage: Stage) -> tuple[Carried, ...]:
    """The leads of the run that take the branch in which this op stands."""
    return stage.leads(branch(stage))


def branch(stage: Stage) -> str:
    return stage.context.op_handle.path[0]


def _autonomy(action: Action, playbook: Playbook, connected: Connected) -> Autonomy:
    return granted(action, playbook, embedded=connected.embedded(action.kind))


def _settles(connected: Connected, kind: str) -> float:
    try:
        return settle_seconds(connected.of_kind(kind))
    except LeadsError:
        return SETTLE_SECONDS  # it lacks a setting, and will not act before it has it


@dg.op(
    description="Closes the leads of the track that are through, and says what the others wait for.",
    ins={"start_after": dg.In(dg.Nothing)},
    out=dg.Out(dg.Nothing),
    tags={"layer": "action"},
)
def finish(
    context: dg.OpExecutionContext,
    playbook: dg.ResourceParam[Playbook],
    ledger: dg.ResourceParam[Ledger],
    workbench: dg.ResourceParam[Workbench],
) -> Iterator[dg.Output[Any]]:
    stage = Stage(context, ledger, workbench)
    alone, standings = guarded(lambda: _finish(stage, playbook))
    crash_point("finished")
    failed = {ref: standing.says for ref, standing in standings.items() if standing.state == "needs_person"}
    if alone and failed:
        ((ref, says),) = failed.items()
        raise dg.Failure(
            description=f"{ref}: {says} Then: re-execute from here, or `leads replay {ref}`.",
            metadata={"ref": ref, **standing_table(standings)},
            allow_retries=False,
        )
    for ref, says in failed.items():
        context.log.error("%s needs a person: %s", ref, says)
    yield dg.Output(None, metadata=standing_table(standings))


def _finish(stage: Stage, playbook: Playbook) -> tuple[bool, dict[Ref, HowFar]]:
    """Whether the run has only this lead, and how far each is."""
    ledger = stage.ledger
    # re-executed from here on, a run has the leads of the one it repeats, and has tried none of their actions
    repeated = not stage.in_hand(branch(stage))
    leads = in_branch(stage)
    receipts = ledger.receipts.read([lead.ref for lead in leads])
    away = {name for name, state in stage.breaker.known.items() if state.state == "open"}

    async def close(lead: Carried) -> HowFar:
        track = playbook.track(lead.track or "")
        actions = [ACTIONS[name] for name in track.action_names]
        actions += [sequel for sequel in SEQUELS.values() if sequel.name in receipts[lead.ref]]
        standing = how_far(actions, receipts[lead.ref], away, track.stand_ins)
        if repeated and standing.state == "needs_person":
            says = f"A person wants it tried again. {standing.says}"
            standing = HowFar(state="waiting", says=says, try_at=ledger.clock())
        if not _is_through(lead, standing):
            _keep_open(stage, lead, standing)
        return standing

    standings = stage.each(leads, close)
    for state in ("done", "planned"):
        through = [
            lead
            for lead in leads
            if lead.ref in standings
            and standings[lead.ref].state == state
            and _is_through(lead, standings[lead.ref])
        ]
        ledger.outcomes.finish(through, stage.run_id, state)
    return ledger.runs.size(stage.run_id) == 1, standings


def _is_through(lead: Carried, standing: HowFar) -> bool:
    return standing.state in ("done", "planned") and not lead.rescore


def _keep_open(stage: Stage, lead: Carried, standing: HowFar) -> None:
    """Raises LeaseLost."""
    outcomes, run_id, now = stage.ledger.outcomes, stage.run_id, stage.ledger.clock()
    match standing.state:
        case "waiting":
            at_once = standing.try_at is None and standing.waiting_for is None
            outcomes.wait(
                lead,
                Wait(
                    explanation=standing.says,
                    try_at=now + backoff(lead.tries) if at_once else standing.try_at,
                    waiting_for=standing.waiting_for,
                ),
                run_id,
            )
            crash_point("given_back")
        case "needs_person":
            outcomes.needs_person(lead, standing.says, run_id)
        case _:
            away = stage.breaker.is_open("ai")
            outcomes.wait_for_ai(
                lead,
                Wait(
                    explanation="The AI was away: the scorecard has decided. It is scored again by itself.",
                    try_at=None if away else now + backoff(lead.tries),
                    waiting_for="ai",
                ),
                run_id,
            )
