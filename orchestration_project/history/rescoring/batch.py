"""Scores leads anew by the batch: handed in as a file, answered within a day, at half the price.

What is asked, and what is kept of an answer, is as in `rescore.py`, which asks one by one. Killed at any
moment it goes on where it was: the ledger knows what was handed in.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Protocol, TypeVar
from uuid import uuid4

import anyio
import anyio.to_thread

from orchestration_project.connectors.ai.interface import Answer, BatchState, Question
from orchestration_project.decision.ai_scorer import without_ai
from orchestration_project.decision.answer import judge_answer
from orchestration_project.decision.prompt import build_question
from orchestration_project.decision.purse import dollars
from orchestration_project.decision.route import route
from orchestration_project.history.rescoring.rescore import Keep, ReadContexts, Tally, Todo
from orchestration_project.ledger.batches import Batch, Batches
from orchestration_project.model import Clock, Context, Ref, Rescored
from orchestration_project.model.ports import AiSpend
from orchestration_project.playbook.model import Playbook

ResultT = TypeVar("ResultT")

TOGETHER = 5_000
"""Questions of one batch; OpenAI takes 50,000, and 200 MB."""
HALF = Decimal("0.5")
LOOK_SECONDS = 30.0


class AnswersInBatches(Protocol):
    """A model's service that takes many questions at once (`connectors/ai/openai_batch.py`)."""

    @property
    def service(self) -> str: ...
    async def hand_in(self, key: str, questions: Mapping[str, Question]) -> str: ...
    async def find(self, key: str) -> str | None: ...
    async def look(self, batch_id: str) -> BatchState: ...
    def answers(self, state: BatchState) -> AsyncIterator[tuple[str, Answer]]: ...
    async def forget(self, state: BatchState) -> None: ...


@dataclass
class BatchRescoring:
    service: AnswersInBatches
    playbook: Playbook
    batches: Batches
    spend: AiSpend
    limit: Decimal | None  # US dollars; None: no limit
    expected: Decimal  # of one question, at the full price
    clock: Clock
    read: ReadContexts
    keep: Keep
    told: Callable[[int], None] = lambda _: None
    sleep: Callable[[float], object] = anyio.sleep
    _scored: int = field(default=0, init=False)
    _left: int = field(default=0, init=False)

    async def run(self, todo: Todo) -> Tally:
        """Hands in what nobody has handed in yet, and waits for all of it."""
        open_ones = await self._in_thread(self.batches.open, self.playbook.version, self.service.service)
        asked = {name for batch in open_ones for name in batch.asked}
        names = {_name(ref, attempt) for ref, attempt in todo}
        rest = sorted(names - asked)
        may = self._may_ask(len(asked & names))
        stopped = ""
        if may is not None and may < len(rest):
            stopped = (
                f"The limit of {dollars(self.limit or Decimal(0))} is enough for {may} of {len(rest)} "
                "questions; go on with a higher --limit-usd."
            )
        open_ones = [await self._found(batch) for batch in open_ones]
        waiting = iter(rest if may is None else rest[:may])
        while some := list(islice(waiting, TOGETHER)):
            open_ones.append(await self._begin(some))
        for batch in open_ones:
            await self._collect(batch)
        return Tally(scored=self._scored, left=self._left, stopped=stopped)

    def _may_ask(self, under_way: int) -> int | None:
        """How many more may be asked; None: as many as there are."""
        each = self.expected * HALF
        if self.limit is None or not each:
            return None
        return max(0, int(self.limit / each) - under_way)

    async def _begin(self, names: Sequence[str]) -> Batch:
        batch = Batch(
            key=uuid4().hex,
            batch_id=None,
            playbook_version=self.playbook.version,
            scorer=self.service.service,
            asked=tuple(names),
        )
        await self._in_thread(self.batches.begin, batch)
        return await self._hand_in(batch)

    async def _found(self, batch: Batch) -> Batch:
        """Whoever began it may have died before it was handed in, or before the id was kept."""
        if batch.batch_id is not None:
            return batch
        batch_id = await self.service.find(batch.key)
        if batch_id is None:
            return await self._hand_in(batch)
        await self._in_thread(self.batches.handed_in, batch.key, batch_id)
        return batch.model_copy(update={"batch_id": batch_id})

    async def _hand_in(self, batch: Batch) -> Batch:
        contexts = await self._contexts(batch.asked)
        questions = {
            name: build_question(contexts[ref], self.playbook)
            for name in batch.asked
            if (ref := _ref(name)) in contexts
        }
        batch_id = await self.service.hand_in(batch.key, questions)
        await self._in_thread(self.batches.handed_in, batch.key, batch_id)
        return batch.model_copy(update={"batch_id": batch_id})

    async def _collect(self, batch: Batch) -> None:
        state = await self.service.look(str(batch.batch_id))
        while not state.over:
            await self.sleep(LOOK_SECONDS)  # type: ignore[misc]  # of any clock
            state = await self.service.look(str(batch.batch_id))
        contexts = await self._contexts(batch.asked)
        got: list[Rescored] = []
        async for name, answer in self.service.answers(state):
            if (context := contexts.get(_ref(name))) is not None and name in batch.asked:
                got.append(await self._judge(name, context, answer))
        await self._in_thread(self.keep, got)
        await self._in_thread(self.batches.collected, batch.key)
        await self.service.forget(state)
        self._scored += len(got)
        self._left += len(batch.asked) - len(got)
        self.told(len(got))

    async def _judge(self, name: str, context: Context, answer: Answer) -> Rescored:
        service = self.service.service
        scoring = judge_answer(answer, context, self.playbook, service)
        full = scoring.usage.cost_usd
        usage = scoring.usage.model_copy(update={"cost_usd": None if full is None else full * HALF})
        await self._in_thread(self.spend.add_each, [(answer.model, usage)])
        if scoring.score is None:
            scoring = await without_ai(context, self.playbook, scoring.status, scoring.explanation, service)
        scoring = scoring.model_copy(update={"usage": usage})
        decision = route(scoring, context, self.playbook, self.clock())
        return Rescored(decision=decision, scorer=service, attempt=int(name.split()[1]), seconds=None)

    async def _contexts(self, names: Sequence[str]) -> Mapping[Ref, Context]:
        return await self._in_thread(self.read, list(dict.fromkeys(map(_ref, names))))

    async def _in_thread(self, work: Callable[..., ResultT], *given: object) -> ResultT:
        return await anyio.to_thread.run_sync(work, *given)


def _name(ref: Ref, attempt: int) -> str:
    """By which an answer is known again."""
    return f"{ref} {attempt}"


def _ref(name: str) -> Ref:
    return Ref(name.split(maxsplit=1)[0])
