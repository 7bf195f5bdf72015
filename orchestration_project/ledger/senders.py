"""What the ledger knows of who sends: others who wrote nearly the same, and what became of the sender before.

What follows from it is decided in `decision/genuine/`.
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, bindparam, func, select

from orchestration_project.ledger import tables
from orchestration_project.ledger.part import Part
from orchestration_project.ledger.reading import reading
from orchestration_project.model import Frozen, Reason, Ref

NEWEST = 500
"""So many of the newest leads of the window are compared."""
_LONGEST = 2_000


def _written() -> Select[Any, Any, Any]:
    leads, work, facts = tables.submissions, tables.work, tables.facts
    newest = (
        select(leads.c.id, leads.c.ref)
        .where(leads.c.received_at >= bindparam("since"))
        .order_by(leads.c.received_at.desc(), leads.c.id.desc())
        .limit(NEWEST)
        .subquery()
    )
    message = func.left(facts.c.value["message"].astext, _LONGEST).label("message")
    return (
        select(newest.c.ref, work.c.person_key, message)
        .join(work, work.c.lead_id == newest.c.id)
        .join(facts, (facts.c.lead_id == newest.c.id) & (facts.c.kind == "Lead"))
        .where(work.c.state != "imported")
    )


def _before() -> Select[Any, Any, Any, Any]:
    leads, work = tables.submissions, tables.work
    mine = work.alias("mine")
    return (
        select(leads.c.ref, work.c.state, work.c.reason, work.c.released)
        .select_from(leads)
        .join(mine, mine.c.lead_id == leads.c.id)
        .join(work, (work.c.person_key == mine.c.person_key) & (work.c.lead_id != mine.c.lead_id))
        .where(leads.c.ref.in_(bindparam("refs", expanding=True)))
        .order_by(work.c.changed_at, work.c.lead_id)
    )


_WRITTEN, _BEFORE = _written(), _before()
"""Built once: each run asks them, and to build them takes longer than to ask."""


class Written(Frozen):
    ref: Ref
    person_key: str | None
    message: str  # its beginning


class Before(Frozen):
    """Of an earlier lead of the same address."""

    refused: bool = False
    welcome: bool = False


class Senders(Part):
    def written(self, window: timedelta) -> tuple[Written, ...]:
        """What the newest leads of that time have to say, whatever became of them."""
        with reading(self.engine) as connection:
            return tuple(
                Written(ref=row.ref, person_key=row.person_key, message=row.message or "")
                for row in connection.execute(_WRITTEN, {"since": self.clock() - window})
            )

    def before(self, refs: Collection[Ref]) -> dict[Ref, Before]:
        """What became of the other leads of these addresses; the newest counts, of two at once the later."""
        found: dict[Ref, Before] = {}
        with reading(self.engine) as connection:
            for row in connection.execute(_BEFORE, {"refs": tuple(refs)}):
                if row.state == "quarantined" and row.reason == Reason.SPAM.value:
                    found[Ref(row.ref)] = Before(refused=True)
                elif row.state == "done":
                    found[Ref(row.ref)] = Before(welcome=True)
        return found
