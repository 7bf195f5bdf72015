"""Which receipts are to be looked at once more: what was begun twice and is done may be there twice.

When that time comes is decided in `receipts.py`; who asks the services is `orchestration/twins.py`.
"""

from collections.abc import Collection
from datetime import timedelta

from pydantic import AwareDatetime
from sqlalchemy import select, update

from orchestration_project.ledger import tables
from orchestration_project.ledger.acts import LOOK_AGAIN
from orchestration_project.ledger.part import Part
from orchestration_project.ledger.reading import reading
from orchestration_project.model import Frozen, Ref

WINDOW = timedelta(days=3)
"""What could not be looked at for so long is not looked at any more."""


class SecondLook(Frozen):
    """A receipt that is due for it."""

    ref: Ref
    lead_id: int
    action: str
    look_at: AwareDatetime


class SecondLooks(Part):
    def due(self, actions: Collection[str], limit: int) -> tuple[SecondLook, ...]:
        """Those of these actions, the oldest first."""
        leads, table, now = tables.submissions, tables.receipts, self.clock()
        query = (
            select(leads.c.ref, table.c.lead_id, table.c.action, table.c.look_again_at)
            .join(leads, leads.c.id == table.c.lead_id)
            .where(
                table.c.look_again_at <= now,
                table.c.changed_at > now - WINDOW,
                table.c.action.in_(tuple(actions)),
            )
            .order_by(table.c.look_again_at, leads.c.ref, table.c.action)
            .limit(limit)
        )
        with reading(self.engine) as connection:
            return tuple(
                SecondLook(ref=row.ref, lead_id=row.lead_id, action=row.action, look_at=row.look_again_at)
                for row in connection.execute(query)
            )

    def any_due(self) -> bool:
        """Whether there is anything to look at now, of whatever action."""
        table, now = tables.receipts, self.clock()
        query = select(table.c.lead_id).where(table.c.look_again_at <= now, table.c.changed_at > now - WINDOW)
        with reading(self.engine) as connection:
            return connection.execute(query.limit(1)).first() is not None

    def done(self, look: SecondLook) -> bool:
        """It was looked at. False where another process has just done so."""
        return self._set(look, None)

    def put_off(self, look: SecondLook) -> None:
        """It could not be asked for; it is tried again."""
        self._set(look, LOOK_AGAIN)

    def _set(self, look: SecondLook, pause: timedelta | None) -> bool:
        table = tables.receipts
        change = (
            update(table)
            .where(
                table.c.lead_id == look.lead_id,
                table.c.action == look.action,
                table.c.look_again_at == look.look_at,
            )
            .values(look_again_at=self.clock() + pause if pause else None)
        )
        with self.engine.begin() as connection:
            return connection.execute(change.returning(table.c.lead_id)).first() is not None
