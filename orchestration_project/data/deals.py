"""From the CRM's deals to outcomes of leads: which lead a deal came of, and what became of it.

Asking the CRM is its connector's part; what is learned from outcomes, `history/`'s.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from orchestration_project.connectors.crm.interface import Deal, DealPage
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.deals import LeadOfContact
from orchestration_project.ledger.sources import ReadByAnother, Reading
from orchestration_project.model import Frozen, Outcome, Ref

SOURCE = "crm deals"
"""Under which the ledger keeps how far they were read."""


class TakenDeals(Frozen):
    read: int = 0
    new: int = 0  # outcomes that are new, or other than before
    taken_back: int = 0  # of deals that are open again

    @property
    def words(self) -> str:
        if not self.read:
            return "No deal of the CRM has changed."
        back = f", {self.taken_back} taken back" if self.taken_back else ""
        return f"{self.read} deal(s) of the CRM have changed: {self.new} new outcome(s) of leads{back}."


def read_deals(
    ledger: Ledger, origin: str, fetch: Callable[[str | None], DealPage], pages: int
) -> TakenDeals:
    """At most so many pages, each kept before the next is asked for. `origin`: the CRM's connector."""
    taken, source = TakenDeals(), f"{SOURCE} {origin}"
    for _ in range(pages):
        before = ledger.sources.cursor(source)
        page = fetch(before)
        if page.deals:
            new, back = take_deals(ledger, origin, page.deals)
            taken = TakenDeals(
                read=taken.read + len(page.deals), new=taken.new + new, taken_back=taken.taken_back + back
            )
        if page.cursor != before:
            try:
                ledger.sources.move(Reading(source=source, before=before, after=page.cursor))
            except ReadByAnother:
                break  # that one goes on; to take a deal twice changes nothing
        if not page.deals:
            break
    return taken


def take_deals(ledger: Ledger, origin: str, deals: Sequence[Deal]) -> tuple[int, int]:
    """Answers how many outcomes are new or other than before, and how many were taken back."""
    newest = {deal.id: deal for deal in deals}
    found = ledger.deals.leads_of({contact for deal in newest.values() for contact in deal.contacts})
    of_contact: dict[str, list[LeadOfContact]] = defaultdict(list)
    for lead in found:
        of_contact[lead.contact].append(lead)
    stands = {deal.id: lead_of(deal, of_contact) if deal.kind else None for deal in newest.values()}
    outcomes = [
        Outcome(
            ref=ref,
            kind=deal.kind,
            at=deal.closed_at,
            value=deal.value,
            currency=deal.currency,
            origin=origin,
            external_id=deal.id,
        )
        for deal in newest.values()
        if (ref := stands[deal.id]) is not None and deal.kind is not None and deal.closed_at is not None
    ]
    back = ledger.deals.forget(origin, stands)
    return ledger.labels.take_outcomes(outcomes).new if outcomes else 0, back


def lead_of(deal: Deal, of_contact: Mapping[str, Sequence[LeadOfContact]]) -> Ref | None:
    """The newest lead of its contacts that had come when it was opened; a deal that is older than every lead
    came of none."""
    came = [
        lead
        for contact in deal.contacts
        for lead in of_contact.get(contact, ())
        if lead.submitted_at <= deal.opened_at
    ]
    return max(came, key=lambda lead: lead.submitted_at).ref if came else None
