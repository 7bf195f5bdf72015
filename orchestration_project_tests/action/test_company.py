"""Leads of one run write into the calendar side by side: one look, no time twice, and one turn for all."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace

import anyio
import anyio.lowlevel
import pytest

from orchestration_project.action.calendar_hold import CalendarHold
from orchestration_project.action.company import SharedTurn
from orchestration_project.action.once import Doer
from orchestration_project.connectors.calendar.interface import Busy, Hold
from orchestration_project.errors import LeadsError, TransientServiceError
from orchestration_project.model import Receipt, ReceiptStatus, Ref, Written
from orchestration_project.playbook.model import Autonomy
from orchestration_project.playbook.tracks import TrackAction
from orchestration_project_tests.action.doing import REFS, brief, carried, doer
from orchestration_project_tests.action.tools import tools
from orchestration_project_tests.fakes.calendar import FakeCalendar

__all__ = ["doer"]

STEP = TrackAction(action="calendar_hold")


class SlowCalendar(FakeCalendar):
    """Takes its time, so that all who may ask do so at once."""

    def __init__(self) -> None:
        super().__init__()
        self.looks = 0
        self.under_way = self.most_under_way = 0
        self.silent_for: Ref | None = None

    async def busy(self, start: object, end: object) -> tuple[Busy, ...]:
        self.looks += 1
        await anyio.lowlevel.checkpoint()
        return tuple(Busy(start=hold.start, end=hold.end) for hold in self.holds.values())

    async def save_hold(self, hold: Hold) -> Written:
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        for _ in range(20):
            await anyio.lowlevel.checkpoint()
        self.under_way -= 1
        if hold.key == self.silent_for:
            raise TransientServiceError("Calendar", "did not answer.", "")
        return await super().save_hold(hold)


def hold_all(doer: Doer, refs: tuple[Ref, ...]) -> dict[Ref, Receipt]:
    action, done = CalendarHold(), dict[Ref, Receipt]()

    async def one(ref: Ref) -> None:
        done[ref] = await doer.once(action, STEP, brief(ref), Autonomy.DRAFT, carried(doer, ref))

    async def together() -> None:
        async with anyio.create_task_group() as group:
            for ref in refs:
                group.start_soon(one, ref)

    anyio.run(together)
    return done


def test_one_look_serves_all_and_no_time_is_taken_twice(doer: Doer) -> None:
    calendar = SlowCalendar()
    done = hold_all(replace(doer, tools=tools(calendar=calendar)), REFS)
    assert {receipt.status for receipt in done.values()} == {ReceiptStatus.DONE}
    assert len({hold.start for hold in calendar.holds.values()}) == len(REFS)
    assert calendar.looks == 1
    assert calendar.most_under_way > 1


def test_what_one_may_have_left_is_in_nobodys_way_but_of_those_who_come_later(doer: Doer) -> None:
    calendar = SlowCalendar()
    calendar.silent_for = REFS[0]
    first = replace(doer, tools=tools(calendar=calendar))
    done = hold_all(first, REFS[:3])
    assert done[REFS[0]].status is ReceiptStatus.BEGUN
    assert {done[ref].status for ref in REFS[1:3]} == {ReceiptStatus.DONE}
    (later,) = hold_all(first, REFS[3:]).values()
    assert later.status is ReceiptStatus.WAITING, "it does not know which time the first one may have"


def test_a_turn_that_does_not_come_is_told_to_all_who_waited_for_it() -> None:
    tries = 0

    @asynccontextmanager
    async def never() -> AsyncGenerator[None]:
        nonlocal tries
        tries += 1
        await anyio.lowlevel.checkpoint()
        raise LeadsError("not now")
        yield

    turn, refused = SharedTurn(never, object), list[str]()

    async def one() -> None:
        try:
            async with turn.join():
                pytest.fail("nobody has the turn")
        except LeadsError as error:
            refused.append(str(error))

    async def together() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(one)

    anyio.run(together)
    assert (tries, refused) == (1, ["not now"] * 5)
    anyio.run(one)
    assert tries == 2, "who comes later tries anew"


def test_the_turn_is_let_go_with_the_last_and_taken_anew() -> None:
    held: list[str] = []

    @asynccontextmanager
    async def take() -> AsyncGenerator[None]:
        held.append("taken")
        yield
        held.append("let go")

    async def both() -> None:
        turn = SharedTurn(take, object)
        async with turn.join() as one, turn.join() as other:
            assert one is other
        async with turn.join() as later:
            assert later is not one

    anyio.run(both)
    assert held == ["taken", "let go"] * 2
