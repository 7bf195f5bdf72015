"""Doing an action exactly once: look up the receipt, mark it begun, act, record the outside id.

After a crash between the act and its record the receipt says *begun*; then we look outside before we
create. What an action writes is its own module's business.
"""

from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime

from orchestration_project.action.base import Action, Brief, Tools
from orchestration_project.errors import LeadsError
from orchestration_project.ledger import Ledger
from orchestration_project.model import Clock, NotDone, Receipt, ReceiptStatus, Written
from orchestration_project.playbook.model import Autonomy, TrackAction

FINAL = (ReceiptStatus.DONE, ReceiptStatus.SKIPPED, ReceiptStatus.PLANNED)
"""With one of these an action holds a lead up no longer."""


@dataclass(frozen=True)
class Doer:
    """Carries out actions under receipts, for one run."""

    ledger: Ledger
    tools: Tools
    clock: Clock
    run_id: str

    async def once(self, action: Action, step: TrackAction, brief: Brief, autonomy: Autonomy) -> Receipt:
        """The receipt of the action for this lead, done now or earlier. Raises what the action
        raised, after noting it on the receipt; after any other crash the receipt still says begun."""
        before = self.ledger.receipts.read_one(brief.ref, action.name)
        if before is not None and before.status is ReceiptStatus.DONE:
            return before
        why_not = _unwanted(step, brief) or action.skip(brief)
        if why_not is not None:
            return self._record(brief, action, ReceiptStatus.SKIPPED, note=why_not)
        planned = [
            name
            for name in action.requires
            if (receipt := brief.receipts.get(name)) is None or receipt.status is not ReceiptStatus.DONE
        ]
        if planned:
            return self._record(brief, action, ReceiptStatus.PLANNED, note=f"waits for {planned[0]}")
        if autonomy < action.needs:
            held_back = f"autonomy is {autonomy.name.lower()}; this needs {action.needs.name.lower()}"
            return self._record(brief, action, ReceiptStatus.PLANNED, note=held_back)
        async with self._turn(action, brief):
            # while this one waited for its turn, another run may have done it
            before = self.ledger.receipts.read_one(brief.ref, action.name)
            if before is not None and before.status is ReceiptStatus.DONE:
                return before
            return await self._act(action, brief, may_exist=before is not None)

    async def _act(self, action: Action, brief: Brief, *, may_exist: bool) -> Receipt:
        self._record(brief, action, ReceiptStatus.BEGUN)
        try:
            written = await action.find(brief, self.tools) if may_exist else None
            written = written or await action.act(brief, self.tools, self.clock)
        except LeadsError as error:
            self._record(brief, action, ReceiptStatus.FAILED, error=str(error))
            raise
        if isinstance(written, NotDone):
            return self._record(brief, action, written.status, note=written.note, until=written.until)
        return self._record(brief, action, ReceiptStatus.DONE, written=written)

    def _turn(self, action: Action, brief: Brief) -> AbstractAsyncContextManager[None]:
        key = action.lock_key(brief)
        return self.ledger.locks.named(f"{action.name}:{key}") if key else nullcontext()

    def _record(
        self,
        brief: Brief,
        action: Action,
        status: ReceiptStatus,
        *,
        written: Written | None = None,
        note: str = "",
        error: str | None = None,
        until: datetime | None = None,
    ) -> Receipt:
        receipt = Receipt(
            ref=brief.ref,
            action=action.name,
            status=status,
            external_id=written.external_id if written else None,
            url=written.url if written else None,
            note=written.note if written else note,
            error=error,
            conflicts=written.conflicts if written else (),
            until=written.until if written else until,
        )
        self.ledger.receipts.write(receipt, self.run_id)
        return receipt


def _unwanted(step: TrackAction, brief: Brief) -> str | None:
    consent = brief.context.lead.consent
    if step.only == "with_consent" and not consent:
        return "no consent to marketing mail"
    if step.only == "without_consent" and consent:
        return "has consented to marketing mail and gets the sequence instead"
    return None
