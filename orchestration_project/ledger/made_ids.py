"""Ids that a service has given us for what we are about to make, kept before the write.

What they are used for is said by the connector of the service.
"""

from collections.abc import Mapping

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from orchestration_project.ledger import tables
from orchestration_project.ledger.part import Part


class MadeIds(Part):
    """The `OwnIds` of `model/ports.py`."""

    def keep(self, service: str, ids: Mapping[str, str]) -> Mapping[str, str]:
        table = tables.made_ids
        now = self.clock()
        # in one order, whoever keeps: two who keep the same ones wait instead of deadlocking
        rows = [{"service": service, "name": name, "id": ids[name], "taken_at": now} for name in sorted(ids)]
        query = select(table.c.name, table.c.id).where(
            table.c.service == service, table.c.name.in_(tuple(ids))
        )
        with self.engine.begin() as connection:
            connection.execute(insert(table).on_conflict_do_nothing(), rows)
            return {row.name: row.id for row in connection.execute(query)}

    def drop(self, service: str, name: str) -> None:
        table = tables.made_ids
        with self.engine.begin() as connection:
            connection.execute(delete(table).where(table.c.service == service, table.c.name == name))
