"""The sensor that learns from the CRM what became of leads: deals that were won, lost or opened again.

Which lead a deal came of is decided in `data/deals.py`.
"""

import anyio
import dagster as dg

from orchestration_project.connectors.crm.interface import DealPage
from orchestration_project.data.deals import read_deals
from orchestration_project.errors import LeadsError
from orchestration_project.healing.breaker import Breaker
from orchestration_project.ledger import Ledger
from orchestration_project.orchestration.resources import Workbench
from orchestration_project.orchestration.ticks import tick_failed
from orchestration_project.playbook.model import Playbook

LOOK_SECONDS = 900
PAGES = 5
PAGE_SECONDS = 20.0


@dg.sensor(
    name="crm_deals",
    minimum_interval_seconds=LOOK_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Reads the CRM's deals every quarter of an hour: won, lost, value, date. They become "
    "outcomes of the leads whose contact they are with. How far they were read is kept in the ledger.",
)
def deals_sensor(
    context: dg.SensorEvaluationContext,
    ledger: dg.ResourceParam[Ledger],
    workbench: dg.ResourceParam[Workbench],
    playbook: dg.ResourceParam[Playbook],
) -> dg.SensorResult:
    breaker = Breaker(ledger.connections, ledger.clock)
    breaker.refresh()
    if breaker.is_open("crm"):
        return dg.SensorResult(skip_reason="The CRM is away; its deals are read later.")

    async def bounded(cursor: str | None) -> DealPage:
        with anyio.fail_after(PAGE_SECONDS):
            return await workbench.connected.crm.deals_changed_since(cursor)

    try:
        taken = read_deals(
            ledger,
            playbook.connections.crm.connector,
            lambda cursor: workbench.run(lambda: bounded(cursor)),
            PAGES,
        )
    except Exception as error:  # noqa: BLE001 - raised again, in words that may be shown
        mend = "" if isinstance(error, LeadsError) else " `leads doctor` asks each service once."
        says = (
            "The CRM's deals cannot be read, so outcomes are missing; `deals: false` on its line stops that."
        )
        failed = tick_failed(says, error, mend)
        raise failed from failed.__cause__
    if taken.read:
        context.log.info(taken.words)
    return dg.SensorResult(skip_reason=taken.words)
