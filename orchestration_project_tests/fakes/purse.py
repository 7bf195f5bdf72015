"""A purse for tests of the scorer: it notes what is paid, and is closed by hand."""

from orchestration_project.decision.purse import OverDailyLimit
from orchestration_project.model import Usage


class NotedPurse:
    def __init__(self) -> None:
        self.paid: list[tuple[str, Usage]] = []
        self.empty = False

    async def open(self, service: str) -> None:
        if self.empty:
            raise OverDailyLimit(service, "was not asked: today's money is spent.", "Wait for tomorrow.")

    async def pay(self, model: str, usage: Usage) -> None:
        self.paid.append((model, usage))
