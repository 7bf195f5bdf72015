"""The day's limit on what the AI may cost, in the owner's time zone.

What a lead gets instead of the AI's score is decided in `ai_scorer.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from decimal import Decimal
from functools import cached_property
from typing import Protocol

from orchestration_project.errors import PermanentServiceError
from orchestration_project.model import Usage
from orchestration_project.model.decision import dollars
from orchestration_project.model.ports import AiSpend
from orchestration_project.playbook.model import Playbook
from orchestration_project.timezones import day_began, zone
from orchestration_project.together import Together


class OverDailyLimit(PermanentServiceError):  # noqa: N818 - a state of the day, not of the program
    """Today's money is spent. The lead is scored by the rules and says so."""


class Purse(Protocol):
    """Who is asked before a question that costs money, and told what it has cost."""

    async def open(self, service: str) -> None:
        """Before a question. Raises OverDailyLimit."""
        ...

    async def pay(self, model: str, usage: Usage) -> None:
        """After an answer, whatever it was worth."""
        ...


@dataclass(frozen=True)
class DailyPurse:
    """Questions that are under way when the limit is reached are still paid: the day can end a few
    questions above it, at most as many as go side by side."""

    spend: AiSpend
    limit: Decimal | None  # US dollars; None: no limit
    day: tzinfo

    async def open(self, service: str) -> None:
        """Raises OverDailyLimit when what was spent since the owner's midnight is the limit or more."""
        if self.limit is None:
            return
        spent = await self._looks.ask(None)
        if spent >= self.limit:
            raise OverDailyLimit(
                service,
                f"was not asked: {dollars(spent)} were spent today, and the limit is {dollars(self.limit)}.",
                "The lead was scored by the scorecard. Raise `daily_limit_usd` under `ai` in playbook.yaml, "
                "or replay it tomorrow.",
            )

    def spent_today(self) -> Decimal:
        """US dollars since the owner's midnight. Asks the ledger, and blocks meanwhile."""
        return self.spend.since(day_began(self.spend.clock(), self.day))

    async def pay(self, model: str, usage: Usage) -> None:
        """Writes the answer's cost down."""
        await self._payments.ask((model, usage))

    @cached_property
    def _looks(self) -> Together[None, Decimal]:
        return Together(self._spent_for)

    def _spent_for(self, asked: Sequence[None]) -> Sequence[Decimal]:
        return [self.spent_today()] * len(asked)

    @cached_property
    def _payments(self) -> Together[tuple[str, Usage], None]:
        return Together(self._pay_each)

    def _pay_each(self, answers: Sequence[tuple[str, Usage]]) -> Sequence[None]:
        self.spend.add_each(answers)
        return [None] * len(answers)


def daily_purse(playbook: Playbook, spend: AiSpend) -> DailyPurse:
    """The purse with the playbook's limit, whose day begins at midnight in the business's time zone."""
    return DailyPurse(spend, playbook.ai.daily_limit_usd, zone(playbook.business.time_zone))
