"""What a look of the watch works with, from the rules as they stand on disk. Without dagster.

Who looks is `sensor.py`, and from outside `silence.py`.
"""

import os
from functools import cache, lru_cache, partial
from pathlib import Path

from orchestration_project.connecting import http_client
from orchestration_project.connectors.base import ConnectorContext
from orchestration_project.errors import PlaybookError
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.paces import take_turn
from orchestration_project.offer import capabilities
from orchestration_project.playbook.audience import Audience, audience_in, audience_of
from orchestration_project.playbook.files import fingerprint
from orchestration_project.playbook.load import load_playbook
from orchestration_project.playbook.model import Playbook
from orchestration_project.watch.causes.base import Seen

MARK = "watch"
"""Set at the end of each look: by it others know that the watch is there."""


def open_seen(ledger: Ledger, home: Path, folder: Path) -> Seen:
    """With the rules as they stand on disk; of broken ones as much as can be read."""
    playbook, audience = _rules(folder, _mark(folder))
    return Seen(
        ledger,
        audience,
        home,
        partial(sending_context, ledger, home, audience, playbook),
        playbook=playbook,
        ui_url=os.environ.get("LEADS_UI_URL", "").strip().rstrip("/"),
    )


@lru_cache(maxsize=2)
def _rules(folder: Path, mark: str) -> tuple[Playbook | None, Audience]:  # noqa: ARG001 - of what is kept
    try:
        playbook = load_playbook(folder, capabilities())
    except PlaybookError:
        return None, audience_in(folder, capabilities())
    return playbook, audience_of(playbook)


def _mark(folder: Path) -> str:
    try:
        return fingerprint(folder)
    except OSError:
        return ""


def sending_context(
    ledger: Ledger, home: Path, audience: Audience, playbook: Playbook | None
) -> ConnectorContext:
    """What senders are opened with, also where the playbook has mistakes."""
    return ConnectorContext(
        client=cache(http_client),
        home=home,
        database=ledger.engine,
        clock=ledger.clock,
        environment=dict(os.environ),
        own_domain=audience.own_domain,
        turns=partial(take_turn, ledger.engine),
        ai_model=playbook.ai.model if playbook else "",
        ai_refusals=ledger.refusals,
        ids=ledger.made_ids,
    )
