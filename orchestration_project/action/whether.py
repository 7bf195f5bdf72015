"""Whether a lead gets an action, and gets it now: by the playbook, by what it is, by what is done already.

How it is then done once is `once.py`.
"""

from orchestration_project.action.base import Action, Brief
from orchestration_project.action.wording import withdrawn_words
from orchestration_project.model import NotDone, ReceiptStatus
from orchestration_project.playbook.model import Autonomy
from orchestration_project.playbook.tracks import TrackAction


def not_now(action: Action, step: TrackAction, brief: Brief, autonomy: Autonomy) -> NotDone | None:
    """Why it is not to be done, or not yet; None: it is to be done now."""
    left = left_out(action, step, brief)
    if left is not None:
        return left
    for name in action.requires:
        built_on = brief.receipts.get(name)
        if built_on is None or built_on.status is not ReceiptStatus.DONE:
            open_ones = (ReceiptStatus.WAITING, ReceiptStatus.BEGUN, ReceiptStatus.FAILED)
            waits = built_on is not None and built_on.status in open_ones
            status = ReceiptStatus.WAITING if waits else ReceiptStatus.PLANNED
            return NotDone(status=status, note=f"waits for {name}")
    if autonomy < action.needs:
        held_back = f"autonomy is {autonomy.name.lower()}; this needs {action.needs.name.lower()}"
        return NotDone(status=ReceiptStatus.PLANNED, note=held_back)
    return None


def left_out(action: Action, step: TrackAction, brief: Brief) -> NotDone | None:
    """Why this lead does not get the action, by the playbook or by what the lead is; None: it does."""
    has_it = brief.in_hand.get(action.name) or brief.in_hand.get(step.instead_of or "")
    if has_it is not None:
        return NotDone(status=ReceiptStatus.SKIPPED, note=f"{has_it}, of the same person, has it")
    consent = brief.consents
    if step.only == "with_consent" and not consent:
        taken_back = withdrawn_words(brief.withdrawn) if brief.withdrawn is not None else ""
        return NotDone(status=ReceiptStatus.SKIPPED, note=taken_back or "no consent to marketing mail")
    if step.only == "without_consent" and consent:
        return NotDone(
            status=ReceiptStatus.SKIPPED, note="has consented to marketing mail and gets the sequence instead"
        )
    if step.instead_of is not None:
        replaced = brief.receipts.get(step.instead_of)
        status = replaced.status if replaced is not None else ReceiptStatus.WAITING
        if status in (ReceiptStatus.DONE, ReceiptStatus.PLANNED):
            return NotDone(status=ReceiptStatus.SKIPPED, note=f"gets the {step.instead_of} instead")
        if status is not ReceiptStatus.SKIPPED:
            return NotDone(status=ReceiptStatus.WAITING, note=f"waits for {step.instead_of}")
    why_not = action.skip(brief)
    return NotDone(status=ReceiptStatus.SKIPPED, note=why_not) if why_not is not None else None
