"""What a re-scoring will take, said before it begins: dollars and seconds. Pure.

What an answer of the model has taken so far, the ledger knows.
"""

from collections.abc import Sequence
from decimal import Decimal

from orchestration_project.decision.prompt import build_question
from orchestration_project.model import Context, Frozen, Usage
from orchestration_project.playbook.model import Playbook

CHARACTERS_A_TOKEN = 4
ANSWER_TOKENS = 300
ANSWER_SECONDS = 2.0
"""What is taken for an answer where none was measured yet."""
OWN_SECONDS = 0.004
"""Of our own processor, for one question and its answer."""
_MILLION = 1_000_000


class Estimate(Frozen):
    questions: int
    each_usd: Decimal | None  # None: the model has no price in the playbook
    seconds: float

    @property
    def usd(self) -> Decimal | None:
        return self.each_usd * self.questions if self.each_usd is not None else None


def estimate(
    playbook: Playbook,
    questions: int,
    some: Sequence[Context],
    *,
    usual: Usage | None,
    answer_seconds: float | None,
    side_by_side: int,
) -> Estimate:
    """Of asking the playbook's model so many questions. `usual` is what one took before; else `some` of the
    leads are measured."""
    usage = usual or Usage(input_tokens=_tokens(playbook, some), output_tokens=ANSWER_TOKENS)
    price = playbook.ai.price(playbook.ai.model)
    each = (
        (usage.input_tokens * price.input + usage.output_tokens * price.output) / _MILLION if price else None
    )
    waiting = (answer_seconds or ANSWER_SECONDS) / side_by_side
    return Estimate(questions=questions, each_usd=each, seconds=questions * max(waiting, OWN_SECONDS))


def _tokens(playbook: Playbook, some: Sequence[Context]) -> int:
    asked = [build_question(context, playbook) for context in some]
    characters = sum(len(question.system) + len(question.user) for question in asked)
    return characters // max(1, len(asked)) // CHARACTERS_A_TOKEN
