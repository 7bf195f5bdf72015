"""Leads for the tests of the ledger: delivered, introduced, in the hands of a run, with receipts.

How they come to stand so is told by the ledger's own rooms; here it is only made short to write.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from orchestration_project.ledger import Ledger, tables
from orchestration_project.ledger.people import Introduction
from orchestration_project.model import Carried, Delivery, Receipt, ReceiptStatus, Ref
from orchestration_project.process import myself


def submit(
    ledger: Ledger, number: int = 1, *, name: str = "lead", person: str | None = None
) -> tuple[Ref, ...]:
    """So many new leads, which a run may take at once."""
    deliveries = [Delivery(external_id=f"{name} {index}", raw=b"{}") for index in range(number)]
    refs = tuple(item.ref for item in ledger.submissions.store("inbox", deliveries))
    introduce(ledger, *refs, person=person)
    return refs


def introduce(ledger: Ledger, *refs: Ref, person: str | None = None, at: datetime | None = None) -> None:
    moment = at or ledger.clock()
    ledger.people.introduce([Introduction(ref=ref, person_key=person, submitted_at=moment) for ref in refs])


def carry(ledger: Ledger, *refs: Ref, run_id: str = "run") -> tuple[Carried, ...]:
    """These leads, in the hands of a run of this process."""
    return ledger.by_hand.take(refs, run_id, myself())


def goes_on(ledger: Ledger, run_id: str = "run") -> Carried:
    """The one lead whose time has come, in the hands of a run that the dispatcher has started."""
    (claim,) = ledger.claims.claim(max_leads=25, max_runs=10)
    (lead,) = ledger.claims.start(claim, run_id, myself())
    return lead


def a_carried(ledger: Ledger, name: str = "lead", *, run_id: str = "run") -> Carried:
    """A new lead in the hands of a run of this process."""
    (lead,) = carry(ledger, *submit(ledger, name=name), run_id=run_id)
    return lead


def recorded(ledger: Ledger, lead: Carried, receipt: Receipt, run_id: str = "run") -> None:
    """As an action leaves it that was begun and came to an end."""
    ledger.receipts.begin(lead, receipt.action, takes=0, settles=0)
    ledger.receipts.record(lead, receipt, run_id)


def a_receipt(lead: Carried, status: ReceiptStatus, action: str = "task", **more: Any) -> Receipt:
    return Receipt(ref=lead.ref, action=action, status=status, **more)


def row(ledger: Ledger, ref: Ref) -> Mapping[str, Any]:
    """Of the table `work`."""
    leads, work = tables.submissions, tables.work
    with ledger.engine.connect() as connection:
        query = select(work).join(leads, leads.c.id == work.c.lead_id).where(leads.c.ref == ref)
        return dict(connection.execute(query).mappings().one())


def state(ledger: Ledger, ref: Ref) -> str:
    return ledger.stories.list_leads(refs=[ref])[0].status


def events(ledger: Ledger, ref: Ref) -> list[str]:
    return [event.event for event in ledger.stories.tell(ref).events]


def everything(ledger: Ledger) -> dict[str, list[Any]]:
    """What stands in the tables that a run writes to."""
    written = (tables.work, tables.journal, tables.facts, tables.decisions, tables.receipts)
    with ledger.engine.connect() as connection:
        return {
            table.name: [tuple(each) for each in connection.execute(select(table).order_by(table.c[0]))]
            for table in written
        }
