"""How far each source has been read. The cursor moves in the transaction that keeps what was read."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, select
from sqlalchemy.dialects.postgresql import insert

from orchestration_project.crash import crash_point
from orchestration_project.ledger import tables
from orchestration_project.model import Clock, Frozen


class Reading(Frozen):
    """A page of a source: read on from `before`, to be gone on from `after`."""

    source: str
    before: str | None
    after: str | None


class ReadByAnother(Exception):  # noqa: N818 - no error: somebody else was quicker
    """Another process has read this source on meanwhile; what this one has read is that one's business."""


@dataclass(frozen=True)
class Sources:
    engine: Engine
    clock: Clock

    def cursor(self, source: str, otherwise: str | None = None) -> str | None:
        """Where to read on; `otherwise` where the source has never been read with this ledger."""
        table = tables.sources
        with self.engine.connect() as connection:
            row = connection.execute(select(table.c.cursor).where(table.c.name == source)).first()
        return row.cursor if row is not None else otherwise

    def read_at(self, source: str) -> datetime | None:
        """When it was read last."""
        table = tables.sources
        with self.engine.connect() as connection:
            return connection.execute(select(table.c.read_at).where(table.c.name == source)).scalar()

    def move(self, reading: Reading) -> None:
        """Where nothing was delivered but the cursor. Raises ReadByAnother."""
        with self.engine.begin() as connection:
            move_cursor(connection, reading, self.clock)


def move_cursor(connection: Connection, reading: Reading, clock: Clock) -> None:
    """Within the transaction that keeps the page. Raises ReadByAnother: the page then is not kept."""
    table = tables.sources
    moved = connection.execute(
        insert(table)
        .values(name=reading.source, cursor=reading.after, read_at=clock())
        .on_conflict_do_update(
            index_elements=["name"],
            set_={"cursor": reading.after, "read_at": clock()},
            where=table.c.cursor.is_not_distinct_from(reading.before),
        )
        .returning(table.c.name)
    ).first()
    if moved is None:
        raise ReadByAnother(reading.source)
    crash_point("cursor_moved")
