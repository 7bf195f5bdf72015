"""Stability: what becomes of the same leads when they are scored again and again.

A score that depends on the day is no score; such leads are for a person. Asking is in `trying.py`.
"""

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import combinations

from orchestration_project.decision.scorer import Scorer
from orchestration_project.history.evaluation.trying import SIDE_BY_SIDE, Tried, try_all
from orchestration_project.model import Context, Frozen, Ref
from orchestration_project.playbook.model import Playbook

WIDE = 2
"""Points between the highest and the lowest score of a lead, from which on it is unstable."""


class Answer(Frozen):
    """One scoring of a lead. Two without a score agree when they take the same track."""

    ref: Ref
    score: float | None
    track: str


class Unstable(Frozen):
    """A lead that is scored otherwise each time."""

    ref: Ref
    tracks: tuple[tuple[str, int], ...]  # track, times; the most frequent first
    lowest: float | None
    highest: float | None

    @property
    def flips(self) -> bool:
        return len(self.tracks) > 1


class Stability(Frozen):
    leads: int  # scored more than once
    times: int  # the fewest scorings of a lead
    flipping: float  # share of leads that did not always take the same track
    flip_chance: float  # that two scorings of one lead take different tracks
    spread: float  # standard deviation of a lead's scores, mean over leads
    widest: float  # points between the highest and lowest score of one lead
    unstable: tuple[Unstable, ...]  # the least stable first


def stability(answers: Iterable[Answer]) -> Stability:
    """Of any number of scorings a lead; leads with only one say nothing and are left out."""
    by_ref: dict[Ref, list[Answer]] = {}
    for answer in answers:
        by_ref.setdefault(answer.ref, []).append(answer)
    repeated = {ref: given for ref, given in by_ref.items() if len(given) > 1}
    looked = [_look(ref, given) for ref, given in repeated.items()]
    spreads = [statistics.stdev(scores) for given in repeated.values() if len(scores := _scores(given)) > 1]
    unstable = [one for one in looked if one.flips or _width(one) >= WIDE]
    unstable.sort(key=lambda one: (not one.flips, -_width(one), one.ref))
    return Stability(
        leads=len(repeated),
        times=min((len(given) for given in repeated.values()), default=0),
        flipping=_mean([float(one.flips) for one in looked]),
        flip_chance=_mean([_flip_chance(given) for given in repeated.values()]),
        spread=_mean(spreads),
        widest=max((_width(one) for one in looked), default=0.0),
        unstable=tuple(unstable),
    )


async def measure_stability(
    scorer: Scorer,
    contexts: Sequence[Context],
    playbook: Playbook,
    now: datetime,
    *,
    times: int = 3,
    side_by_side: int = SIDE_BY_SIDE,
) -> Stability:
    """Scores each context `times` over; nothing acts and nothing is kept."""
    asked = [context for _ in range(times) for context in contexts]
    tried = await try_all(scorer, asked, playbook, now, side_by_side=side_by_side)
    return stability(answer_of(one) for one in tried)


def answer_of(tried: Tried) -> Answer:
    return Answer(ref=tried.ref, score=tried.value, track=tried.track)


def _look(ref: Ref, given: Sequence[Answer]) -> Unstable:
    scores = _scores(given)
    return Unstable(
        ref=ref,
        tracks=tuple(Counter(answer.track for answer in given).most_common()),
        lowest=min(scores, default=None),
        highest=max(scores, default=None),
    )


def _scores(given: Sequence[Answer]) -> list[float]:
    return [answer.score for answer in given if answer.score is not None]


def _width(one: Unstable) -> float:
    return 0.0 if one.lowest is None or one.highest is None else one.highest - one.lowest


def _flip_chance(given: Sequence[Answer]) -> float:
    return _mean([float(one.track != other.track) for one, other in combinations(given, 2)])


def _mean(values: Sequence[float]) -> float:
    return statistics.fmean(values) if values else 0.0
