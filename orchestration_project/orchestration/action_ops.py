"""The ops of layer 3, one an action, and the one that closes a track. The work itself is in `action/`."""

import dagster as dg

from orchestration_project.action.autonomy import granted
from orchestration_project.action.base import Action, Brief, Tools
from orchestration_project.action.once import FINAL, Doer
from orchestration_project.connectors.opened import Connected
from orchestration_project.ledger import Ledger
from orchestration_project.model import Batch, Decided, Receipt
from orchestration_project.orchestration.each_lead import RETRY, each_lead
from orchestration_project.orchestration.resources import Workbench
from orchestration_project.orchestration.tables import leads_table, receipt_table
from orchestration_project.playbook.model import Playbook


def build_action_op(action: Action) -> dg.OpDefinition:
    """One op serves every track that lists the action."""

    @dg.op(
        name=action.name,
        description=type(action).__doc__,
        ins={"decided": dg.In(Batch[Decided]), "earlier": dg.In(list[Batch[Receipt]])},
        out=dg.Out(Batch[Receipt]),
        retry_policy=RETRY,
        pool=action.kind,
        tags={"layer": "action"},
    )
    async def act(
        context: dg.OpExecutionContext,
        decided: Batch[Decided],
        earlier: list[Batch[Receipt]],  # noqa: ARG001 - only the order matters; receipts come from the ledger
        playbook: dg.ResourceParam[Playbook],
        ledger: dg.ResourceParam[Ledger],
        workbench: dg.ResourceParam[Workbench],
    ) -> dg.Output[Batch[Receipt]]:
        connected = workbench.connected
        doer = Doer(ledger, tools_of(connected), workbench.clock, context.run_id)
        autonomy = granted(action, playbook, embedded=connected.embedded(action.kind))
        receipts = ledger.receipts.read(decided.refs)

        async def once(item: Decided) -> Receipt:
            brief = Brief(
                context=item.context,
                decision=item.decision,
                playbook=playbook,
                receipts=receipts[item.ref],
                run_url=workbench.run_url(context.run_id),
            )
            (step,) = [step for step in brief.track.actions if step.action == action.name]
            return await doer.once(action, step, brief, autonomy)

        done = await each_lead(context, ledger, workbench, decided, once)
        return dg.Output(Batch[Receipt](items=done), metadata=receipt_table(done))

    return act


def tools_of(connected: Connected) -> Tools:
    return connected


@dg.op(
    description="Closes the leads whose every action of the track has its receipt.",
    ins={"decided": dg.In(Batch[Decided]), "receipts": dg.In(list[Batch[Receipt]])},
    retry_policy=RETRY,
    tags={"layer": "action"},
)
def finish(
    context: dg.OpExecutionContext,
    decided: Batch[Decided],
    receipts: list[Batch[Receipt]],  # noqa: ARG001 - only the order matters; receipts come from the ledger
    playbook: dg.ResourceParam[Playbook],
    ledger: dg.ResourceParam[Ledger],
) -> None:
    written = ledger.receipts.read(decided.refs)
    closed = tuple(
        item
        for item in decided.items
        if all(
            (receipt := written[item.ref].get(name)) is not None and receipt.status in FINAL
            for name in playbook.track(item.decision.track).action_names
        )
    )
    ledger.work.finish([item.ref for item in closed], context.run_id)
    context.add_output_metadata(leads_table(Batch[Decided](items=closed)))
