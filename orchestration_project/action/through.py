"""How far a lead is: done, only planned, waiting for something that passes, or in need of a person.

Pure; it reads the receipts of the lead's track. What becomes of the row is the ledger's part.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Literal

from orchestration_project.action.base import Action
from orchestration_project.model import Frozen, Receipt, ReceiptStatus

UNDER_WAY = (ReceiptStatus.WAITING, ReceiptStatus.BEGUN)


class HowFar(Frozen):
    state: Literal["done", "planned", "waiting", "needs_person"]
    says: str = ""
    try_at: datetime | None = None  # of what waits; None: when `waiting_for` is well again, or at once
    waiting_for: str | None = None  # the connection that is away


def how_far(
    actions: Sequence[Action],
    receipts: Mapping[str, Receipt],
    away: Collection[str],
    stand_ins: Mapping[str, str] | None = None,
) -> HowFar:
    """Of a lead whose track has these actions. `away` are the connections that are open: what waits for one
    of them has no time of its own. `stand_ins` are the actions that wait for the end of another one, with
    that one."""
    stand_ins = stand_ins or {}
    by_name = {action.name: action for action in actions}
    builds_on = {
        name: (*action.requires, *((stand_ins[name],) if name in stand_ins else ()))
        for name, action in by_name.items()
    }
    failed = [name for name in by_name if _status(receipts, name) is ReceiptStatus.FAILED]
    blocked = {name for name in by_name if _rests_on(name, failed, builds_on)}
    waiting = [
        name for name in by_name if name not in blocked and _status(receipts, name) in (None, *UNDER_WAY)
    ]
    if waiting:
        # what only waits for another action of the lead goes with that one
        first = [name for name in waiting if not _rests_on(name, waiting, builds_on)] or waiting
        return _waits(first, by_name, receipts, away)
    if failed:
        told = [f"{name}: {receipts[name].error or receipts[name].note}" for name in failed]
        return HowFar(state="needs_person", says=" ".join(told))
    statuses = {receipts[name].status for name in by_name}
    if ReceiptStatus.PLANNED in statuses and ReceiptStatus.DONE not in statuses:
        return HowFar(state="planned")
    return HowFar(state="done")


def _told(name: str, words: str) -> str:
    """An action may be called as the connection is that its words begin with."""
    return words if words.startswith(f"{name}: ") else f"{name}: {words}"


def _waits(
    first: Sequence[str],
    by_name: Mapping[str, Action],
    receipts: Mapping[str, Receipt],
    away: Collection[str],
) -> HowFar:
    said = [
        _told(name, receipt.error or receipt.note or "")
        for name in first
        if (receipt := receipts.get(name)) is not None
    ]
    waits_for = [whom for name in first if (whom := _away(by_name[name], receipts.get(name), away))]
    moments = [
        receipt.try_at
        for name in first
        if (receipt := receipts.get(name)) is not None
        and receipt.try_at is not None
        and not _away(by_name[name], receipt, away)
    ]
    return HowFar(
        state="waiting",
        says=" ".join(said) or "Some of it has not been done yet.",
        try_at=min(moments, default=None),
        waiting_for=waits_for[0] if waits_for else None,
    )


def _away(action: Action, receipt: Receipt | None, away: Collection[str]) -> str | None:
    """The connection, or the playbook, that must be well before the action is tried again."""
    if receipt is not None and receipt.waiting_for in away:
        return receipt.waiting_for
    return action.kind if action.kind in away else None


def _rests_on(name: str, others: Collection[str], builds_on: Mapping[str, Sequence[str]]) -> bool:
    """Whether the action builds, directly or not, on one of the others."""
    return any(before in others or _rests_on(before, others, builds_on) for before in builds_on.get(name, ()))


def _status(receipts: Mapping[str, Receipt], name: str) -> ReceiptStatus | None:
    receipt = receipts.get(name)
    return receipt.status if receipt is not None else None
