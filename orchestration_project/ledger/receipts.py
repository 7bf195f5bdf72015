"""Receipts: what each action of each lead has left outside. The key is lead and action, never a run.

A receipt never goes backwards, and only who has the lead's newest lease may begin. The protocol around an act
is `action/once.py`; how it is begun and recorded, `acts.py`.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, select, update

from orchestration_project.ledger import tables
from orchestration_project.ledger.acts import (
    Beginning,
    Outcome,
    Wanted,
    begin_acts,
    record_acts,
)
from orchestration_project.ledger.notes import Note, note_acts
from orchestration_project.ledger.part import Part
from orchestration_project.ledger.reading import reading
from orchestration_project.ledger.receipt_rows import receipt_of
from orchestration_project.model import Carried, LeaseLost, Receipt, Ref

_OF_LEADS = (
    select(tables.receipts, tables.submissions.c.ref)
    .join(tables.submissions, tables.submissions.c.id == tables.receipts.c.lead_id)
    .where(tables.submissions.c.ref.in_(bindparam("refs", expanding=True)))
    .order_by(tables.receipts.c.changed_at)
)
"""Built once: each op asks it, and to build it takes longer than to ask."""


class Receipts(Part):
    def read(self, refs: Sequence[Ref]) -> dict[Ref, dict[str, Receipt]]:
        """All receipts of these leads, by ref and action."""
        found: dict[Ref, dict[str, Receipt]] = {ref: {} for ref in refs}
        with reading(self.engine) as connection:
            for row in connection.execute(_OF_LEADS, {"refs": tuple(refs)}):
                found[row.ref][row.action] = receipt_of(row, row.ref)
        return found

    def read_one(self, ref: Ref, action: str) -> Receipt | None:
        return self.read([ref])[ref].get(action)

    def begin_each(self, asked: Sequence[Wanted]) -> list[Beginning | LeaseLost]:
        """Marks each act begun under its lease; an answer each, in their order. Not where it is done, and not
        while an earlier try of it, or another lead's with a key in common, may still have its effect: the
        answer says until when."""
        with self.engine.begin() as connection:
            return begin_acts(connection, asked, self.clock())

    def begin(
        self,
        lead: Carried,
        action: str,
        *,
        takes: float,
        settles: float,
        keys: Sequence[str] = (),
        guarded: bool = True,
    ) -> Beginning:
        """The same of one. Raises LeaseLost."""
        (answer,) = self.begin_each([Wanted(lead, action, takes, settles, keys, guarded)])
        if isinstance(answer, LeaseLost):
            raise answer
        return answer

    def record_each(self, outcomes: Sequence[Outcome]) -> list[LeaseLost | None]:
        """What came of each act that a lease of ours has begun. What is done is written down even where
        another run has the lead by now; LeaseLost stands for what somebody else has begun since."""
        with self.engine.begin() as connection:
            return record_acts(connection, outcomes, self.clock())

    def record(
        self, lead: Carried, receipt: Receipt, run_id: str, *, clear_at: datetime | None = None
    ) -> None:
        """The same of one. Raises LeaseLost."""
        (lost,) = self.record_each([Outcome(lead, receipt, run_id, clear_at)])
        if lost is not None:
            raise lost

    def note_each(self, notes: Sequence[Note]) -> list[Receipt | LeaseLost]:
        """Receipts of what was not begun: planned, skipped, or waiting. They take the place of none that is
        done or begun; answers the receipts that stand then, in their order."""
        with self.engine.begin() as connection:
            return note_acts(connection, notes, self.clock())

    def note(self, lead: Carried, receipt: Receipt, run_id: str, *, guarded: bool = True) -> Receipt:
        """The same of one. Raises LeaseLost."""
        (noted,) = self.note_each([Note(lead, receipt, run_id, guarded)])
        if isinstance(noted, LeaseLost):
            raise noted
        return noted

    def moved(self, ref: Ref, action: str, url: str) -> None:
        """What that action has left is at another address now."""
        leads, table = tables.submissions, tables.receipts
        of_lead = select(leads.c.id).where(leads.c.ref == ref).scalar_subquery()
        with self.engine.begin() as connection:
            connection.execute(
                update(table).where(table.c.lead_id == of_lead, table.c.action == action).values(url=url)
            )
