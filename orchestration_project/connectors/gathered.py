"""What several leads ask of a service at the same time, asked in one request where the service takes a list.

Which requests take lists, and how their answers are told apart, is each connector's part.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from orchestration_project.errors import CredentialError, PermanentServiceError, SetupError

AskedT = TypeVar("AskedT")
AnswerT = TypeVar("AnswerT")


@dataclass(frozen=True)
class _Place(Generic[AskedT, AnswerT]):
    asked: AskedT
    answer: "asyncio.Future[AnswerT]"


@dataclass
class Gathered(Generic[AskedT, AnswerT]):
    """While one request is under way, what else is asked gathers, and goes together with the next one. So
    nobody waits for company: one lead alone is asked for at once, as if this were not here.

    A refusal of several may be about one of them: each is asked for alone then. Whatever may have been done
    is not asked again; all those concerned are told that its effect is unknown.
    """

    one: Callable[[AskedT], Awaitable[AnswerT]]
    many: Callable[[Sequence[AskedT]], Awaitable[Sequence[AnswerT | Exception]]]
    """Answers in the order of what was asked; an exception is the answer to that one alone."""
    most: int
    _waiting: list[_Place[AskedT, AnswerT]] = field(default_factory=list[_Place[AskedT, AnswerT]])
    _sender: "asyncio.Task[None] | None" = None

    async def ask(self, asked: AskedT) -> AnswerT:
        """Raises what `one` and `many` raise."""
        place = _Place[AskedT, AnswerT](asked, asyncio.get_running_loop().create_future())
        self._waiting.append(place)
        if self._sender is None or self._sender.done():
            # a task of its own: a lead that is stopped does not take the others' request along
            self._sender = asyncio.create_task(self._send())
        return await place.answer

    async def _send(self) -> None:
        while self._waiting:
            part, self._waiting = self._waiting[: self.most], self._waiting[self.most :]
            wanted = [place for place in part if not place.answer.done()]  # others were stopped meanwhile
            try:
                await self._answer(wanted)
            finally:
                for place in wanted:
                    place.answer.cancel()  # of those that have no answer: this task itself was stopped

    async def _answer(self, places: Sequence[_Place[AskedT, AnswerT]]) -> None:
        if len(places) == 1:
            return _give(places[0], await caught(self.one(places[0].asked)))
        if not places:
            return None
        answers = await caught(self.many([place.asked for place in places]))
        if isinstance(answers, Exception):
            if _is_about_one(answers):
                alone = await asyncio.gather(*(caught(self.one(place.asked)) for place in places))
            else:
                alone = [answers for _ in places]
        else:
            alone = answers
        for place, answer in zip(places, alone, strict=True):
            _give(place, answer)
        return None


async def caught(asked: Awaitable[AnswerT]) -> AnswerT | Exception:
    """The answer, or the exception as one."""
    try:
        return await asked
    except Exception as error:  # noqa: BLE001 - raised again by whoever asked
        return error


def _give(place: _Place[AskedT, AnswerT], answer: AnswerT | Exception) -> None:
    if place.answer.done():
        return  # stopped meanwhile
    if isinstance(answer, Exception):
        place.answer.set_exception(answer)
    else:
        place.answer.set_result(answer)


def _is_about_one(error: Exception) -> bool:
    is_refusal = isinstance(error, PermanentServiceError) and not error.effect_unknown
    return is_refusal and not isinstance(error, CredentialError | SetupError)
