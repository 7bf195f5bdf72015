"""Deals of the embedded CRM: a person says what was won or lost, and the outcomes are read from here.

Contacts and what hangs on them are in `local.py`.
"""

from decimal import Decimal

from sqlalchemy import Connection, func, insert, select, text, update

from orchestration_project.connectors.crm.interface import Deal, DealPage
from orchestration_project.connectors.crm.local_rows import row_id
from orchestration_project.connectors.crm.local_tables import deals
from orchestration_project.model import Clock, OutcomeKind

PAGE = 500


def close_deal(
    db: Connection,
    clock: Clock,
    contact_id: str,
    kind: OutcomeKind,
    value: Decimal | None,
    currency: str | None,
    deal_id: str | None,
) -> str:
    """A new deal of that contact, or a newer word on the one of that id. Answers its id; empty: there is no
    such deal."""
    # changes must become visible in their order, or a reader could pass one that commits late
    db.execute(text("LOCK TABLE local_crm.deals IN SHARE ROW EXCLUSIVE MODE"))
    number = select(func.coalesce(func.max(deals.c.change), 0) + 1).scalar_subquery()
    now = clock()
    said = {"outcome": kind.value, "value": value, "currency": currency, "closed_at": now, "change": number}
    if deal_id is None:
        new = insert(deals).values(contact_id=row_id(contact_id), opened_at=now, **said)
        return str(db.execute(new.returning(deals.c.id)).scalar_one())
    mine = (deals.c.id == row_id(deal_id)) & (deals.c.contact_id == row_id(contact_id))
    changed = db.execute(update(deals).where(mine).values(**said).returning(deals.c.id)).scalar()
    return "" if changed is None else str(changed)


def changed_since(db: Connection, cursor: str | None) -> DealPage:
    """The cursor is the number of the last change given."""
    wanted = select(deals).where(deals.c.change > row_id(cursor or "")).order_by(deals.c.change).limit(PAGE)
    rows = db.execute(wanted).all()
    return DealPage(
        deals=tuple(
            Deal(
                id=str(row.id),
                contacts=(str(row.contact_id),),
                opened_at=row.opened_at,
                kind=OutcomeKind(row.outcome),
                closed_at=row.closed_at,
                value=row.value,
                currency=row.currency,
            )
            for row in rows
        ),
        cursor=str(rows[-1].change) if rows else cursor or "",
    )
