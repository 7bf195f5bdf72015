"""One op's work for every lead that its run carries, side by side, with one rule for failures: a failure is
the lead's own, and its company goes on.

What the work is, the ops say; what becomes of a lead that failed, `healing/fate.py`.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import anyio
import dagster as dg
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from orchestration_project.crash import crash_point
from orchestration_project.errors import PlaybookError
from orchestration_project.healing.breaker import Breaker
from orchestration_project.healing.fate import PLAYBOOK, Fate, backoff, describe, fate_of, shown, stack
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.outcomes import Wait
from orchestration_project.model import Carried, LeaseLost, Ref
from orchestration_project.orchestration.resources import Workbench
from orchestration_project.process import myself

ResultT = TypeVar("ResultT")

PAUSES = (0.2, 1.0, 3.0)
"""Seconds before an op is done once more that has lost the database."""


@dataclass(frozen=True)
class Stage:
    """An op at work: the leads of its run, and what becomes of those that fail in it."""

    context: dg.OpExecutionContext
    ledger: Ledger
    workbench: Workbench

    @cached_property
    def breaker(self) -> Breaker:
        breaker = Breaker(self.ledger.connections, self.ledger.clock, self.workbench.rules)
        breaker.refresh()
        return breaker

    @property
    def run_id(self) -> str:
        return self.context.run_id

    def leads(self, track: str | None = None) -> tuple[Carried, ...]:
        """The leads in the hands of this run, or those of a track. A re-execution takes over what the run it
        repeats has left: of a branch that it repeats alone, only those that are in it."""
        mine = self.in_hand(track)
        parent = self.context.run.parent_run_id
        if not mine and parent is not None:
            self.ledger.by_hand.adopt(parent, self.run_id, myself(), track=track)
            mine = self.in_hand(track)  # of ops that start side by side, one adopts for all
        return mine

    def in_hand(self, track: str | None = None) -> tuple[Carried, ...]:
        """Without those that could still be taken over."""
        mine = self.ledger.claims.carried(self.run_id)
        return tuple(lead for lead in mine if track is None or lead.track == track)

    def each(
        self,
        leads: Sequence[Carried],
        work: Callable[[Carried], Awaitable[ResultT]],
        *,
        connection: str | None = None,
    ) -> dict[Ref, ResultT]:
        """What came of each lead for which it went well. The others wait, or need a person; where the run
        carries only one lead, and that needs a person, the step fails and says so.

        `connection` is the one that the work uses; its failures are noted for all.
        """
        done, failed = self.workbench.run(lambda: side_by_side(self.workbench.places, leads, work))
        by_ref = {lead.ref: lead for lead in leads}
        lost: list[str] = []
        for ref, error in failed.items():
            if isinstance(error, LeaseLost):
                self.left([by_ref[ref]])
            elif message := self._settle(by_ref[ref], error, connection):
                lost.append(message)
        if lost and self.ledger.runs.size(self.run_id) == 1:
            (error,) = failed.values()
            raise dg.Failure(description=lost[0], metadata={"ref": leads[0].ref}, allow_retries=False) from (
                shown(error)
            )
        for message in lost:
            self.context.log.error(message)
        return done

    def left(self, leads: Sequence[Carried]) -> None:
        """Says of them that they are no longer this run's."""
        for lead in leads:
            self.context.log.info("%s is with another run by now; this run leaves it.", lead.ref)

    def _settle(self, lead: Carried, error: Exception, connection: str | None) -> str | None:
        """Gives the lead back, or to a person; then answers the words for the run."""
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            raise error  # the next write would fail like this one
        if connection is not None or isinstance(error, PlaybookError):
            self.breaker.failed(connection or PLAYBOOK, error, lead.ref)
        fate = fate_of(
            error,
            connection=connection,
            tries=lead.tries,
            faults=lead.faults,
            now=self.ledger.clock(),
        )
        try:
            if fate.kind == "wait":
                self.ledger.outcomes.wait(lead, self.wait(fate, lead, connection), self.run_id)
                crash_point("given_back")
                where = f"\n{stack(error)}" if fate.fault else ""
                self.context.log.warning("%s waits: %s%s", lead.ref, fate.says, where)
                return None
            told = f"{self.context.op.name}: {fate.says}"
            self.ledger.outcomes.needs_person(lead, told, self.run_id)
        except LeaseLost:
            return None
        return f"{lead.ref}: {told} Then: re-execute from here, or `leads replay {lead.ref}`."

    def wait(self, fate: Fate, lead: Carried, connection: str | None) -> Wait:
        """Where the connection is away for all, the lead waits for that, and not for a moment of its own."""
        waiting_for, try_at = fate.waiting_for, fate.try_at
        if connection is not None and self.breaker.is_open(connection):
            waiting_for, try_at = connection, None
        elif waiting_for is not None and not self.breaker.is_open(waiting_for):
            waiting_for, try_at = None, self.ledger.clock() + backoff(lead.tries)
        return Wait(
            explanation=fate.says,
            try_at=try_at,
            waiting_for=waiting_for,
            counts=fate.counts,
            fault=fate.fault,
        )


async def side_by_side(
    places: anyio.CapacityLimiter,
    leads: Sequence[Carried],
    work: Callable[[Carried], Awaitable[ResultT]],
) -> tuple[dict[Ref, ResultT], dict[Ref, Exception]]:
    """What came of each lead, and what went wrong with the others."""
    done: dict[Ref, ResultT] = {}
    failed: dict[Ref, Exception] = {}

    async def one(lead: Carried) -> None:
        async with places:
            try:
                done[lead.ref] = await work(lead)
            except Exception as error:  # noqa: BLE001 - handed to the caller, which says what becomes of it
                failed[lead.ref] = error

    async with anyio.create_task_group() as group:
        for lead in leads:
            group.start_soon(one, lead)
    return {lead.ref: done[lead.ref] for lead in leads if lead.ref in done}, failed


def guarded(work: Callable[[], ResultT]) -> ResultT:
    """What an op does, with two promises: a database that is away for a moment only costs that moment, since
    whatever an op does may be done again; and no exception that Dagster keeps has a person's words in it."""
    pauses = iter(PAUSES)
    while True:
        try:
            return work()
        except dg.Failure:
            raise
        except (OperationalError, InterfaceError) as error:
            pause = next(pauses, None)
            if pause is None:
                raise _given_up(error) from shown(error)
            time.sleep(pause)
        except Exception as error:  # noqa: BLE001 - raised again, in words that may be kept
            raise _given_up(error) from shown(error)


def _given_up(error: Exception) -> dg.Failure:
    return dg.Failure(
        description=f"{describe(error)} Its leads are given back by themselves.", allow_retries=False
    )
