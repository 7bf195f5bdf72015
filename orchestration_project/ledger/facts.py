"""What ops hand to one another: one row a lead, so that runs carry refs and people stay in the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, JsonValue
from sqlalchemy import Engine, delete, insert, select

from orchestration_project.ledger import tables
from orchestration_project.model import Clock, HasRef


@dataclass(frozen=True)
class Place:
    """Where in a run an output was made."""

    run_id: str
    step: str
    output: str


@dataclass(frozen=True)
class Facts:
    engine: Engine
    clock: Clock

    def write(self, place: Place, items: Sequence[HasRef]) -> None:
        """Keeps the items of one output; writing the same output again replaces it."""
        leads, table = tables.submissions, tables.facts
        with self.engine.begin() as connection:
            # a first try of the step may have had leads that this one has given back
            connection.execute(
                delete(table).where(
                    table.c.run_id == place.run_id,
                    table.c.step == place.step,
                    table.c.output == place.output,
                )
            )
            if not items:
                return
            ids = {
                row.ref: row.id
                for row in connection.execute(
                    select(leads.c.ref, leads.c.id).where(leads.c.ref.in_([item.ref for item in items]))
                )
            }
            connection.execute(
                insert(table),
                [
                    {
                        "run_id": place.run_id,
                        "step": place.step,
                        "output": place.output,
                        "lead_id": ids[item.ref],
                        "position": position,
                        "type": type(item).__name__,
                        "value": item.model_dump(mode="json") if isinstance(item, BaseModel) else None,
                        "at": self.clock(),
                    }
                    for position, item in enumerate(items)
                ],
            )

    def read(self, place: Place) -> tuple[JsonValue, ...]:
        table = tables.facts
        with self.engine.connect() as connection:
            return tuple(
                connection.execute(
                    select(table.c.value)
                    .where(
                        table.c.run_id == place.run_id,
                        table.c.step == place.step,
                        table.c.output == place.output,
                    )
                    .order_by(table.c.position)
                ).scalars()
            )
