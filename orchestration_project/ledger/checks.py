"""Leads that wait to be checked: of which the team has not been told yet, and that it has been.

How they come there is `outcomes.py`, how they go on `by_hand.py`.
"""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import ColumnElement, func, select, update

from orchestration_project.ledger import tables
from orchestration_project.ledger.journal import note
from orchestration_project.ledger.part import Part
from orchestration_project.ledger.reading import reading
from orchestration_project.model import Frozen, Ref


class ToCheck(Frozen):
    ref: Ref
    reason: str  # the kind of its first doubt
    explanation: str
    told: bool


class Checks(Part):
    def of_run(self, run_id: str) -> tuple[ToCheck, ...]:
        """Those that the run has set apart, the oldest first."""
        return self._found(tables.work.c.run_id == run_id)

    def untold(self) -> tuple[ToCheck, ...]:
        """Those that nobody was told of, the oldest first."""
        return self._found(tables.work.c.told_at.is_(None))

    def _found(self, *conditions: ColumnElement[bool]) -> tuple[ToCheck, ...]:
        leads, work = tables.submissions, tables.work
        query = (
            select(leads.c.ref, work.c.reason, work.c.explanation, work.c.told_at)
            .join(leads, leads.c.id == work.c.lead_id)
            .where(work.c.state == "to_check", *conditions)
            .order_by(work.c.lead_id)
        )
        with reading(self.engine) as connection:
            return tuple(
                ToCheck(
                    ref=row.ref,
                    reason=row.reason,
                    explanation=row.explanation,
                    told=row.told_at is not None,
                )
                for row in connection.execute(query)
            )

    def tellings(self, window: timedelta) -> int:
        """How many lines the chat had of leads to check in that time."""
        told = tables.work.c.told_at
        query = select(func.count(told.distinct())).where(told > self.clock() - window)
        with reading(self.engine) as connection:
            return connection.execute(query).scalar_one()

    def told(self, refs: Collection[Ref]) -> None:
        now, work, leads = self.clock(), tables.work, tables.submissions
        with self.engine.begin() as connection:
            ids = connection.execute(
                update(work)
                .where(work.c.lead_id == leads.c.id, leads.c.ref.in_(tuple(refs)), work.c.told_at.is_(None))
                .values(told_at=now)
                .returning(work.c.lead_id)
            ).scalars()
            note(connection, ids, at=now, event="told", detail="in chat, that it is to be checked")
