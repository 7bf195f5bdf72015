"""Leads that go through from the start again, and what is forgotten of the troubles they had.

Who may want that is for `by_hand.py`, `revisions.py` and `outcomes.py` to say.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, delete, update

from orchestration_project.ledger import tables
from orchestration_project.ledger.journal import note

THROUGH: dict[str, object] = {
    "try_at": None,
    "waiting_for": None,
    "waiting_since": None,
    "tries": 0,
    "faults": 0,
    "deaths": 0,
    "company": None,
}
"""What is forgotten of a lead's troubles once it has come through."""


def begin_anew(connection: Connection, ids: Collection[int], now: datetime, *, released: bool) -> None:
    """From the start, as if it had just come; whoever carries it has an old lease from now on."""
    if not ids:
        return
    # what was read of it before may no longer hold: the form's fields, the rules, the CRM
    connection.execute(delete(tables.facts).where(tables.facts.c.lead_id.in_(ids)))
    connection.execute(
        update(tables.work)
        .where(tables.work.c.lead_id.in_(ids))
        .values(
            **THROUGH
            | {
                "state": "received",
                "lease": tables.lease_numbers.next_value(),
                "run_id": None,
                "rescore": False,
                "reason": None,
                "explanation": "",
                "attention": "",
                "finished_at": None,
                "duplicate_of": None,
                "released": released,
                "changed_at": now,
            }
        )
    )


def free_duplicates(connection: Connection, lead_id: int, ref: str, now: datetime) -> None:
    """Leads that were set aside as duplicates of one that itself is in quarantine go on in its place."""
    work = tables.work
    freed = connection.execute(
        update(work)
        .where(work.c.duplicate_of == lead_id, work.c.state == "quarantined")
        .values(
            state="received",
            reason=None,
            explanation="",
            duplicate_of=None,
            finished_at=None,
            changed_at=now,
        )
        .returning(work.c.lead_id)
    ).scalars()
    note(connection, freed, at=now, event="received again", detail=f"{ref} is in quarantine itself")
