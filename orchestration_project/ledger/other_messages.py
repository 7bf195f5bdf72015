"""The questions by which a lead finds other leads of its person. Each takes `refs`.

What the answers are for is `people.py`.
"""

from functools import cache
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, bindparam, exists, func, select, true, tuple_

from orchestration_project.ledger import tables

NEWEST_OF_A_KEY = 12
_REFS = bindparam("refs", expanding=True)
_MAILBOX = "mail:"


@cache  # put together anew for each batch, it takes longer than it runs
def perhaps_the_same() -> Select[Any, Any, Any, Any]:
    leads, work, one = tables.submissions, tables.work, tables.lead_keys.alias()
    mine = _keys_of_mine("")
    few = (
        select(one.c.lead_id)
        .where(one.c.key == mine.c.key, one.c.lead_id != mine.c.lead_id)
        .order_by(one.c.lead_id.desc())
        .limit(NEWEST_OF_A_KEY)
        .lateral()
    )
    return (
        select(mine.c.ref, leads.c.ref.label("other"), work.c.submitted_at, work.c.state)
        .distinct()
        .select_from(mine)
        .join(few, true())
        .join(leads, leads.c.id == few.c.lead_id)
        .join(work, work.c.lead_id == few.c.lead_id)
        .where(
            work.c.state.not_in(("quarantined", "erased")),
            tuple_(work.c.submitted_at, work.c.lead_id) < tuple_(mine.c.submitted_at, mine.c.lead_id),
        )
        .order_by(work.c.submitted_at.desc(), leads.c.ref)
    )


@cache  # as above
def wrote_again() -> Select[str]:
    """Those of these leads whose mailbox is that of another as well. Lead by lead, as each part is bounded:
    of a ledger that was just filled the server knows nothing, and would read all keys of all leads."""
    leads, keys, one = tables.submissions, tables.lead_keys, tables.lead_keys.alias()
    key = (
        select(keys.c.lead_id, keys.c.key)
        .where(keys.c.lead_id == leads.c.id, _begins(keys.c.key, _MAILBOX))
        .offset(0)
        .lateral()
    )
    another = (
        select(one.c.lead_id).where(one.c.key == key.c.key, one.c.lead_id != key.c.lead_id).limit(1).lateral()
    )
    return select(leads.c.ref).join(key, true()).join(another, true()).where(leads.c.ref.in_(_REFS))


@cache  # as above
def acted_since() -> Select[Any, Any, Any]:
    leads, work, receipts = tables.submissions, tables.work, tables.receipts
    mine, same = _keys_of_mine(_MAILBOX), tables.lead_keys.alias()
    return (
        select(mine.c.ref, leads.c.ref.label("other"), work.c.submitted_at)
        .distinct()
        .select_from(mine)
        .join(same, (same.c.key == mine.c.key) & (same.c.lead_id != mine.c.lead_id))
        .join(leads, leads.c.id == same.c.lead_id)
        .join(work, work.c.lead_id == same.c.lead_id)
        .where(
            work.c.state.not_in(("quarantined", "imported", "erased")),
            tuple_(work.c.submitted_at, work.c.lead_id) > tuple_(mine.c.submitted_at, mine.c.lead_id),
            exists().where(receipts.c.lead_id == same.c.lead_id, receipts.c.status.in_(("done", "begun"))),
        )
        .order_by(work.c.submitted_at, leads.c.ref)
    )


def _begins(key: ColumnElement[str], beginning: str) -> ColumnElement[bool]:
    """Not as LIKE, which the server may take for a reason to read all keys that begin so, instead of the few
    of a lead."""
    return func.left(key, len(beginning)) == beginning


def _keys_of_mine(beginning: str) -> CTE:
    """Looked up by itself: to find the best way through all tables at once takes the server longer than to
    go it."""
    leads, work, key = tables.submissions, tables.work, tables.lead_keys
    query = (
        select(leads.c.ref, leads.c.id.label("lead_id"), work.c.submitted_at, key.c.key)
        .join(work, work.c.lead_id == leads.c.id)
        .join(key, key.c.lead_id == leads.c.id)
        .where(leads.c.ref.in_(_REFS))
    )
    if beginning:
        query = query.where(_begins(key.c.key, beginning))
    return query.cte("mine").prefix_with("MATERIALIZED")
