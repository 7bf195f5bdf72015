"""What many ask at the same moment is asked once for all, and each has an answer of its own."""

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import anyio
import anyio.to_thread
import pytest
from sqlalchemy.exc import DataError

from orchestration_project.ledger import Ledger
from orchestration_project.ledger.acts import Beginning, Outcome, Wanted
from orchestration_project.ledger.notes import Note
from orchestration_project.model import LeaseLost, ReceiptStatus
from orchestration_project.together import Together
from orchestration_project_tests.ledger.leads import a_carried, a_receipt


class Work:
    """Doubles numbers; notes which it was given at once."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []

    def __call__(self, asked: Sequence[int]) -> list[int | Exception]:
        self.batches.append(list(asked))
        if 13 in asked:
            raise DataError("refused", None, ValueError())
        return [ValueError(f"{number} is odd") if number % 2 else 2 * number for number in asked]


async def ask_all(work: Work, numbers: Sequence[int]) -> dict[int, int | Exception]:
    together, answers = Together(work), dict[int, int | Exception]()

    async def ask(number: int) -> None:
        try:
            answers[number] = await together.ask(number)
        except (ValueError, DataError) as error:
            answers[number] = error

    async with anyio.create_task_group() as group:
        for number in numbers:
            group.start_soon(ask, number)
    assert await together.ask(2) == 4, "it serves those who come later, too"
    return answers


def test_those_who_ask_at_the_same_moment_are_served_together() -> None:
    work = Work()
    answers = anyio.run(ask_all, work, range(0, 60, 2))
    assert answers == {number: 2 * number for number in range(0, 60, 2)}
    assert work.batches == [list(range(0, 60, 2)), [2]]


def test_an_exception_is_of_the_one_who_asked() -> None:
    answers = anyio.run(ask_all, Work(), [0, 1, 2, 3])
    assert [answers[0], answers[2]] == [0, 4]
    assert str(answers[1]) == "1 is odd"


def test_what_the_database_refuses_of_one_the_others_get_all_the_same() -> None:
    answers = anyio.run(ask_all, Work(), [0, 2, 13, 4])
    assert isinstance(answers.pop(13), DataError)
    assert answers == {0: 0, 2: 4, 4: 8}


def test_a_stop_leaves_nobody_waiting() -> None:
    async def stopped() -> int:
        together = Together(Work())
        async with anyio.create_task_group() as group:
            for number in (2, 4, 6):
                group.start_soon(together.ask, number)
            await anyio.lowlevel.checkpoint()
            group.cancel_scope.cancel()
        return await together.ask(8)

    assert anyio.run(stopped) == 16


def test_whoever_is_torn_away_takes_nobody_along() -> None:
    """By `Task.cancel`, which no shield of anyio holds up: as what `asyncio.gather` has begun."""

    async def torn() -> list[int]:
        together = Together(Work())
        first, *others = [asyncio.create_task(together.ask(number)) for number in (2, 4, 6)]
        await anyio.lowlevel.checkpoint()
        first.cancel()
        return [*await asyncio.gather(*others), await together.ask(8)]

    assert anyio.run(torn) == [8, 12, 16]


def test_the_end_of_a_loop_leaves_nobody_waiting() -> None:
    """What then is still under way is cancelled, all at once, and may ask once more on its way out."""
    started, go_on = threading.Event(), threading.Event()
    let_go: list[int] = []

    def work(asked: Sequence[int]) -> list[int | Exception]:
        started.set()
        go_on.wait(5)
        return [*asked]

    together = Together[int, int](work)

    async def holds(number: int) -> None:
        try:
            await together.ask(number)
        finally:
            let_go.append(await together.ask(-number))

    async def ends() -> set[asyncio.Task[None]]:
        left = {asyncio.create_task(holds(number)) for number in (1, 2, 3)}
        await anyio.to_thread.run_sync(started.wait)
        threading.Timer(0.1, go_on.set).start()
        return left

    left = asyncio.run(ends())
    assert all(task.done() for task in left)
    assert sorted(let_go) == [-3, -2, -1]


def test_acts_of_many_leads_are_begun_and_recorded_at_once(ledger: Ledger) -> None:
    leads = [a_carried(ledger, name, run_id=name) for name in ("one", "two", "three")]
    lost = leads[2].model_copy(update={"lease": leads[2].lease - 1000})
    asked = [Wanted(lead, "task", takes=90, settles=60) for lead in [*leads[:2], lost, leads[0]]]
    *_, not_mine, same_again = ledger.receipts.begin_each(asked)
    assert isinstance(not_mine, LeaseLost) and isinstance(same_again, LeaseLost)


@pytest.mark.parametrize("shared", ["crm:self-employed", "crm:other"])
def test_of_two_that_have_something_in_common_one_begins(ledger: Ledger, shared: str) -> None:
    one, two = (a_carried(ledger, name, run_id=name) for name in ("one", "two"))
    first, second = ledger.receipts.begin_each(
        [
            Wanted(one, "crm_contact", 90, 60, ("crm:self-employed", "crm:ann")),
            Wanted(two, "crm_contact", 90, 60, (shared, "crm:bob")),
        ]
    )
    assert first == Beginning(go=True)
    assert isinstance(second, Beginning)
    assert (second.go, second.behind) == ((False, one.ref) if shared == "crm:self-employed" else (True, None))


def test_records_go_through_as_they_are_and_tell_the_story(ledger: Ledger) -> None:
    leads = [a_carried(ledger, name, run_id=name) for name in ("one", "two", "three")]
    ledger.receipts.begin_each([Wanted(lead, "task", 90, 60) for lead in leads[:2]])
    written = [a_receipt(lead, ReceiptStatus.DONE, note='due ‘today’ – \\ "50 %"') for lead in leads]
    answers = ledger.receipts.record_each(
        [Outcome(lead, receipt, "run") for lead, receipt in zip(leads, written, strict=True)]
    )
    assert answers[:2] == [None, None] and isinstance(answers[2], LeaseLost), "it was never begun"
    for lead, receipt in zip(leads[:2], written, strict=False):
        kept = ledger.receipts.read_one(lead.ref, "task")
        assert kept is not None and kept.model_copy(update={"tries": receipt.tries}) == receipt
        assert "task done" in [event.event for event in ledger.stories.tell(lead.ref).events]


def test_notes_of_many_take_the_place_of_none_that_is_done(ledger: Ledger) -> None:
    leads = [a_carried(ledger, name, run_id=name) for name in ("one", "two", "three")]
    ledger.receipts.begin_each([Wanted(leads[0], "task", 90, 60)])
    done = a_receipt(leads[0], ReceiptStatus.DONE)
    ledger.receipts.record(leads[0], done, "run")
    lost = leads[2].model_copy(update={"lease": leads[2].lease - 1000})
    notes = [Note(lead, a_receipt(lead, ReceiptStatus.WAITING), "run") for lead in [*leads[:2], lost]]
    stands, waits, not_mine = ledger.receipts.note_each(notes)
    assert not isinstance(stands, LeaseLost) and stands.status is ReceiptStatus.DONE
    assert not isinstance(waits, LeaseLost) and waits.status is ReceiptStatus.WAITING
    assert isinstance(not_mine, LeaseLost)
    assert ledger.receipts.note_each(notes)[1] == waits
    told = [event.event for event in ledger.stories.tell(leads[1].ref).events]
    assert told.count("task waiting") == 1, "what says nothing new writes no story"


def test_a_second_event_loop_is_refused_and_never_left_to_wait() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def work(asked: Sequence[int]) -> Sequence[int]:
        begun.set()
        go_on.wait(10)
        return asked

    together = Together(work)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(anyio.run, together.ask, 1)
        begun.wait(10)
        with pytest.raises(RuntimeError, match="Two event loops"):
            anyio.run(together.ask, 2)
        go_on.set()
        assert first.result(10) == 1
    assert anyio.run(together.ask, 3) == 3, "one after the other they may"
