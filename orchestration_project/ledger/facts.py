"""What ops hand to one another: one row a lead, so that runs carry refs and people stay in the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, JsonValue
from sqlalchemy import Engine, select
from sqlalchemy.dialects.postgresql import insert

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
        if not items:
            return
        leads = tables.submissions
        with self.engine.begin() as connection:
            ids = {
                row.ref: row.id
                for row in connection.execute(
                    select(leads.c.ref, leads.c.id).where(leads.c.ref.in_([item.ref for item in items]))
                )
            }
            statement = insert(tables.facts)
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["run_id", "step", "output", "lead_id"],
                    set_={"value": statement.excluded.value, "at": statement.excluded.at},
                ),
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
