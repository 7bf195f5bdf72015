"""Of the action layer: what was written outside for a lead, and the receipt of it.

What an action needs to know of a lead is in `decision`.
"""

from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime

from orchestration_project.model.common import Frozen, Ref


class ReceiptStatus(StrEnum):
    PLANNED = "planned"  # autonomy does not allow the act yet; nothing was written outside
    WAITING = "waiting"  # not done yet, for a reason that passes; it is done by itself
    BEGUN = "begun"  # under way, or its end is unknown: look before creating
    DONE = "done"
    SKIPPED = "skipped"  # a rule says that this lead does not get it; `note` says which
    FAILED = "failed"


class Written(Frozen):
    """What an action left in the outside world."""

    external_id: str
    url: str | None = None
    note: str = ""
    conflicts: tuple[str, ...] = ()  # fields that a person had changed and we left alone
    until: AwareDatetime | None = None  # when it is over, of what takes time
    memo: str | None = None  # what the action wants to know of it later


class Erased(Frozen):
    """What became of the wish that a service forgets what we have put there."""

    answer: Literal["erased", "not_there", "cannot"]
    note: str = ""  # what the service keeps for a while all the same; or why it cannot, and what to do


class NotDone(Frozen):
    """What stands on the receipt of an action that should not act, or not yet."""

    status: Literal[ReceiptStatus.PLANNED, ReceiptStatus.SKIPPED, ReceiptStatus.WAITING]
    note: str
    until: AwareDatetime | None = None  # when to look again


class Receipt(Frozen):
    """The record of one action for one lead; unique on (ref, action)."""

    ref: Ref
    action: str
    status: ReceiptStatus
    external_id: str | None = None
    url: str | None = None
    note: str = ""
    error: str | None = None
    conflicts: tuple[str, ...] = ()
    until: AwareDatetime | None = None  # when it is over; of what is planned, when to look again
    memo: str | None = None  # what the action wants to know of it later
    tries: int = 0  # how often it was begun
    try_at: AwareDatetime | None = None  # of what waits or is begun: not before then
    waiting_for: str | None = None  # of what waits: a connection, or the playbook; it then has no time
    unsure: bool = False  # a try of it ended nobody knows how; there may be a twin
