"""What the other messages of one person have become, as the ledger has it: those before, and those since.

What a lead does by it is decided in `action/again.py`.
"""

from collections.abc import Sequence
from datetime import timedelta

from orchestration_project.action.again import Before
from orchestration_project.data.same_person import resemblance
from orchestration_project.ledger import Ledger
from orchestration_project.model import OPEN, Context, Lead, ReceiptStatus, Ref

_DID = (ReceiptStatus.DONE, ReceiptStatus.BEGUN)


def messages_before(ledger: Ledger, contexts: Sequence[Context]) -> dict[Ref, tuple[Before, ...]]:
    """Of each lead what the same person's messages a short time before have become, as it is now."""
    threads = {context.ref: context.standing.thread for context in contexts}
    refs = {ref for thread in threads.values() for ref in thread}
    if not refs:
        return dict.fromkeys(threads, ())
    states = ledger.people.standing(refs)
    decisions, receipts = ledger.decisions.newest([*states]), ledger.receipts.read([*states])
    before = {
        ref: Before(ref=ref, decision=decisions.get(ref), receipts=receipts[ref], ended=state not in OPEN)
        for ref, state in states.items()
    }
    return {ref: tuple(before[each] for each in thread if each in before) for ref, thread in threads.items()}


def messages_since(
    ledger: Ledger, contexts: Sequence[Context], window: timedelta
) -> dict[Ref, tuple[Before, ...]]:
    """Of each lead what the same person's later messages have done while it waited for somebody: only that,
    since of two that go on at the same time the earlier one acts."""
    later = ledger.people.acted_since([context.ref for context in contexts])
    refs = {each.ref for some in later.values() for each in some}
    if not refs:
        return {context.ref: () for context in contexts}
    said, receipts, decisions = (
        ledger.facts.read(Lead, [*refs]),
        ledger.receipts.read([*refs]),
        ledger.decisions.newest([*refs]),
    )

    def is_of_thread(lead: Lead, other: Ref) -> bool:
        met = resemblance(lead, said[other]) if other in said else None
        near = other in said and abs(said[other].submitted_at - lead.submitted_at) <= window
        return near and met is not None and met.kind == "same"

    return {
        context.ref: tuple(
            Before(
                ref=each.ref,
                decision=decisions.get(each.ref),
                receipts={name: kept for name, kept in receipts[each.ref].items() if kept.status in _DID},
                ended=True,
            )
            for each in later[context.ref]
            if each.ref in decisions and is_of_thread(context.lead, each.ref)
        )
        for context in contexts
    }
