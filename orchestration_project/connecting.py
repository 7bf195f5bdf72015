"""What the connectors of an installation are built from: the environment, the database, one HTTP client.

Opening them is `connectors/opened.py`; keeping them open for a run belongs to the orchestration.
"""

import os
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration_project.connectors.base import ConnectorContext
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.paces import take_turn
from orchestration_project.playbook.model import Playbook

if TYPE_CHECKING:
    import httpx

UNPACED = "LEADS_UNPACED"
"""Set where services are stand-ins, as for benchmarks: nobody keeps to the real ones' rates."""


def http_client(side_by_side: int = 128) -> "httpx.AsyncClient":
    """One for all connectors of a process."""
    import httpx  # noqa: PLC0415 - most commands ask nobody

    from orchestration_project.connectors.http_client import HttpClient  # noqa: PLC0415

    return HttpClient(
        timeout=httpx.Timeout(20.0, connect=5.0),
        limits=httpx.Limits(max_connections=side_by_side, max_keepalive_connections=side_by_side),
    )


def connector_context(
    playbook: Playbook, home: Path, ledger: Ledger, http: "httpx.AsyncClient | None" = None
) -> ConnectorContext:
    """What the connectors of this installation are built from."""
    return ConnectorContext(
        client=cache(lambda: http or http_client()),
        home=home,
        database=ledger.engine,
        clock=ledger.clock,
        environment=dict(os.environ),
        own_domain=playbook.business.own_domain,
        turns=None if os.environ.get(UNPACED) else partial(take_turn, ledger.engine),
        ai_model=playbook.ai.model,
        ai_refusals=ledger.refusals,
        ids=ledger.made_ids,
    )
