"""When something that is due again and again was done last, and what came of it in one line.

The lines are the daily digest's; the watch's own mark tells others whether it is there.
"""

from datetime import datetime

from pydantic import AwareDatetime
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from orchestration_project.ledger import tables
from orchestration_project.ledger.part import Part
from orchestration_project.ledger.reading import reading
from orchestration_project.model import Frozen


class Mark(Frozen):
    name: str
    at: AwareDatetime
    words: str = ""  # a line of the digest; empty: it has none
    reached: int | None = None  # how far it has come, where that is counted


class Marks(Part):
    def set(
        self, name: str, words: str = "", *, at: datetime | None = None, reached: int | None = None
    ) -> None:
        """It was done just now. `words` hold refs and counts, never people."""
        values = {"at": at or self.clock(), "words": words, "reached": reached}
        with self.engine.begin() as connection:
            connection.execute(
                insert(tables.marks)
                .values(name=name, **values)
                .on_conflict_do_update(index_elements=["name"], set_=values)
            )

    def read(self) -> dict[str, Mark]:
        with reading(self.engine) as connection:
            rows = connection.execute(select(tables.marks).order_by(tables.marks.c.name)).mappings()
            return {row["name"]: Mark.model_validate(dict(row)) for row in rows}
