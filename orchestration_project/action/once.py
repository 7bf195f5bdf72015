"""Doing an action exactly once: look up the receipt, mark it begun under the lease, act, record what came.

What was begun and has no known end is left alone until the service can no longer do it; then we look outside
before we create. What an action writes is its own module's business.
"""

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import anyio
from sqlalchemy.exc import DBAPIError

from orchestration_project.action.base import Action, Brief, Tools
from orchestration_project.action.company import Company, GoesTogether, SharedTurn
from orchestration_project.action.whether import left_out, not_now
from orchestration_project.crash import crash_point
from orchestration_project.errors import LeadsError, ServiceError, TransientServiceError
from orchestration_project.healing.breaker import Breaker
from orchestration_project.healing.fate import UNEXPECTED, Fate, backoff, fate_of, stack
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.acts import Beginning, Outcome, Wanted
from orchestration_project.ledger.notes import Note
from orchestration_project.model import (
    Carried,
    Clock,
    LeaseLost,
    NotDone,
    Receipt,
    ReceiptStatus,
    Written,
)
from orchestration_project.playbook.model import Autonomy
from orchestration_project.playbook.tracks import TrackAction
from orchestration_project.together import Together

_log = logging.getLogger(__name__)

FINAL = (ReceiptStatus.DONE, ReceiptStatus.SKIPPED, ReceiptStatus.PLANNED)
"""With one of these an action holds a lead up no longer."""
LONGEST_ACT = 90.0
"""Seconds one action of one lead may take, with all its requests and their repetitions."""
AFTER_ANSWER = 10.0
"""Seconds until a search of a service shows what the service has just written."""


