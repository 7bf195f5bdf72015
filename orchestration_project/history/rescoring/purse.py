"""What a re-scoring may cost: a limit of its own, beside the live intake's daily one.

What is spent is written into the ledger like every answer, as `rescore`.
"""

from dataclasses import dataclass, field
from decimal import Decimal

import anyio
import anyio.to_thread

from orchestration_project.decision.purse import OverDailyLimit, dollars
from orchestration_project.model import Usage
from orchestration_project.model.ports import AiSpend


@dataclass
class TrialPurse:
    """A `Purse`. Money for each question is set aside before it is asked, so that many side by side do not
    pass the limit together; `expected` is what one costs, until the answers tell better."""

    spend: AiSpend
    limit: Decimal | None  # US dollars; None: no limit
    expected: Decimal
    spent: Decimal = field(default=Decimal(0), init=False)
    answers: int = field(default=0, init=False)
    _under_way: set[int] = field(default_factory=set[int], init=False)  # the tasks that have asked

    async def open(self, service: str) -> None:
        """Raises OverDailyLimit where the next question could pass the limit."""
        if self.limit is not None and self.spent + (len(self._under_way) + 1) * self._each() > self.limit:
            raise OverDailyLimit(
                service,
                f"was not asked: {dollars(self.spent)} were spent, and the limit is {dollars(self.limit)}.",
                "Go on with the same command and a higher --limit-usd; what is scored stays.",
            )
        self._under_way.add(anyio.get_current_task().id)

    async def pay(self, model: str, usage: Usage) -> None:
        self.over()
        self.spent += usage.cost_usd or 0
        self.answers += 1
        await anyio.to_thread.run_sync(self.spend.add_each, [(model, usage)])

    def over(self) -> None:
        """This task's question is through, whatever came of it."""
        self._under_way.discard(anyio.get_current_task().id)

    def _each(self) -> Decimal:
        """The dearer of what was expected and what it has been: rather stop early than late."""
        return max(self.expected, self.spent / self.answers) if self.answers else self.expected
