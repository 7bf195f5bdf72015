"""What many tasks ask of the database at the same moment is asked once for all, beside the event loop.

Whoever comes while a statement is under way waits for the next, which then has all that have come meanwhile:
one alone is served at once, and a burst by the batch. What is asked, they say who use it.
"""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import anyio
import anyio.lowlevel
import anyio.to_thread
from sqlalchemy.exc import DBAPIError

AskedT = TypeVar("AskedT")
AnswerT = TypeVar("AnswerT")


class _Waiting(Generic[AskedT, AnswerT]):
    def __init__(self, asked: AskedT) -> None:
        self.asked = asked
        self.woken = anyio.Event()
        self.answer: AnswerT | Exception | None = None
        self.answered = False


class Together(Generic[AskedT, AnswerT]):
    """`work` answers many at once, each with an answer or an exception of its own. To be asked from one event
    loop."""

    def __init__(self, work: Callable[[Sequence[AskedT]], Sequence[AnswerT | Exception]]) -> None:
        self._work = work
        self._line: list[_Waiting[AskedT, AnswerT]] = []
        self._busy = False
        self._loop: object = None

    async def ask(self, asked: AskedT) -> AnswerT:
        """A stop does not reach it: a statement is under way for others, too."""
        loop = anyio.lowlevel.current_token()
        if self._busy and loop != self._loop:
            raise RuntimeError("Two event loops ask at once, of which one would never be woken.")
        self._loop = loop
        mine = _Waiting[AskedT, AnswerT](asked)
        self._line.append(mine)
        with anyio.CancelScope(shield=True):
            if self._busy:
                await mine.woken.wait()
            if not mine.answered:
                await self._serve()
        if isinstance(mine.answer, Exception):
            raise mine.answer
        return mine.answer  # pyright: ignore[reportReturnType] - it is answered

    async def _serve(self) -> None:
        """All that have come, of whom the caller is one; the next who has come meanwhile does the same."""
        self._busy, batch, self._line = True, self._line, []
        answers = await anyio.to_thread.run_sync(self._answers, [one.asked for one in batch])
        for one, answer in zip(batch, answers, strict=True):
            one.answer, one.answered = answer, True
            one.woken.set()
        self._busy = bool(self._line)
        if self._line:
            self._line[0].woken.set()

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
