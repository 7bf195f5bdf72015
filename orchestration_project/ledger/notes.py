"""Receipts of what was not begun: planned, skipped, or waiting. For many leads at once, in few statements.

What was begun is `acts.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, or_
from sqlalchemy.dialects.postgresql import insert

from orchestration_project.ledger import tables
from orchestration_project.ledger.journal import NOTE
from orchestration_project.ledger.receipt_rows import receipt_of, receipt_values, stored, story_line
from orchestration_project.ledger.rows import AnyRow, keep_mine
from orchestration_project.model import Carried, LeaseLost, Receipt, ReceiptStatus


@dataclass(frozen=True)
class Note:
    """A receipt of something that was not begun: planned, skipped, or waiting."""

    lead: Carried
    receipt: Receipt
    run_id: str
    guarded: bool = True  # False for a follow-up of a lead that no run carries

    @property
    def key(self) -> tuple[int, str]:
        return self.lead.lead_id, self.receipt.action


def note_acts(connection: Connection, notes: Sequence[Note], now: datetime) -> list[Receipt | LeaseLost]:
    """The receipts that stand then, in their order. A note takes the place of none that is done or begun."""
    mine = set(keep_mine(connection, list({one.lead: None for one in notes if one.guarded})))
    mine = {one.key for one in notes if not one.guarded or one.lead in mine}
    before = stored(connection, [one.key for one in notes])
    rows = {
        one.key: receipt_values(one.receipt)
        | {
            "lead_id": one.lead.lead_id,
            "action": one.receipt.action,
            "lease": one.lead.lease,
            "changed_at": now,
        }
        for one in notes
        if one.key in mine
    }
    written = _put_notes(connection, [*rows.values()], now) if rows else set[tuple[int, str]]()
    told = [
        story_line(one.lead, one.receipt, one.run_id, now)
        for one in notes
        if one.key in written and _says_more(one, before.get(one.key))
    ]
    if told:
        connection.execute(NOTE, told)
    stands = stored(connection, [*(mine - written)])
    return [
        LeaseLost(one.lead.ref)
        if one.key not in mine
        else receipt_of(stands[one.key], one.lead.ref)
        if one.key in stands
        else one.receipt.model_copy(update={"tries": row.tries if (row := before.get(one.key)) else 0})
        for one in notes
    ]


def _put_notes(
    connection: Connection, rows: Sequence[dict[str, object]], now: datetime
) -> set[tuple[int, str]]:
    table, new = tables.receipts, insert(tables.receipts)
    changed = {name: new.excluded[name] for name in rows[0] if name not in ("lead_id", "action")}
    statement = new.on_conflict_do_update(
        index_elements=["lead_id", "action"],
        # of what was begun and not looked up yet, there may still be a twin
        set_=changed | {"unsure": or_(table.c.unsure, table.c.status == ReceiptStatus.BEGUN.value)},
        where=or_(
            and_(
                table.c.status != ReceiptStatus.DONE.value,
                table.c.status != ReceiptStatus.BEGUN.value,
            ),
            # begun long ago, and by now known not to have been done
            and_(table.c.status == ReceiptStatus.BEGUN.value, table.c.clear_at <= now),
        ),
    ).returning(table.c.lead_id, table.c.action)
    return {(row.lead_id, row.action) for row in connection.execute(statement, rows)}


def _says_more(one: Note, before: AnyRow | None) -> bool:
    said = (one.receipt.status.value, one.receipt.note)
    return before is None or (before.status, before.note) != said
