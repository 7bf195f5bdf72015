"""What the connectors of an installation are built from: the environment, the database, one HTTP client.

Opening them is `connectors/opened.py`; keeping them open for a run belongs to the orchestration.
"""

import os
import ssl
from functools import cache, partial
from pathlib import Path

import httpx

from orchestration_project.connectors.base import ConnectorContext
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.paces import take_turn
from orchestration_project.playbook.model import Playbook


def http_client() -> httpx.AsyncClient:
    """One for all connectors of a process."""
    return httpx.AsyncClient(timeout=httpx.Timeout(20.0, connect=5.0), verify=_certificates())


@cache
def _certificates() -> ssl.SSLContext:
    return httpx.create_ssl_context()  # takes 15 ms, and each tick has a client


def connector_context(playbook: Playbook, home: Path, ledger: Ledger) -> ConnectorContext:
    """What the connectors of this installation are built from."""
    return ConnectorContext(
        http=http_client(),
        home=home,
        database=ledger.engine,
        clock=ledger.clock,
        environment=dict(os.environ),
        own_domain=playbook.business.own_domain,
        turns=partial(take_turn, ledger.engine),
        ai_model=playbook.ai.model,
        ai_refusals=ledger.refusals,
    )
