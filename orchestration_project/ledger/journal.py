"""Writing the story of a lead. Called inside the transaction of the change that it tells of."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, insert

from orchestration_project.ledger import tables

REPLAYED = "replayed"
"""The event of a lead that a person wants gone through again."""
CHANGED = "changed at its source"
"""The event of a lead that was delivered once more with other content."""
ANEW = (REPLAYED, CHANGED)
"""After one of these, what was decided before counts no more."""
NOTE = insert(tables.journal)
"""Of rows of it, each with `lead_id`, `at`, `event`, `detail` and `run_id`."""


def note(
    connection: Connection,
    lead_ids: Iterable[int],
    *,
    at: datetime,
    event: str,
    detail: str = "",
    run_id: str | None = None,
) -> None:
    rows = [
        {"lead_id": lead_id, "at": at, "event": event, "detail": detail, "run_id": run_id}
        for lead_id in lead_ids
    ]
    if rows:
        connection.execute(NOTE, rows)
