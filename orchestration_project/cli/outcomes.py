"""`leads outcomes`: what became of leads, as the CRM's deals say, read now.

With `leads dev` running a sensor does so every quarter of an hour; which lead a deal came of is decided in
`data/deals.py`.
"""

from contextlib import aclosing
from functools import partial
from typing import Annotated

import anyio
import anyio.from_thread
import anyio.to_thread
import typer

from orchestration_project.cli.session import Session, read_playbook, session
from orchestration_project.cli.view import out, print_json
from orchestration_project.connecting import connector_context
from orchestration_project.connectors.crm.interface import DealPage
from orchestration_project.connectors.opened import open_connections
from orchestration_project.data.deals import TakenDeals, read_deals
from orchestration_project.playbook.model import Playbook

PAGES = 1_000


def outcomes(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Read from the CRM what became of leads: won, lost, value and date of the deals with their contacts."""
    with session() as desk:
        taken = anyio.run(partial(_read, desk, read_playbook(desk.installation)))
    if as_json:
        print_json(taken)
    else:
        out.print(taken.words, markup=False)


async def _read(desk: Session, playbook: Playbook) -> TakenDeals:
    given = connector_context(playbook, desk.installation.home, desk.ledger)
    async with aclosing(given):
        crm = open_connections(playbook.connections, given).crm

        def fetch(cursor: str | None) -> DealPage:
            return anyio.from_thread.run(crm.deals_changed_since, cursor)

        name = playbook.connections.crm.connector
        return await anyio.to_thread.run_sync(read_deals, desk.ledger, name, fetch, PAGES)
