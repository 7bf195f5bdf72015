"""Whose lead a deal of the CRM is with, and what is no longer said of it.

Reading deals is the connectors' part (`connectors/crm/`); an outcome is kept by `labels.py`.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import delete, select, union

from orchestration_project.ledger import tables
from orchestration_project.ledger.journal import note
from orchestration_project.ledger.part import Part
from orchestration_project.ledger.reading import reading
from orchestration_project.model import Frozen, Ref


class LeadOfContact(Frozen):
    ref: Ref
    contact: str  # its id in the CRM
    submitted_at: datetime


class Deals(Part):
    def leads_of(self, contacts: Collection[str]) -> tuple[LeadOfContact, ...]:
        """The leads that were written to these contacts of the CRM, by our receipts, or that are these
        now, after people have merged them; the oldest first."""
        leads, work, receipts, copies = (
            tables.submissions,
            tables.work,
            tables.receipts,
            tables.copies,
        )
        merged = (
            select(leads.c.ref, copies.c.outside_id.label("contact"), work.c.submitted_at, leads.c.id)
            .join(work, work.c.lead_id == leads.c.id)
            .join(copies, copies.c.lead_id == leads.c.id)
            .where(copies.c.system == "crm", copies.c.outside_id.in_(tuple(contacts)))
        )
        written = (
            select(leads.c.ref, receipts.c.external_id.label("contact"), work.c.submitted_at, leads.c.id)
            .join(work, work.c.lead_id == leads.c.id)
            .join(receipts, receipts.c.lead_id == leads.c.id)
            .where(
                receipts.c.action == "crm_contact",
                receipts.c.status == "done",
                receipts.c.external_id.in_(tuple(contacts)),
            )
        )
        either = union(written, merged).subquery()
        query = select(either.c.ref, either.c.contact, either.c.submitted_at).order_by(
            either.c.submitted_at, either.c.id
        )
        with reading(self.engine) as connection:
            return tuple(
                LeadOfContact.model_validate(dict(row)) for row in connection.execute(query).mappings()
            )

    def forget(self, origin: str, stands: Mapping[str, Ref | None]) -> int:
        """Of each of these deals only what is said of that lead stands; None: of nobody, as it is open again
        or gone. Answers how many outcomes were taken back."""
        leads, table = tables.submissions, tables.outcomes
        now = self.clock()
        query = (
            select(table.c.id, table.c.lead_id, table.c.external_id, leads.c.ref)
            .join(leads, leads.c.id == table.c.lead_id)
            .where(table.c.origin == origin, table.c.external_id.in_(tuple(stands)))
        )
        with self.engine.begin() as connection:
            old = [row for row in connection.execute(query) if stands[row.external_id] != row.ref]
            if old:
                connection.execute(delete(table).where(table.c.id.in_([row.id for row in old])))
                those = [row.lead_id for row in old]
                note(connection, those, at=now, event="outcome", detail="taken back: the deal is open again")
        return len(old)
