"""How far each source has been read. The cursor moves in the transaction that keeps what was read."""

from datetime import datetime

from pydantic import AwareDatetime
from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert

from orchestration_project.crash import crash_point
from orchestration_project.ledger import tables
from orchestration_project.ledger.part import Part
from orchestration_project.ledger.reading import reading
from orchestration_project.model import Clock, Frozen


class Reading(Frozen):
    """A page of a source: read on from `before`, to be gone on from `after`."""

    source: str
    before: str | None
    after: str | None


class Brought(Frozen):
    """What came from a source so far."""

    count: int
    newest: AwareDatetime


class ReadByAnother(Exception):  # noqa: N818 - no error: somebody else was quicker
    """Another process has read this source on meanwhile; what this one has read is that one's business."""


class Sources(Part):
    def cursor(self, source: str, otherwise: str | None = None) -> str | None:
        """Where to read on; `otherwise` where the source has never been read with this ledger."""
        table = tables.sources
        with reading(self.engine) as connection:
            row = connection.execute(select(table.c.cursor).where(table.c.name == source)).first()
        return row.cursor if row is not None else otherwise

    def read_at(self, source: str) -> datetime | None:
        """When it was read last."""
        table = tables.sources
        with reading(self.engine) as connection:
            return connection.execute(select(table.c.read_at).where(table.c.name == source)).scalar()

    def brought(self) -> dict[str, Brought]:
        """How much came from each, imported leads included."""
        leads = tables.submissions
        query = select(leads.c.source, func.count(), func.max(leads.c.received_at)).group_by(leads.c.source)
        with reading(self.engine) as connection:
            return {
                source: Brought(count=count, newest=newest)
                for source, count, newest in connection.execute(query)
            }

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
