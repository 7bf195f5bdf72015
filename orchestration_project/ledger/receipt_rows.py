"""Receipts as rows: what is asked and said of them in SQL, and what a row says in the model's words.

When which of it is asked is for `acts.py` and `notes.py` to say.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert

from orchestration_project.ledger import tables
from orchestration_project.ledger.rows import AnyRow
from orchestration_project.model import Carried, Receipt, ReceiptStatus, Ref

ONE_BY_ONE = text("""SELECT pg_advisory_xact_lock(hashtextextended(name, 0))
    FROM unnest(CAST(:names AS text[])) AS name""")
"""Two that look at the same moment whether another has begun would both find nothing."""
RECORD = text("""UPDATE leads.receipts AS there SET status = new.status, external_id = new.external_id,
        url = new.url, note = new.note, error = new.error, conflicts = new.conflicts, until = new.until,
        try_at = new.try_at, waiting_for = new.waiting_for, memo = new.memo, unsure = new.unsure,
        clear_at = new.clear_at, look_again_at = new.look_again_at, changed_at = :now
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS new(lead_id integer, action text, lease bigint,
        status text, external_id text, url text, note text, error text, conflicts jsonb, until timestamptz,
        try_at timestamptz, waiting_for text, memo text, unsure boolean, clear_at timestamptz,
        look_again_at timestamptz)
    WHERE there.lead_id = new.lead_id AND there.action = new.action AND there.lease = new.lease
        AND there.status = 'begun'
    RETURNING there.lead_id, there.action""")
_STORED = (
    select(tables.receipts)
    .where(tuple_(tables.receipts.c.lead_id, tables.receipts.c.action).in_(bindparam("keys", expanding=True)))
    .order_by(tables.receipts.c.lead_id, tables.receipts.c.action)
    .with_for_update()
)
OTHERS = (
    select(
        tables.receipts.c.lead_id,
        tables.receipts.c.clear_at,
        tables.receipts.c.shares,
        tables.submissions.c.ref,
    )
    .join(tables.submissions, tables.submissions.c.id == tables.receipts.c.lead_id)
    .where(
        tables.receipts.c.action == bindparam("action"),
        tables.receipts.c.status != ReceiptStatus.DONE.value,
        tables.receipts.c.clear_at > bindparam("now"),
        tables.receipts.c.shares.overlap(bindparam("shared")),
    )
)
BEGIN = (
    insert(tables.receipts)
    .on_conflict_do_nothing()
    .returning(tables.receipts.c.lead_id, tables.receipts.c.action)
)
"""All built once: each act asks them, and to build them takes longer than to ask."""


def stored(connection: Connection, keys: Sequence[tuple[int, str]]) -> dict[tuple[int, str], AnyRow]:
    if not keys:
        return {}
    rows = connection.execute(_STORED, {"keys": [*keys]})
    return {(row.lead_id, row.action): row for row in rows}


def story_line(lead: Carried, receipt: Receipt, run_id: str, now: datetime) -> dict[str, object]:
    """The line of the lead's story that tells of its receipt."""
    unknown = receipt.status is ReceiptStatus.BEGUN
    return {
        "lead_id": lead.lead_id,
        "at": now,
        "event": f"{receipt.action} {'outcome unknown' if unknown else receipt.status.value}",
        "detail": receipt.error or receipt.note,
        "run_id": run_id,
    }


def receipt_values(receipt: Receipt) -> dict[str, object]:
    return {
        "status": receipt.status.value,
        "external_id": receipt.external_id,
        "url": receipt.url,
        "note": receipt.note,
        "error": receipt.error,
        "conflicts": list(receipt.conflicts),
        "until": receipt.until,
        "try_at": receipt.try_at,
        "waiting_for": receipt.waiting_for,
        "memo": receipt.memo,
        "unsure": receipt.unsure,
    }


def receipt_of(row: AnyRow, ref: Ref) -> Receipt:
    return Receipt(
        ref=ref,
        action=row.action,
        status=ReceiptStatus(row.status),
        external_id=row.external_id,
        url=row.url,
        note=row.note,
        error=row.error,
        conflicts=tuple(row.conflicts),
        until=row.until,
        memo=row.memo,
        tries=row.tries,
        # what is begun is looked for once the service has settled
        try_at=row.try_at or (row.clear_at if row.status == ReceiptStatus.BEGUN else None),
        waiting_for=row.waiting_for,
        unsure=row.unsure,
    )
