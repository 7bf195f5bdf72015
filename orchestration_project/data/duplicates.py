"""Who a person already is to us, from what the ledger and the CRM answered.

Asking them belongs to the ledger and the connectors, comparing two leads to `same_person.py`; what a second
message means, to the layers above.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType

from orchestration_project.data.same_person import is_another_name
from orchestration_project.model import Contact, Lead, Ref, Resemblance, Standing

MOST_TOLD = 5
MOST_SAID = 4_000
"""Characters of earlier messages that are read again with a new one."""


def identify(
    lead: Lead,
    met: Sequence[Resemblance],
    contact: Contact | None,
    window: timedelta,
    made: str | None = None,
    addresses: tuple[str, ...] = (),
    messages: Mapping[Ref, str] = MappingProxyType({}),
) -> Standing:
    """Writing twice within the window wins over being known: the second message is then the news. `met` are
    earlier leads, the nearest first, and `messages` what they said; `made` is the contact that was created
    for this very lead, when it went through before; `addresses` are the other spellings of its mailbox."""
    # a form's own clock decides submitted_at, so the one that came first can carry the later time
    thread = [
        each
        for each in met
        if each.kind == "same" and each.stands and abs(lead.submitted_at - each.submitted_at) <= window
    ]
    if thread:
        kind = "same_person"
    elif (
        contact
        and contact.id not in (lead.crm_contact_id, made)
        and not is_another_name(lead.person.full_name, contact.name)
    ):
        # a lead that somebody entered in the CRM, or that we did, is not known because it is in the CRM; and
        # somebody else at a shared mailbox is not the one whom we know
        kind = "known_contact"
    else:
        kind = "new"
    said = "\n\n".join(messages.get(each.ref, "") for each in reversed(thread))
    return Standing(
        kind=kind,
        earlier_ref=thread[0].ref if thread else None,
        contact=contact,
        thread=tuple(each.ref for each in thread),
        repeats=next((each.ref for each in thread if each.repeated), None),
        said_before=said.strip()[-MOST_SAID:],
        addresses=addresses,
        resembles=tuple(met[:MOST_TOLD]),
    )
