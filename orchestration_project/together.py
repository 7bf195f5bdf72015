"""What many tasks ask of the database at the same moment is asked once for all, beside the event loop.

Whoever comes while a statement is under way waits for the next, which then has all that have come meanwhile:
one alone is served at once, and a burst by the batch. What is asked, they say who use it.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import anyio
import anyio.to_thread
from sqlalchemy.exc import DBAPIError

AskedT = TypeVar("AskedT")
AnswerT = TypeVar("AnswerT")


class _Waiting(Generic[AskedT, AnswerT]):
    def __init__(self, asked: AskedT) -> None:
        self.asked = asked
        self.answer: asyncio.Future[AnswerT | Exception] = asyncio.get_running_loop().create_future()


class Together(Generic[AskedT, AnswerT]):
    """`work` answers many at once, each with an answer or an exception of its own. To be asked from one event
    loop."""

    def __init__(self, work: Callable[[Sequence[AskedT]], Sequence[AnswerT | Exception]]) -> None:
        self._work = work
        self._line: list[_Waiting[AskedT, AnswerT]] = []
        self._server: asyncio.Task[None] | None = None

    async def ask(self, asked: AskedT) -> AnswerT:
        """A stop does not reach it: a statement is under way for others, too."""
        serving = self._server if self._server and not self._server.done() else None
        if serving and serving.get_loop() is not asyncio.get_running_loop():
            raise RuntimeError("Two event loops ask at once, of which one would never be woken.")
        mine = _Waiting[AskedT, AnswerT](asked)
        self._line.append(mine)
        if not serving:
            # a task of its own: whoever is torn away all the same takes nobody else's statement along
            self._server = asyncio.create_task(self._serve())
        with anyio.CancelScope(shield=True):
            await asyncio.wait([mine.answer])
        answer = mine.answer.result()
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def _serve(self) -> None:
        batch: list[_Waiting[AskedT, AnswerT]] = []
        try:
            while self._line:
                batch, self._line = self._line, []
                answers = await anyio.to_thread.run_sync(self._answers, [one.asked for one in batch])
                for one, answer in zip(batch, answers, strict=True):
                    if not one.answer.done():  # it was torn away
                        one.answer.set_result(answer)
        finally:
            for one in batch:
                one.answer.cancel()  # of those that have no answer: the loop ends, and stopped this task
            if self._line:  # they ask on their way out
                self._server = asyncio.create_task(self._serve())

    def _answers(self, asked: Sequence[AskedT]) -> Sequence[AnswerT | Exception]:
        try:
            return self._work(asked)
        except DBAPIError as error:
            if len(asked) == 1 or error.connection_invalidated:
                return [error] * len(asked)
            # the others must not suffer for what the database refuses of one
            return [answer for one in asked for answer in self._answers([one])]
        except Exception as error:  # noqa: BLE001 - raised where it was asked
            return [error] * len(asked)
