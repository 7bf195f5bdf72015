"""What a person should see of a lead and need not act on: it stops nothing, and is put away once seen.

What stops a lead is `outcomes.py`.
"""

from collections.abc import Collection

from sqlalchemy import update

from orchestration_project.ledger import tables
from orchestration_project.ledger.journal import note
from orchestration_project.ledger.part import Part
from orchestration_project.ledger.rows import rows_of
from orchestration_project.model import Ref


class Attention(Part):
    def draw(self, ref: Ref, words: str) -> None:
        """Something a person should see, which stops nothing. It takes the place of nothing that nobody has
        seen yet."""
        now = self.clock()
        with self.engine.begin() as connection:
            for row in rows_of(connection, [ref], lock=True):
                told = row.attention if words in row.attention else f"{row.attention} {words}".strip()
                connection.execute(
                    update(tables.work).where(tables.work.c.lead_id == row.lead_id).values(attention=told)
                )
                note(connection, [row.lead_id], at=now, event="look at this", detail=words)

    def seen(self, refs: Collection[Ref]) -> tuple[Ref, ...]:
        """A person has looked at what was to be looked at. Answers those of the leads that had something."""
        with self.engine.begin() as connection:
            rows = [row for row in rows_of(connection, refs, lock=True) if row.attention]
            for row in rows:
                connection.execute(
                    update(tables.work).where(tables.work.c.lead_id == row.lead_id).values(attention="")
                )
                note(connection, [row.lead_id], at=self.clock(), event="seen", detail=row.attention)
        return tuple(Ref(row.ref) for row in rows)
