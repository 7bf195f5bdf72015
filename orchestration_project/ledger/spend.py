"""What the AI has cost, and what for. A row is written with each answer: a decision may never come of it.

What may be spent is decided in `decision/purse.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from sqlalchemy import Engine, func, insert, select

from orchestration_project.ledger import tables
from orchestration_project.ledger.reading import reading
from orchestration_project.model import Clock, Usage


@dataclass(frozen=True)
class Spend:
    """The `AiSpend` of `model/ports.py`."""

    engine: Engine
    clock: Clock
    purpose: Literal["live", "rescore"] = "live"

    def add_each(self, answers: Sequence[tuple[str, Usage]]) -> None:
        """Writes down answers, each with the model that gave it."""
        now = self.clock()
        rows = [
            {
                "at": now,
                "model": model,
                "input_tokens": usage.input_tokens,
                "output_tokens": usage.output_tokens,
                "cost_usd": usage.cost_usd,
                "purpose": self.purpose,
            }
            for model, usage in answers
        ]
        with self.engine.begin() as connection:
            connection.execute(insert(tables.ai_spend), rows)

    def since(self, moment: datetime) -> Decimal:
        """US dollars for this purpose; answers of models without a price count nothing."""
        table = tables.ai_spend
        with reading(self.engine) as connection:
            total = connection.execute(
                select(func.coalesce(func.sum(table.c.cost_usd), 0)).where(
                    table.c.at >= moment, table.c.purpose == self.purpose
                )
            )
            return Decimal(total.scalar_one())

    def usual(self, model: str) -> Usage | None:
        """What an answer of that model takes: the mean of the newest thousand. None: it was never asked."""
        table = tables.ai_spend
        newest = (
            select(table.c.input_tokens, table.c.output_tokens, table.c.cost_usd)
            .where(table.c.model == model)
            .order_by(table.c.id.desc())
            .limit(1000)
            .subquery()
        )
        with reading(self.engine) as connection:
            row = connection.execute(
                select(
                    func.count().label("answers"),
                    func.avg(newest.c.input_tokens).label("input_tokens"),
                    func.avg(newest.c.output_tokens).label("output_tokens"),
                    func.avg(newest.c.cost_usd).label("cost_usd"),
                )
            ).one()
        if not row.answers:
            return None
        return Usage(
            input_tokens=round(row.input_tokens),
            output_tokens=round(row.output_tokens),
            cost_usd=row.cost_usd,
        )
