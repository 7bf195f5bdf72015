"""Ids that a service has given us for what we are about to make, kept before the write.

What they are used for is said by the connector of the service.
"""

from dataclasses import dataclass

from sqlalchemy import Engine, delete, select
from sqlalchemy.dialects.postgresql import insert

from orchestration_project.ledger import tables
from orchestration_project.model import Clock


@dataclass(frozen=True)
class MadeIds:
    """The `OwnIds` of `model/ports.py`."""

    engine: Engine
    clock: Clock

    def kept(self, service: str, name: str) -> str | None:
        table = tables.made_ids
        query = select(table.c.id).where(table.c.service == service, table.c.name == name)
        with self.engine.connect() as connection:
            return connection.execute(query).scalar()

    def keep(self, service: str, name: str, id_: str) -> str:
        table = tables.made_ids
        row = {"service": service, "name": name, "id": id_, "taken_at": self.clock()}
        query = select(table.c.id).where(table.c.service == service, table.c.name == name)
        with self.engine.begin() as connection:
            connection.execute(insert(table).values(row).on_conflict_do_nothing())
            return connection.execute(query).scalar_one()

    def drop(self, service: str, name: str) -> None:
        table = tables.made_ids
        with self.engine.begin() as connection:
            connection.execute(delete(table).where(table.c.service == service, table.c.name == name))
