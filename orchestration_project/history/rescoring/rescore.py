"""Scores leads anew under other rules, many at once, and keeps each answer as it comes.

Which leads, the ledger says (`ledger/rescored.py`); nothing here writes outside of it.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

import anyio
import anyio.to_thread
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from orchestration_project.decision.route import route
from orchestration_project.decision.scorer import Scorer
from orchestration_project.errors import LeadsError
from orchestration_project.history.rescoring.purse import TrialPurse
from orchestration_project.model import (
    AI_AWAY,
    Clock,
    Context,
    Frozen,
    Ref,
    Rescored,
    ScoreStatus,
    Scoring,
)
from orchestration_project.playbook.model import Playbook

SIDE_BY_SIDE = 64
READ_AT_ONCE = 256
WRITE_AT_ONCE = 200
PAUSES = (1.0, 4.0, 15.0, 60.0)
"""Seconds before a question is asked again that the service had no answer for."""

Todo = Sequence[tuple[Ref, int]]
ReadContexts = Callable[[Sequence[Ref]], Mapping[Ref, Context]]
Answered = tuple[Rescored, anyio.Event]
"""An answer, and what is set once it is kept."""
Keep = Callable[[Sequence[Rescored]], None]


class Stopped(LeadsError):  # noqa: N818 - a state of the work, not a mistake
    """It cannot go on: the limit is reached, or the service refuses. What is scored stays."""


class Tally(Frozen):
    """What came of it. `left` were not scored, since the service had no answer; they are taken next time."""

    scored: int
    left: int = 0
    stopped: str = ""


@dataclass
class Rescoring:
    """One re-scoring at work."""

    scorer: Scorer
    asked: str  # the scorer's name, under which the answers are kept
    playbook: Playbook
    purse: TrialPurse
    clock: Clock
    read: ReadContexts
    keep: Keep
    side_by_side: int = SIDE_BY_SIDE
    told: Callable[[int], None] = lambda _: None
    """Told how many more are scored."""
    sleep: Callable[[float], object] = anyio.sleep
    _left: int = field(default=0, init=False)
    _scored: int = field(default=0, init=False)
    _stopped: str = field(default="", init=False)

    async def run(self, todo: Todo) -> Tally:
        """Scores all of them. Where it has to stop, what was under way is still waited for and kept."""
        asked, ask = anyio.create_memory_object_stream[tuple[Context, int]](self.side_by_side)
        answered, answers = anyio.create_memory_object_stream[Answered](WRITE_AT_ONCE)
        async with anyio.create_task_group() as group:
            group.start_soon(self._write, answers)
            async with answered, anyio.create_task_group() as workers:
                workers.start_soon(self._hand_out, todo, asked)
                for _ in range(self.side_by_side):
                    workers.start_soon(self._work, ask.clone(), answered.clone())
                ask.close()
        return Tally(scored=self._scored, left=self._left, stopped=self._stopped)

    async def _hand_out(self, todo: Todo, out: MemoryObjectSendStream[tuple[Context, int]]) -> None:
        waiting = iter(todo)
        async with out:
            while some := list(islice(waiting, READ_AT_ONCE)):
                refs = list(dict.fromkeys(ref for ref, _ in some))
                contexts = await anyio.to_thread.run_sync(self.read, refs)
                for ref, attempt in some:
                    if self._stopped:
                        return
                    if ref in contexts:
                        await out.send((contexts[ref], attempt))

    async def _work(
        self,
        ask: MemoryObjectReceiveStream[tuple[Context, int]],
        answered: MemoryObjectSendStream[Answered],
    ) -> None:
        async with ask, answered:
            async for context, attempt in ask:
                if self._stopped:
                    continue  # what is handed out already is left for next time
                rescored = await self._score(context, attempt)
                if rescored is not None:
                    kept = anyio.Event()
                    await answered.send((rescored, kept))
                    await kept.wait()  # before it asks on: a kill loses what is under way and no more

    async def _score(self, context: Context, attempt: int) -> Rescored | None:
        """None: there was no answer, or it was told to stop."""
        for pause in (*PAUSES, None):
            begun = time.monotonic()
            scoring = await self.scorer.score(context, self.playbook)
            self.purse.over()
            if why := _no_use(scoring):
                self._stopped = self._stopped or why
                return None
            if scoring.status not in AI_AWAY:
                decision = route(scoring, context, self.playbook, self.clock())
                seconds = time.monotonic() - begun
                return Rescored(decision=decision, scorer=self.asked, attempt=attempt, seconds=seconds)
            if pause is None or self._stopped:
                break
            await self.sleep(pause)  # type: ignore[misc]  # of any clock
        self._left += 1
        return None

    async def _write(self, answers: MemoryObjectReceiveStream[Answered]) -> None:
        """What is there by now goes in one statement; nobody waits for more to come."""
        async with answers:
            async for first in answers:
                some = [first]
                while len(some) < WRITE_AT_ONCE:
                    try:
                        some.append(answers.receive_nowait())
                    except (anyio.WouldBlock, anyio.EndOfStream):
                        break
                await anyio.to_thread.run_sync(partial(self.keep, [rescored for rescored, _ in some]))
                for _, kept in some:
                    kept.set()
                self._scored += len(some)
                self.told(len(some))


def _no_use(scoring: Scoring) -> str:
    """Why it is of no use to ask on: the money is spent, or the credential is refused."""
    if scoring.status in (ScoreStatus.OVER_BUDGET, ScoreStatus.UNAUTHORISED):
        return scoring.explanation or scoring.label
    return ""
