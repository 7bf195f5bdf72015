"""Marking acts begun, and recording what came of them: for many leads at once, in few statements.

What a receipt is, and the reading of it, is `receipts.py`; of what was not begun, `notes.py`.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import AwareDatetime
from sqlalchemy import Connection

from orchestration_project.ledger import tables
from orchestration_project.ledger.journal import NOTE
from orchestration_project.ledger.receipt_rows import (
    BEGIN,
    ONE_BY_ONE,
    OTHERS,
    RECORD,
    receipt_of,
    receipt_values,
    stored,
    story_line,
)
from orchestration_project.ledger.rows import AnyRow, keep_mine
from orchestration_project.model import Carried, Frozen, LeaseLost, Receipt, ReceiptStatus, Ref

LOOK_AGAIN = timedelta(minutes=10)
"""After what was begun more than once is done, its twin is looked for: no service is late by so much."""


@dataclass(frozen=True)
class Wanted:
    """Somebody wants to begin. The act takes at most `takes` seconds, and the service may do what it was
    asked `settles` seconds after that; `keys` is what it has in common with acts of other leads."""

    lead: Carried
    action: str
    takes: float
    settles: float
    keys: Sequence[str] = ()
    guarded: bool = True  # False for a follow-up of a lead that no run carries
    beside: set[int] | None = None  # leads of which it knows what they do: these are not in its way

    @property
    def key(self) -> tuple[int, str]:
        return self.lead.lead_id, self.action


class Beginning(Frozen):
    """The answer to who wants to begin: go on, or not (yet), and what is known of earlier tries."""

    go: bool
    receipt: Receipt | None = None  # as it stood before
    behind: Ref | None = None  # another lead, of which nobody knows yet whether it has made what both need
    clear_at: AwareDatetime | None = None  # not before then: what was begun may still be done
    may_exist: bool = False  # an earlier try may have left something: look before you act


@dataclass(frozen=True)
class Outcome:
    """What came of an act that this lease has begun."""

    lead: Carried
    receipt: Receipt
    run_id: str
    clear_at: datetime | None = None

    @property
    def key(self) -> tuple[int, str]:
        return self.lead.lead_id, self.receipt.action


def begin_acts(connection: Connection, asked: Sequence[Wanted], now: datetime) -> list[Beginning | LeaseLost]:
    """An answer each, in their order. What may go on is marked begun when the transaction ends."""
    mine = set(keep_mine(connection, list({one.lead: None for one in asked if one.guarded})))
    there = stored(connection, [one.key for one in asked])
    others = _others(connection, asked, now)
    answers: dict[tuple[int, str], Beginning | LeaseLost] = {}
    for one in asked:
        if (one.guarded and one.lead not in mine) or one.key in answers:
            answers[one.key] = LeaseLost(one.lead.ref)
            continue
        answers[one.key] = answer = _answer(one, there.get(one.key), others, now)
        if answer.go and one.keys:
            others.append(_of(one, now))
    going = [one for one in asked if isinstance(answer := answers[one.key], Beginning) and answer.go]
    for one in _mark(connection, going, there, now):
        answers[one.key] = LeaseLost(one.lead.ref)
    return [answers[one.key] for one in asked]


def record_acts(connection: Connection, outcomes: Sequence[Outcome], now: datetime) -> list[LeaseLost | None]:
    """What is done is written down even where another run has the lead by now: it is done, and who begins
    after this one learns of it. LeaseLost stands for what somebody else has begun since."""
    rows = [
        receipt_values(one.receipt)
        | {
            "lead_id": one.lead.lead_id,
            "action": one.receipt.action,
            "lease": one.lead.lease,
            "clear_at": one.clear_at,
            "look_again_at": now + LOOK_AGAIN if _may_be_twice(one.receipt) else None,
        }
        for one in outcomes
    ]
    written = {
        (row.lead_id, row.action)
        for row in connection.execute(RECORD, {"rows": json.dumps(rows, default=_in_json), "now": now})
    }
    told = [story_line(one.lead, one.receipt, one.run_id, now) for one in outcomes if one.key in written]
    if told:
        connection.execute(NOTE, told)
    return [None if one.key in written else LeaseLost(one.lead.ref) for one in outcomes]


@dataclass(frozen=True)
class _Other:
    """A lead that has begun something of which nobody knows yet how it ended."""

    lead_id: int
    ref: Ref
    action: str
    keys: frozenset[str]
    clear_at: datetime
    beside: set[int] | None = None

    def is_known_to(self, one: Wanted) -> bool:
        """They tell each other what they do."""
        return one.beside is not None and (one.beside is self.beside or self.lead_id in one.beside)


def _of(one: Wanted, now: datetime) -> _Other:
    return _Other(
        one.lead.lead_id, one.lead.ref, one.action, frozenset(one.keys), _clear(one, now), one.beside
    )


def _others(connection: Connection, asked: Sequence[Wanted], now: datetime) -> list[_Other]:
    """Receipts with a key in common with one of these that are unclear still. A named lock keeps two leads
    apart while both live; it does not outlive its session, nor does it know of a late write."""
    keys: dict[str, set[str]] = defaultdict(set)
    for one in asked:
        keys[one.action].update(one.keys)
    found: list[_Other] = []
    for action, shared in sorted(keys.items()):
        if not shared:
            continue
        names = sorted(f"{action} begins {key}" for key in shared)
        connection.execute(ONE_BY_ONE, {"names": names})
        rows = connection.execute(OTHERS, {"action": action, "now": now, "shared": sorted(shared)})
        found += [_Other(row.lead_id, row.ref, action, frozenset(row.shares), row.clear_at) for row in rows]
    return found


def _answer(one: Wanted, before: AnyRow | None, others: Sequence[_Other], now: datetime) -> Beginning:
    receipt = receipt_of(before, one.lead.ref) if before is not None else None
    if before is not None:
        if before.status == ReceiptStatus.DONE:
            return Beginning(go=False, receipt=receipt)
        if before.clear_at is not None and before.clear_at > now:
            return Beginning(go=False, receipt=receipt, clear_at=before.clear_at)
    in_the_way = [
        other
        for other in others
        if other.lead_id != one.lead.lead_id
        and other.action == one.action
        and other.keys & set(one.keys)
        and not other.is_known_to(one)
    ]
    if in_the_way:
        longest = max(in_the_way, key=lambda other: other.clear_at)
        return Beginning(go=False, receipt=receipt, clear_at=longest.clear_at, behind=longest.ref)
    return Beginning(go=True, receipt=receipt, may_exist=before is not None and before.tries > 0)


def _mark(
    connection: Connection,
    going: Sequence[Wanted],
    there: dict[tuple[int, str], AnyRow],
    now: datetime,
) -> list[Wanted]:
    """Answers those which somebody else began at the same moment, and first."""
    table = tables.receipts
    first, again = [one for one in going if one.key not in there], [one for one in going if one.key in there]
    made: set[tuple[int, str]] = set()
    if first:
        rows = [{"lead_id": one.lead.lead_id, "action": one.action} | _begun(one, None, now) for one in first]
        made = {(row.lead_id, row.action) for row in connection.execute(BEGIN, rows)}
    for one in again:
        connection.execute(
            table.update()
            .where(table.c.lead_id == one.lead.lead_id, table.c.action == one.action)
            .values(_begun(one, there[one.key], now))
        )
    return [one for one in first if one.key not in made]


def _begun(one: Wanted, before: AnyRow | None, now: datetime) -> dict[str, object]:
    return {
        "status": ReceiptStatus.BEGUN.value,
        "error": None,
        "lease": one.lead.lease,
        "tries": (before.tries if before is not None else 0) + 1,
        "begun_at": now,
        "settles": one.settles,
        "clear_at": _clear(one, now),
        "shares": list(one.keys),
        "unsure": before is not None and (before.unsure or before.status == ReceiptStatus.BEGUN),
        "try_at": None,
        "waiting_for": None,
        "changed_at": now,
    }


def _clear(one: Wanted, now: datetime) -> datetime:
    return now + timedelta(seconds=one.takes + one.settles)


def _may_be_twice(receipt: Receipt) -> bool:
    return receipt.unsure and receipt.status is ReceiptStatus.DONE


def _in_json(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no value of a receipt")
