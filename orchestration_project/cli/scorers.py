"""The scorer that a command asks: the offline one, or the connected model within today's limit.

What is asked of it is in `history/evaluation/`.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio

from orchestration_project.cli.session import Session
from orchestration_project.connectors.ai.offline import NoModel
from orchestration_project.connectors.opened import open_connections
from orchestration_project.decision.offline import OfflineScorer
from orchestration_project.decision.purse import daily_purse
from orchestration_project.decision.scorer import Scorer, scorer_for
from orchestration_project.errors import LeadsError
from orchestration_project.playbook.model import Playbook

ResultT = TypeVar("ResultT")


def offline(work: Callable[[Scorer], Awaitable[ResultT]]) -> ResultT:
    """Without a question to anybody."""
    return anyio.run(work, OfflineScorer())


def with_ai(desk: Session, playbook: Playbook, work: Callable[[Scorer], Awaitable[ResultT]]) -> ResultT:
    """With the model of connections.yaml; what is asked counts against the day's limit. Raises LeadsError
    where none is connected, and SettingError where it lacks its credential."""
    from orchestration_project.orchestration.resources import connector_context  # noqa: PLC0415 - dagster is slow to import

    async def ask() -> ResultT:
        given = connector_context(playbook, desk.installation.home, desk.ledger)
        try:
            model = open_connections(playbook.connections, given).ai
            if isinstance(model, NoModel):
                raise LeadsError(
                    "No AI is connected: the `ai` line of connections.yaml says offline. Connect one, or "
                    "leave --ai out."
                )
            return await work(scorer_for(model, daily_purse(playbook, desk.ledger.spend)))
        finally:
            await given.aclose()

    return anyio.run(ask)
