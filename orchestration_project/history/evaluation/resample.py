"""The paired bootstrap: how sure a difference is, when both sides were asked about the same leads.

Drawing leads anew is drawing how often each distinct row comes, which for scores of 0 to 10 is a few hundred
numbers however many leads there are. Seeded: the same leads give the same interval.
"""

from collections.abc import Callable, Iterator

import numpy as np

from orchestration_project.history.evaluation.measures import Flags, Floats, Interval

TIMES = 2000
SEED = 20_261_124
_AT_ONCE = 4_000_000
"""Numbers held at a time, so that memory stays flat."""


def paired(
    first: Floats,
    second: Floats,
    won: Flags,
    of: Callable[[Floats], Floats],
    *,
    level: float = 0.95,
    times: int = TIMES,
) -> Interval:
    """The interval of what `of` makes of both AUCs: it gets an array of 2 rows, a column a draw."""
    rows, counts = _distinct(np.column_stack([first, second, won.astype(float)]))
    hits = rows[:, 2] == 1
    drawn = [
        of(np.stack([weighted_auc(rows[:, side], hits, weights) for side in (0, 1)]))
        for weights in draws(counts, times)
    ]
    return _interval(np.concatenate(drawn), level)


def auc_difference(
    before: Floats, after: Floats, won: Flags, *, level: float = 0.95, times: int = TIMES
) -> Interval:
    """Of the second AUC less the first."""
    return paired(before, after, won, lambda areas: areas[1] - areas[0], level=level, times=times)


def mean_interval(values: Floats, *, level: float = 0.95, times: int = TIMES) -> Interval:
    """Of the mean; of the differences of pairs, that is the paired bootstrap of a difference of means."""
    rows, counts = _distinct(values[:, None])
    drawn = [weights @ rows[:, 0] / len(values) for weights in draws(counts, times)]
    return _interval(np.concatenate(drawn), level)


def weighted_auc(values: Floats, won: Flags, weights: Floats) -> Floats:
    """An AUC for each row of `weights`, which say how often each value comes. NaN for one class only."""
    order = np.argsort(values, kind="stable")
    starts = np.flatnonzero(np.append(True, np.diff(values[order]) > 0))
    ordered, hits = weights[:, order], won[order]
    positives = np.add.reduceat(ordered * hits, starts, axis=1)
    negatives = np.add.reduceat(ordered * ~hits, starts, axis=1)
    below = np.cumsum(negatives, axis=1) - negatives / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        return (positives * below).sum(axis=1) / (positives.sum(axis=1) * negatives.sum(axis=1))


def draws(counts: Floats, times: int = TIMES, seed: int = SEED) -> Iterator[Floats]:
    """As many leads drawn with replacement, `times` over: how often each row came, some draws at a time."""
    generator = np.random.default_rng(seed)
    total = int(counts.sum())
    piece = max(1, _AT_ONCE // len(counts))
    for start in range(0, times, piece):
        size = min(piece, times - start)
        yield generator.multinomial(total, counts / total, size=size).astype(float)


def _distinct(rows: Floats) -> tuple[Floats, Floats]:
    distinct, counts = np.unique(rows, axis=0, return_counts=True)
    return distinct, counts.astype(float)


def _interval(values: Floats, level: float) -> Interval:
    known = values[np.isfinite(values)]
    if not len(known):
        return Interval(low=-1, high=1)
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return Interval(low=float(low), high=float(high))
