"""Which fields a form or the CRM had in which weeks: names alone, never a value.

Whom a change concerns, and whether it is told, is `watch/shape.py`'s.
"""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from orchestration_project.ledger import tables
from orchestration_project.ledger.part import Part
from orchestration_project.model import Frozen

_A_WEEK = timedelta(days=7)


class Changed(Frozen):
    """Since the last weeks. Empty both: nothing, or it is looked at for the first time."""

    vanished: tuple[str, ...] = ()
    new: tuple[str, ...] = ()


class FieldNames(Part):
    def saw(self, whose: str, names: Collection[str]) -> Changed:
        """Writes down that these are there now. What was there last week or this week and is not any more has
        vanished; what came this week or last week, to others that were there before, is new."""
        table, today = tables.field_names, self.clock().date()
        week = today - timedelta(days=today.weekday())
        with self.engine.begin() as connection:
            rows = connection.execute(select(table).where(table.c.whose == whose)).all()
            for name in sorted(names):
                values = {"whose": whose, "name": name, "first_week": week, "last_week": week}
                connection.execute(
                    insert(table)
                    .values(values)
                    .on_conflict_do_update(index_elements=["whose", "name"], set_={"last_week": week})
                )
        known, late = {row.name: row for row in rows}, week - _A_WEEK
        begun = min((row.first_week for row in rows), default=week)
        lately = {row.name for row in rows if row.first_week >= late and row.first_week > begun}
        new = {name for name in names if name not in known or name in lately} if rows else set[str]()
        gone = {row.name for row in rows if row.name not in names and row.last_week >= late}
        return Changed(vanished=tuple(sorted(gone)), new=tuple(sorted(new)))
