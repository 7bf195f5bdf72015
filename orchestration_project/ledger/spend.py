"""What the AI has cost. A row is written with each answer, since a decision may never come of it.

What may be spent is decided in `decision/purse.py`.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Engine, func, insert, select

from orchestration_project.ledger import tables
from orchestration_project.model import Clock, Usage


@dataclass(frozen=True)
class Spend:
    """The `AiSpend` of `model/ports.py`."""

    engine: Engine
    clock: Clock

    def add(self, model: str, usage: Usage) -> None:
        """Writes down one answer of that model."""
        with self.engine.begin() as connection:
            connection.execute(
                insert(tables.ai_spend).values(
                    at=self.clock(),
                    model=model,
                    input_tokens=usage.input_tokens,
                    output_tokens=usage.output_tokens,
                    cost_usd=usage.cost_usd,
                )
            )

    def since(self, moment: datetime) -> Decimal:
        """US dollars; answers of models without a price count nothing."""
        table = tables.ai_spend
        with self.engine.connect() as connection:
            total = connection.execute(
                select(func.coalesce(func.sum(table.c.cost_usd), 0)).where(table.c.at >= moment)
            )
            return Decimal(total.scalar_one())
