"""What the embedded CRM says now of the contacts that we made or wrote to.

Changing them is in `local.py`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from orchestration_project.connectors.crm.local_rows import row_id
from orchestration_project.connectors.crm.local_tables import contacts
from orchestration_project.connectors.listing import LOOK_BACK, MOST, mark
from orchestration_project.model.records import NO, Item, Told, ToldPage

OPTED_OUT = "opted_out"
"""A property of a contact; `yes` where the person wants no marketing mail."""


def changed_since(db: Connection, cursor: str | None, now: datetime) -> ToldPage:
    """A change that commits late is looked back for."""
    before = mark(cursor, now - LOOK_BACK)
    limit = MOST + len(before.given)  # a burst within the look back must not hide what comes after it
    wanted = (
        select(contacts)
        .where(contacts.c.updated_at >= before.begin, contacts.c.properties.has_key("lead_ref"))
        .order_by(contacts.c.updated_at, contacts.c.id)
        .limit(limit)
    )
    rows = db.execute(wanted).all()
    new = {key: row for row in rows if (key := f"{row.id} {row.updated_at.isoformat()}") not in before.given}
    read_to = now if len(rows) < limit else None
    return ToldPage(
        told=tuple(_told(row) for row in new.values()),
        cursor=before.after({key: row.updated_at for key, row in new.items()}, read_to),
    )


def records_of(db: Connection, ids: Sequence[str]) -> tuple[Told, ...]:
    rows = db.execute(select(contacts).where(contacts.c.id.in_({row_id(one) for one in ids}))).all()
    known = {str(row.id): _told(row) for row in rows}
    return tuple(known.get(one) or Told(outside_id=one, gone=True) for one in ids)


def _told(row: Row[Any]) -> Told:
    values: dict[Item, str] = {
        "name": row.name or "",
        "email": row.email or "",
        "phone": row.phone or "",
        "company": row.company or "",
        "consent": NO if row.properties.get(OPTED_OUT) == "yes" else "",
    }
    return Told(outside_id=str(row.id), values=values, changed_at=row.updated_at)