@dataclass(frozen=True)
class Doer:
    """Carries out actions under receipts, for one run."""

    ledger: Ledger
    tools: Tools
    settles: float  # seconds in which the service may still do what it was asked, though nobody waits
    breaker: Breaker
    clock: Clock
    run_id: str
    guarded: bool = True  # False for follow-ups, of leads that no run carries

    @cached_property
    def _shared(self) -> dict[tuple[str, ...], SharedTurn]:
        return {}

    @cached_property
    def _notes(self) -> Together[Note, Receipt]:
        return Together(self.ledger.receipts.note_each)

    @cached_property
    def _beginnings(self) -> Together[Wanted, Beginning]:
        return Together(self.ledger.receipts.begin_each)

    @cached_property
    def _outcomes(self) -> Together[Outcome, None]:
        return Together(self.ledger.receipts.record_each)

    async def once(
        self, action: Action, step: TrackAction, brief: Brief, autonomy: Autonomy, lead: Carried
    ) -> Receipt:
        """The receipt of the action for this lead, done now or earlier. What goes wrong stands on it: it
        waits, was skipped, or failed. Raises LeaseLost, and nothing else but a lost database.

        What the brief knows of an earlier try may be old: the ledger knows better when it is begun."""
        before = brief.receipts.get(action.name)
        if before is not None and before.status is ReceiptStatus.DONE:
            return before
        tried = before is not None and before.tries > 0
        if not tried and (why_not := not_now(action, step, brief, autonomy)):
            return await self._note(brief, action, why_not.status, why_not.note, lead)
        try:
            self.breaker.insist(action.kind)
            async with self._turn(action, brief) as company:
                return await self._begin(action, step, brief, autonomy, lead, company)
        except (LeaseLost, DBAPIError):
            raise
        except LeadsError as error:
            # not even begun: the connection is away, lacks a setting, or its turn did not come
            self.breaker.failed(action.kind, error, brief.ref)
            fate = self._fate(error, action, lead, before)
            return await self._note(
                brief, action, ReceiptStatus.WAITING, fate.says, lead, fate.try_at, fate.waiting_for
            )

    async def _begin(
        self,
        action: Action,
        step: TrackAction,
        brief: Brief,
        autonomy: Autonomy,
        lead: Carried,
        company: Company | None,
    ) -> Receipt:
        keys, beside = action.lock_keys(brief), company.begun if company is not None else None
        wanted = Wanted(lead, action.name, LONGEST_ACT, self.settles, keys, self.guarded, beside)
        beginning = await self._beginnings.ask(wanted)
        if beginning.behind is not None:
            # what it is about to create may be on its way already
            says = f"waits until it is known what became of {action.name} of {beginning.behind}"
            return await self._note(brief, action, ReceiptStatus.WAITING, says, lead, beginning.clear_at)
        if not beginning.go:
            # done by another run while this one waited for its turn, or not to be looked at yet
            receipt = beginning.receipt
            if receipt is None:
                raise LeaseLost(brief.ref)
            return receipt.model_copy(update={"try_at": beginning.clear_at or receipt.try_at})
        if company is not None:
            company.begun.add(lead.lead_id)
        crash_point("begun", action.name)
        try:
            with anyio.fail_after(LONGEST_ACT):
                outcome = await self._act(action, step, brief, autonomy, beginning, company)
        except (LeaseLost, DBAPIError):
            raise
        except TimeoutError:
            error: Exception = TransientServiceError(
                action.kind, f"did not finish within {LONGEST_ACT:g} seconds.", "It is tried again by itself."
            )
        except Exception as unexpected:  # noqa: BLE001 - it stands on the receipt, and its kind in the story
            error = unexpected
            if _is_fault(error):
                _log.error("%s of %s met %s", action.name, brief.ref, stack(error))
        else:
            crash_point("acted", action.name)
            self.breaker.went_well(action.kind)
            return await self._outcome(brief, action, outcome, lead, beginning)
        self.breaker.failed(action.kind, error, brief.ref)
        return await self._failed(brief, action, error, lead, beginning)

    async def _act(
        self,
        action: Action,
        step: TrackAction,
        brief: Brief,
        autonomy: Autonomy,
        beginning: Beginning,
        company: Company | None,
    ) -> Written | NotDone:
        if beginning.may_exist:
            found = await action.find(brief, self.tools)
            if found is not None:
                return found
            if why_not := left_out(action, step, brief):
                return why_not
            if autonomy < action.needs:
                return NotDone(status=ReceiptStatus.PLANNED, note=f"autonomy is {autonomy.name.lower()}")
        if company is not None and isinstance(action, GoesTogether):
            return await action.act_beside(brief, company.in_common, self.clock)
        return await action.act(brief, self.tools, self.clock)

    async def _outcome(
        self, brief: Brief, action: Action, outcome: Written | NotDone, lead: Carried, beginning: Beginning
    ) -> Receipt:
        if isinstance(outcome, NotDone):
            receipt = Receipt(
                ref=brief.ref,
                action=action.name,
                status=outcome.status,
                note=outcome.note,
                until=outcome.until,
            )
        else:
            receipt = Receipt(
                ref=brief.ref,
                action=action.name,
                status=ReceiptStatus.DONE,
                external_id=outcome.external_id,
                url=outcome.url,
                note=outcome.note,
                conflicts=outcome.conflicts,
                until=outcome.until,
                memo=outcome.memo,
            )
        return await self._record(receipt, lead, beginning)

    async def _failed(
        self, brief: Brief, action: Action, error: Exception, lead: Carried, beginning: Beginning
    ) -> Receipt:
        """Where the service may have done it, or may still do it, the receipt goes on saying *begun*."""
        fate = self._fate(error, action, lead, beginning.receipt)
        unknown = _may_be_done(error)
        if fate.kind == "skip" and not unknown:
            skipped = Receipt(ref=brief.ref, action=action.name, status=ReceiptStatus.SKIPPED, note=fate.says)
            return await self._record(skipped, lead, beginning)
        answered = not isinstance(error, TransientServiceError) or error.answered
        pause = min(AFTER_ANSWER, self.settles) if answered else self.settles
        clear_at = self.clock() + timedelta(seconds=pause) if unknown else None
        try_at = fate.try_at
        if clear_at is not None and try_at is not None:
            try_at = max(try_at, clear_at)
        if fate.kind == "person":
            status = ReceiptStatus.FAILED
        else:
            status = ReceiptStatus.BEGUN if unknown else ReceiptStatus.WAITING
        receipt = Receipt(
            ref=brief.ref,
            action=action.name,
            status=status,
            note="" if fate.kind == "person" else fate.says,
            error=fate.says,
            try_at=try_at,
            waiting_for=fate.waiting_for,
        )
        return await self._record(receipt, lead, beginning, clear_at=clear_at)

    def _fate(self, error: Exception, action: Action, lead: Carried, before: Receipt | None) -> Fate:
        tries = before.tries if before is not None else 0
        again = before is not None and (before.error or "").startswith(UNEXPECTED)
        faults = tries if _is_fault(error) and again else 0
        now = self.clock()
        fate = fate_of(error, connection=action.kind, tries=tries, faults=faults, now=now)
        if fate.kind == "wait" and fate.try_at is None and not self.breaker.is_open(fate.waiting_for or ""):
            # nothing keeps that connection's state, or it is well again meanwhile
            return fate.model_copy(update={"try_at": self.clock() + backoff(lead.tries), "waiting_for": None})
        return fate

    async def _note(
        self,
        brief: Brief,
        action: Action,
        status: ReceiptStatus,
        note: str,
        lead: Carried,
        try_at: datetime | None = None,
        waiting_for: str | None = None,
    ) -> Receipt:
        receipt = Receipt(
            ref=brief.ref,
            action=action.name,
            status=status,
            note=note,
            try_at=try_at,
            waiting_for=waiting_for,
        )
        return await self._notes.ask(Note(lead, receipt, self.run_id, self.guarded))

    async def _record(
        self,
        receipt: Receipt,
        lead: Carried,
        beginning: Beginning,
        *,
        clear_at: datetime | None = None,
    ) -> Receipt:
        before = beginning.receipt
        unsure = before is not None and (before.unsure or before.status is ReceiptStatus.BEGUN)
        unsure = unsure or clear_at is not None  # it may have been done, whatever the receipt says
        tries = (before.tries if before is not None else 0) + 1
        receipt = receipt.model_copy(update={"unsure": unsure, "tries": tries})
        await self._outcomes.ask(Outcome(lead, receipt, self.run_id, clear_at))
        crash_point("recorded", receipt.action)
        return receipt

    @asynccontextmanager
    async def _turn(self, action: Action, brief: Brief) -> AsyncGenerator[Company | None]:
        names = tuple(f"{action.name}:{key}" for key in action.lock_keys(brief))
        if not names:
            yield None
        elif isinstance(action, GoesTogether):
            if names not in self._shared:
                self._shared[names] = SharedTurn(
                    lambda: self.ledger.locks.named(*names), lambda: action.in_common(self.tools)
                )
            async with self._shared[names].join() as company:
                yield company
        else:
            async with self.ledger.locks.named(*names):
                yield None


def _may_be_done(error: Exception) -> bool:
    """Of an exception that nobody foresaw, nobody knows at which point of the act it came."""
    if isinstance(error, ServiceError):
        return error.effect_unknown
    return not isinstance(error, LeadsError)


def _is_fault(error: Exception) -> bool:
    return not isinstance(error, ServiceError | LeadsError | DBAPIError)
