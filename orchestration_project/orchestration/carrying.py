"""One lead whose records have changed: which of its copies are behind, and what became of each.

How a copy is written is `action/carry.py`, that it is done once `action/once.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar, cast

import anyio.to_thread

from orchestration_project.action.autonomy import granted
from orchestration_project.action.base import Action, Brief
from orchestration_project.action.carry import SEQUENCE_STOP, Update
from orchestration_project.action.copy_kinds import (
    ContactValues,
    Copy,
    DraftText,
    FolderName,
    HoldTitle,
    MemberName,
)
from orchestration_project.action.once import Doer
from orchestration_project.action.registry import ACTIONS
from orchestration_project.connectors.base import SETTLE_SECONDS, settle_seconds
from orchestration_project.connectors.opened import Connected
from orchestration_project.data.records import change_number, right_values
from orchestration_project.errors import LeadsError
from orchestration_project.healing.breaker import Breaker
from orchestration_project.healing.fate import describe
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.copies import SYSTEM_OF
from orchestration_project.model import Carried, Clock, Receipt, ReceiptStatus, Ref
from orchestration_project.model.records import Held, Item, System, Withdrawn
from orchestration_project.playbook.model import Playbook
from orchestration_project.playbook.tracks import TrackAction

ResultT = TypeVar("ResultT")
MADE_BY: Mapping[System, str] = {system: action for action, system in SYSTEM_OF.items()}
_UNDER_WAY = (ReceiptStatus.WAITING, ReceiptStatus.BEGUN)


@dataclass(frozen=True)
class Carrier:
    """For one run."""

    ledger: Ledger
    playbook: Playbook
    connected: Connected
    breaker: Breaker
    clock: Clock
    run_id: str

    async def carry(self, lead: Carried) -> list[Receipt]:
        """The receipts of what was done for it. Raises LeaseLost, and what a lost database raises."""
        held = (await _aside(self.ledger.held.of, [lead.ref]))[lead.ref]
        pending = [one for one in held if one.pending == "carry"]
        done: list[Receipt] = []
        if any(one.item == "consent" for one in pending):
            done += await self._stop(lead)
        carried = held
        if any(one.item != "consent" for one in pending):
            brief = await self._brief(lead.ref, None)
            if brief is None:  # it is gone through again: what it will say is carried then
                carried = tuple(one for one in held if one.item == "consent")
            else:
                done += await self._update(lead, held, brief)
        if all(receipt.status not in _UNDER_WAY for receipt in done):
            await _aside(self.ledger.held.carried, lead.ref, carried)
        return done

    async def _stop(self, lead: Carried) -> list[Receipt]:
        """Of all the person's leads that are in a sequence."""
        refs = await _aside(self.ledger.consents.enrolled, lead.ref)
        withdrawn = await _aside(self.ledger.consents.withdrawn, [*refs])
        stopped: list[Receipt] = []
        for ref in refs:
            theirs = lead if ref == lead.ref else await _aside(self.ledger.follow_ups.lead, ref)
            brief = await self._brief(ref, withdrawn.get(ref))
            if theirs is None or brief is None or brief.withdrawn is None:
                continue
            receipt = await self._once(SEQUENCE_STOP, brief, theirs)
            stopped.append(receipt)
            if receipt.status is ReceiptStatus.PLANNED:
                words = f"The consent was withdrawn, and {receipt.note}: take the person out by hand."
                await _aside(self.ledger.attention.draw, ref, words)
        return stopped

    async def _update(self, lead: Carried, held: tuple[Held, ...], brief: Brief) -> list[Receipt]:
        places = await _aside(self.ledger.copies.outside_ids, lead.ref)
        number, done = change_number(held, self.playbook.records), list[Receipt]()
        for copy in self._copies(held, places):
            known = tuple(one for one in held if one.system == copy.kind)
            receipt = await self._one(copy, number, known, brief, lead)
            if receipt is not None:
                done.append(receipt)
        return done

    def _copies(self, held: tuple[Held, ...], places: Mapping[System, str]) -> list[Copy]:
        records = self.playbook.records
        address = right_values(held, records).get("email")
        copies: dict[System, Copy] = {
            "sequence": MemberName(),
            "calendar": HoldTitle(),
            "folder": FolderName(),
            "mail": DraftText(address=(address.says or "") if address is not None else ""),
        }
        if contact := places.get("crm"):
            copies["crm"] = ContactValues(contact, records)
        if records.person == "sequence":
            del copies["sequence"]
        return [copy for system, copy in copies.items() if system in places]

    async def _one(
        self, copy: Copy, number: int, held: tuple[Held, ...], brief: Brief, lead: Carried
    ) -> Receipt | None:
        """None: there is nothing to carry there."""
        try:
            ought = copy.ought(brief, self.connected)
        except (LeadsError, ValueError) as error:
            told = f"What {copy.kind} ought to say cannot be told: {describe(error)}"
            await _aside(self.ledger.attention.draw, lead.ref, told)
            return None
        if not any(ought.values()):
            return None
        theirs: dict[Item, str] = {}
        await _aside(self.ledger.held.will_write, lead.ref, copy.kind, ought)
        update = Update(copy, number, held, theirs.update)
        receipt = await self._once(update, brief, lead)
        if receipt.status is ReceiptStatus.DONE:
            ours = {item: value for item, value in ought.items() if item not in theirs and value}
            await _aside(self.ledger.held.wrote, lead.ref, copy.kind, ours)
            if receipt.url:
                # a folder has its name in its address, and people look for it by the link
                await _aside(self.ledger.receipts.moved, lead.ref, MADE_BY[copy.kind], receipt.url)
        if receipt.status is ReceiptStatus.PLANNED:
            # it stands as it was written, and is shown as a difference
            theirs |= {one.item: one.written for one in held if one.item in ought and one.written}
        if theirs:
            await _aside(self.ledger.held.stands, lead.ref, copy.kind, theirs)
        return receipt

    async def _once(self, action: Action, brief: Brief, lead: Carried) -> Receipt:
        doer = Doer(
            ledger=self.ledger,
            tools=self.connected,
            settles=self._settles(action.kind),
            breaker=self.breaker,
            clock=self.clock,
            run_id=self.run_id,
            guarded=False,
        )
        made_by = ACTIONS[MADE_BY[cast("System", action.kind)]]
        autonomy = granted(made_by, self.playbook, embedded=self.connected.embedded(action.kind))
        return await doer.once(action, TrackAction(action=action.name), brief, autonomy, lead)

    def _settles(self, kind: str) -> float:
        try:
            return settle_seconds(self.connected.of_kind(kind))
        except LeadsError:
            return SETTLE_SECONDS  # it lacks a setting, and will not act before it has it

    async def _brief(self, ref: Ref, withdrawn: Withdrawn | None) -> Brief | None:
        decided = await _aside(self.ledger.follow_ups.decided, ref)
        if decided is None:
            return None  # erased since
        receipts = await _aside(self.ledger.receipts.read, [ref])
        return Brief(
            context=decided.context,
            decision=decided.decision,
            playbook=self.playbook,
            receipts=receipts[ref],
            withdrawn=withdrawn,
        )


async def _aside(ask: Callable[..., ResultT], *given: object) -> ResultT:
    """In a thread: the database must not hold up the other leads."""
    return await anyio.to_thread.run_sync(partial(ask, *given))
