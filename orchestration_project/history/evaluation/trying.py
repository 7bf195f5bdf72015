"""Scoring archived leads to learn something about the scorer: bounded, in order, and nothing acts.

What is asked of the scores is in `stability.py`, `reasons.py`, `attacks.py` and `cases.py`.
"""

from collections.abc import Sequence
from datetime import datetime

import anyio

from orchestration_project.decision.route import route
from orchestration_project.decision.scorer import Scorer
from orchestration_project.model import Context, Frozen, Ref, Scoring
from orchestration_project.playbook.model import Playbook

SIDE_BY_SIDE = 8


class Tried(Frozen):
    """What would be decided of a lead. Nothing is kept of it anywhere."""

    scoring: Scoring
    track: str
    why_track: str

    @property
    def ref(self) -> Ref:
        return self.scoring.ref

    @property
    def value(self) -> int | None:
        return None if self.scoring.score is None else self.scoring.score.value


async def try_all(
    scorer: Scorer,
    contexts: Sequence[Context],
    playbook: Playbook,
    now: datetime,
    *,
    side_by_side: int = SIDE_BY_SIDE,
) -> tuple[Tried, ...]:
    """An answer a context, in their order. At most `side_by_side` questions are on their way at a time.

    Raises PlaybookError where no track takes a lead.
    """
    answers: dict[int, Tried] = {}
    numbered = iter(enumerate(contexts))

    async def work() -> None:
        # all workers draw from one iterator, so as many questions are open as there are workers
        for number, context in numbered:
            scoring = await scorer.score(context, playbook)
            decision = route(scoring, context, playbook, now)
            answers[number] = Tried(scoring=scoring, track=decision.track, why_track=decision.why_track)

    async with anyio.create_task_group() as group:
        for _ in range(min(side_by_side, len(contexts))):
            group.start_soon(work)
    return tuple(answers[number] for number in range(len(contexts)))


def track_rank(track: str, playbook: Playbook) -> int:
    """0 is the best; a track the playbook does not know is behind all others."""
    names = [one.name for one in playbook.tracks]
    return names.index(track) if track in names else len(names)
