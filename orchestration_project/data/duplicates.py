"""Who a person already is to us, from what the ledger and the CRM answered.

Asking them belongs to the ledger and the connectors; what a duplicate means to `decision/`.
"""

from datetime import timedelta

from orchestration_project.model import Contact, EarlierLead, Lead, Standing


def identify(
    lead: Lead,
    earlier: EarlierLead | None,
    contact: Contact | None,
    window: timedelta,
    made: str | None = None,
) -> Standing:
    """Writing twice within the window wins over being known: the second message is then the news. `made` is
    the contact that was created for this very lead, when it went through before."""
    # a form's own clock decides submitted_at, so the one that came first can carry the later time
    if earlier and abs(lead.submitted_at - earlier.submitted_at) <= window:
        return Standing(kind="same_person", earlier_ref=earlier.ref, contact=contact)
    # a lead that somebody entered in the CRM, or that we did, is not known because it is in the CRM
    if contact and contact.id not in (lead.crm_contact_id, made):
        return Standing(kind="known_contact", contact=contact)
    return Standing(kind="new", contact=contact)
