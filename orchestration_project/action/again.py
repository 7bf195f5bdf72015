"""When one person writes twice: what the first message's lead has in hand already, and how it is told.

Whether it is one person is decided in `data/`. What the second message adds is a note on the contact and a
line in chat; and where it lifts the lead to a better track, that track's actions that have not been done.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from orchestration_project.action.safe_text import harmless
from orchestration_project.data.addresses import is_role, near_provider
from orchestration_project.data.same_person import is_another_name
from orchestration_project.model import (
    Contact,
    Context,
    Decision,
    Frozen,
    Lead,
    Receipt,
    ReceiptStatus,
    Ref,
    Resemblance,
)
from orchestration_project.playbook.model import Playbook

NEVER_IN_HAND = frozenset({"crm_contact", "crm_rescored", "chat", "chat_news"})
"""Of these each message has its own: the note, and the line in chat."""
LONGEST_QUOTE = 300
_TAKEN = (ReceiptStatus.DONE, ReceiptStatus.PLANNED, ReceiptStatus.BEGUN, ReceiptStatus.WAITING)


class Before(Frozen):
    """A lead that the same person's message before has made, which still stands for them."""

    ref: Ref
    decision: Decision | None  # None: not decided yet
    receipts: dict[str, Receipt]
    ended: bool = False  # nothing is done for it any more


def in_hand(before: Sequence[Before], decision: Decision, playbook: Playbook) -> dict[str, Ref]:
    """By action, which of those leads has done it, or is about to. Of a lead that has come to a better track
    the draft is written anew: the one before says what is no longer meant."""
    taken: dict[str, Ref] = {}
    for lead in before:
        for name in _its_actions(lead, playbook):
            taken.setdefault(name, lead.ref)
    if has_moved_up(before, decision, playbook):
        taken.pop("draft", None)
    return taken


def _its_actions(lead: Before, playbook: Playbook) -> frozenset[str]:
    done = {name for name, receipt in lead.receipts.items() if receipt.status in _TAKEN}
    if lead.decision is None:
        done |= {name for track in playbook.tracks for name in track.action_names}
    elif not lead.ended:
        listed = next((track for track in playbook.tracks if track.name == lead.decision.track), None)
        done |= {name for name in (listed.action_names if listed else ()) if name not in lead.receipts}
    return frozenset(done - NEVER_IN_HAND)


def has_moved_up(before: Sequence[Before], decision: Decision, playbook: Playbook) -> bool:
    """Whether the track is better than all that the messages before have led to."""
    ranks = {track.name: rank for rank, track in enumerate(playbook.tracks)}
    were = [ranks.get(lead.decision.track, len(ranks)) for lead in before if lead.decision is not None]
    return bool(were) and ranks.get(decision.track, len(ranks)) < min(were)


def wrote_again(context: Context) -> str:
    """`wrote again, after L-ABC: “…”`; empty where it is a first message."""
    thread = context.standing.thread
    if not thread:
        return ""
    said = harmless(context.lead.message, LONGEST_QUOTE)
    return f"wrote again, after {thread[0]}" + (f": “{said}”" if said else "")


def maybe_the_same(context: Context) -> tuple[str, ...]:
    """A sentence for each earlier lead that may be the same person's, for a shared mailbox, and for an
    address that may be mistyped: whoever writes to it reaches somebody else, or nobody."""
    if context.standing.thread:
        return ()
    mailbox = office_mailbox(context.lead)
    meant = near_provider((context.lead.person.email or "").rpartition("@")[2])
    told = (f"The address may be mistyped: is {meant} meant?",) if meant else ()
    told += tuple(_told(met, mailbox) for met in context.standing.resembles)
    contact = context.standing.contact
    if mailbox and is_of_another(contact, context.lead) and not any(mailbox in each for each in told):
        told += (
            f"Another person at the shared mailbox {mailbox}: the contact in the CRM is somebody else's",
        )
    return told


def office_mailbox(lead: Lead) -> str:
    """`info@…`, where the address is an office's; else nothing."""
    email = lead.person.email or ""
    return f"{email.partition('@')[0]}@…" if is_role(email) else ""


def is_of_another(contact: Contact | None, lead: Lead) -> bool:
    """Whether the contact that has the lead's address has another person's name."""
    return contact is not None and is_another_name(lead.person.full_name, contact.name)


def _told(met: Resemblance, mailbox: str) -> str:
    when = f"{met.submitted_at:%d %b %Y}"
    why = ", ".join(met.why)
    match met.kind:
        case "same":
            return f"Wrote before, as {met.ref} on {when}"
        case "maybe":
            return f"Maybe the same person as {met.ref} of {when}: {why}"
        case "shared_mailbox":
            return f"Another person at the shared mailbox {mailbox}: {met.ref} of {when} has another name"
        case "colleague":
            return f"A colleague of {met.ref} of {when}: {why}"


def last_wrote(context: Context) -> datetime | None:
    """When the same person wrote before and not just now; None: never, as far as we know."""
    if context.standing.thread:
        return None
    return max((met.submitted_at for met in context.standing.resembles if met.kind == "same"), default=None)


def without(receipts: Mapping[str, Receipt], taken: Mapping[str, Ref]) -> dict[str, Ref]:
    """Of what others have in hand what this lead has not begun itself."""
    mine = {name for name, receipt in receipts.items() if receipt.tries}
    return {name: ref for name, ref in taken.items() if name not in mine}
