"""Which parameters each model refuses, so that not every run has to find out anew.

What is sent to a model is decided in `connectors/ai/`.
"""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from orchestration_project.ledger import tables
from orchestration_project.ledger.part import Part
from orchestration_project.ledger.reading import reading

FORGOTTEN_AFTER = timedelta(days=30)
"""Behind one name there may be another model by then."""


class Refusals(Part):
    """The `RefusedParameters` of `model/ports.py`."""

    def known(self, server: str, model: str) -> frozenset[str]:
        """The names of the parameters that the model has refused in the last 30 days."""
        table = tables.ai_refusals
        query = select(table.c.parameter).where(
            table.c.server == server,
            table.c.model == model,
            table.c.refused_at > self.clock() - FORGOTTEN_AFTER,
        )
        with reading(self.engine) as connection:
            return frozenset(connection.execute(query).scalars())

    def add(self, server: str, model: str, parameter: str) -> None:
        """Writes down that the model has just refused it."""
        now = self.clock()
        row = {"server": server, "model": model, "parameter": parameter, "refused_at": now}
        statement = insert(tables.ai_refusals).values(row)
        with self.engine.begin() as connection:
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["server", "model", "parameter"], set_={"refused_at": now}
                )
            )
