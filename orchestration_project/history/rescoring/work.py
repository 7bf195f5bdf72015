"""One re-scoring from end to end, as the command line and the Dagster UI begin it: who is asked, what it will
take, and then it is done.

How leads are scored side by side is `rescore.py`; which rules are meant, `rules.py`.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import cast

import anyio.to_thread

from orchestration_project.connecting import connector_context, http_client
from orchestration_project.connectors import TABLES
from orchestration_project.connectors.ai.interface import LanguageModel
from orchestration_project.connectors.ai.offline import NoModel
from orchestration_project.connectors.base import connector_class
from orchestration_project.connectors.opened import open_connections
from orchestration_project.decision.offline import OfflineScorer
from orchestration_project.decision.scorer import scorer_for
from orchestration_project.errors import LeadsError
from orchestration_project.history.rescoring.batch import AnswersInBatches, BatchRescoring
from orchestration_project.history.rescoring.estimate import Estimate, estimate
from orchestration_project.history.rescoring.purse import TrialPurse
from orchestration_project.history.rescoring.rescore import SIDE_BY_SIDE, Rescoring, Tally, Todo
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.rescored import Wanted
from orchestration_project.ledger.spend import Spend
from orchestration_project.model import Context
from orchestration_project.playbook.model import Playbook

OFFLINE = "offline"
MEASURED = 20
"""Leads whose questions are measured where the model was never asked."""


def scorer_name(playbook: Playbook) -> str:
    """Under which answers are kept. Opens nothing."""
    name = playbook.connections.ai.connector
    return cast("LanguageModel", connector_class("ai", name, TABLES["ai"])).service  # the class knows it, too


@dataclass(frozen=True)
class Work:
    """What is to be scored, and by whom. `model`: None where the scorecard scores, which costs nothing."""

    ledger: Ledger
    playbook: Playbook
    wanted: Wanted
    todo: Todo
    model: LanguageModel | None
    side_by_side: int

    @property
    def spend(self) -> Spend:
        """Written down beside the live intake's, not among it."""
        return replace(self.ledger.spend, purpose="rescore")

    @cached_property
    def meant(self) -> int:
        """Scores, those included that are there already."""
        return self.ledger.rescored.count(self.wanted) * self.wanted.attempts

    @cached_property
    def foreseen(self) -> Estimate:
        usual = self.ledger.spend.usual(self.playbook.ai.model)
        some = () if usual else [ref for ref, _ in self.todo[:MEASURED]]
        return estimate(
            self.playbook,
            len(self.todo),
            tuple(self.ledger.facts.read(Context, some).values()),
            usual=usual,
            answer_seconds=self.ledger.rescored.usual_seconds(self.wanted.scorer),
            side_by_side=self.side_by_side,
        )

    async def do(self, limit: Decimal | None, told: Callable[[int], None] = lambda _: None) -> Tally:
        """`limit`: US dollars; None: none. `told` of how many more are scored."""
        if not self.todo:
            return Tally(scored=0)
        purse = TrialPurse(self.spend, limit if self.model else None, self.foreseen.each_usd or Decimal(0))
        return await Rescoring(
            scorer=scorer_for(self.model, purse) if self.model else OfflineScorer(),
            asked=self.wanted.scorer,
            playbook=self.playbook,
            purse=purse,
            clock=self.ledger.clock,
            read=lambda refs: self.ledger.facts.read(Context, refs),
            keep=self.ledger.rescored.keep,
            side_by_side=self.side_by_side,
            told=told,
        ).run(self.todo)

    async def do_by_batch(
        self, batches: AnswersInBatches, limit: Decimal | None, told: Callable[[int], None]
    ) -> Tally:
        """The same at half the price, within a day."""
        return await BatchRescoring(
            service=batches,
            playbook=self.playbook,
            batches=self.ledger.batches,
            spend=self.spend,
            limit=limit,
            expected=self.foreseen.each_usd or Decimal(0),
            clock=self.ledger.clock,
            read=lambda refs: self.ledger.facts.read(Context, refs),
            keep=self.ledger.rescored.keep,
            told=told,
        ).run(self.todo)

    @property
    def in_batches(self) -> AnswersInBatches:
        """Raises LeadsError where the model's service takes no batches."""
        from orchestration_project.connectors.ai.openai import OpenAiModel  # noqa: PLC0415 - of this only
        from orchestration_project.connectors.ai.openai_batch import OpenAiBatches  # noqa: PLC0415

        if not isinstance(self.model, OpenAiModel):
            raise LeadsError(
                "--batch goes with `ai: {connector: openai}`: nobody else takes a file of questions."
            )
        return OpenAiBatches(self.model)


@asynccontextmanager
async def work(
    ledger: Ledger,
    home: Path,
    playbook: Playbook,
    wanted: Wanted,
    *,
    side_by_side: int = SIDE_BY_SIDE,
    offline: bool = False,
) -> AsyncGenerator[Work]:
    """The model of connections.yaml is asked, or with `offline` the scorecard; `wanted.scorer` is set to
    whoever it is. Raises SettingError where the model lacks its credential."""
    ledger.playbooks.keep(playbook.version, playbook.files)
    async with http_client(side_by_side) as http:
        model = open_connections(playbook.connections, connector_context(playbook, home, ledger, http)).ai
        asked = None if offline or isinstance(model, NoModel) else model
        wanted = wanted.model_copy(update={"scorer": asked.service if asked else OFFLINE})
        todo = await anyio.to_thread.run_sync(ledger.rescored.todo, wanted)
        yield Work(ledger, playbook, wanted, todo, asked, side_by_side)
