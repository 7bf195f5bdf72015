"""Receipts: what each action of each lead has left outside. The key is lead and action, never a run.

The protocol around an act is `action/once.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, Row, select
from sqlalchemy.dialects.postgresql import insert

from orchestration_project.ledger import tables
from orchestration_project.ledger.journal import note
from orchestration_project.model import Clock, Receipt, ReceiptStatus, Ref


@dataclass(frozen=True)
class Receipts:
    engine: Engine
    clock: Clock

    def read(self, refs: Sequence[Ref]) -> dict[Ref, dict[str, Receipt]]:
        """All receipts of these leads, by ref and action."""
        leads, table = tables.submissions, tables.receipts
        found: dict[Ref, dict[str, Receipt]] = {ref: {} for ref in refs}
        with self.engine.connect() as connection:
            rows = connection.execute(
                select(table, leads.c.ref)
                .join(leads, leads.c.id == table.c.lead_id)
                .where(leads.c.ref.in_(tuple(refs)))
                .order_by(table.c.changed_at)
            )
            for row in rows:
                found[row.ref][row.action] = receipt_of(row)
        return found

    def read_one(self, ref: Ref, action: str) -> Receipt | None:
        return self.read([ref])[ref].get(action)

    def write(self, receipt: Receipt, run_id: str) -> None:
        """Sets the receipt of that lead and action, and tells it in the journal."""
        leads, now = tables.submissions, self.clock()
        values = {
            "status": receipt.status.value,
            "external_id": receipt.external_id,
            "url": receipt.url,
            "note": receipt.note,
            "error": receipt.error,
            "conflicts": list(receipt.conflicts),
            "changed_at": now,
            "until": receipt.until,
        }
        with self.engine.begin() as connection:
            lead_id = connection.execute(select(leads.c.id).where(leads.c.ref == receipt.ref)).scalar_one()
            connection.execute(
                insert(tables.receipts)
                .values(lead_id=lead_id, action=receipt.action, **values)
                .on_conflict_do_update(index_elements=["lead_id", "action"], set_=values)
            )
            if receipt.status is not ReceiptStatus.BEGUN:
                note(
                    connection,
                    [lead_id],
                    at=now,
                    event=f"{receipt.action} {receipt.status.value}",
                    detail=receipt.error or receipt.note,
                    run_id=run_id,
                )


def receipt_of(row: Row[Any]) -> Receipt:
    return Receipt(
        ref=row.ref,
        action=row.action,
        status=ReceiptStatus(row.status),
        external_id=row.external_id,
        url=row.url,
        note=row.note,
        error=row.error,
        conflicts=tuple(row.conflicts),
        until=row.until,
    )
