"""How well scores put won leads before the others: AUC, average precision, the top of the list, bands.

Plain numpy over scores and labels; whose labels they may be is decided in `labels.py`. Scores may be tied,
and those of 0 to 10 are: within a tie every order counts as equally likely.
"""

import itertools
import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from orchestration_project.model import Frozen

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

TOPS = (0.1, 0.2)
BANDS = 5
FEW = 30
"""Won leads, or others: with fewer the figures are printed, and called uncertain."""


class Interval(Frozen):
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.low:.2f}-{self.high:.2f}"


class Top(Frozen):
    """The leads with the highest scores: that share of all."""

    share: float
    leads: float
    precision: float  # share of them that was won
    lift: float | None  # times as many as among all; None: nobody was won
    found: float | None  # share of all won leads that is among them


class Band(Frozen):
    """Leads of neighbouring ranks. Equal scores are never in two bands, so bands differ in size."""

    number: int  # 1 holds the highest scores
    lowest: float
    highest: float
    leads: int
    won: int
    rate: float
    interval: Interval  # Wilson, 95 %


class Ranking(Frozen):
    """What scores are worth, over leads whose outcome is sure."""

    leads: int
    won: int
    auc: float | None  # None: all were won, or none
    interval: Interval | None  # of the AUC, DeLong, 95 %
    average_precision: float | None
    tops: tuple[Top, ...]
    bands: tuple[Band, ...]
    unscored: int = 0  # leads without a score, which are not among `leads`

    @property
    def rate(self) -> float:
        return self.won / self.leads if self.leads else 0.0

    @property
    def uncertain(self) -> bool:
        return min(self.won, self.leads - self.won) < FEW

    @property
    def in_order(self) -> bool:
        """Each band is won at least as often as the one below."""
        rates = [band.rate for band in self.bands]
        return all(upper >= lower for upper, lower in itertools.pairwise(rates))


def rank(scores: npt.ArrayLike, won: npt.ArrayLike) -> Ranking:
    """All measures at once. `scores`: numbers, NaN for none; `won`: true or false, of the same length."""
    given, labels = np.asarray(scores, dtype=float), np.asarray(won, dtype=bool)
    scored = np.isfinite(given)
    values, hits = given[scored], labels[scored]
    area = auc(values, hits)
    return Ranking(
        leads=len(values),
        won=int(hits.sum()),
        auc=area,
        interval=None if area is None else auc_interval(values, hits),
        average_precision=average_precision(values, hits),
        tops=tuple(at_top(values, hits, share) for share in TOPS) if len(values) else (),
        bands=bands(values, hits),
        unscored=int((~scored).sum()),
    )


def auc(scores: Floats, won: Flags) -> float | None:
    """The chance that a won lead has a higher score than another one; ties count half. None: all
    were won, or none."""
    positives = int(won.sum())
    negatives = len(won) - positives
    if not positives or not negatives:
        return None
    ranks = mid_ranks(scores)
    return float((ranks[won].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def auc_interval(scores: Floats, won: Flags, level: float = 0.95) -> Interval | None:
    """DeLong's, by mid-ranks (Sun and Xu 2014), on the logit scale so that it stays within 0 and 1.

    Where all won leads are before the others, or behind them, there is no variance to see: then Wilson's
    interval for a share among as many as the smaller class has.
    """
    area = auc(scores, won)
    if area is None:
        return None
    positives, negatives = scores[won], scores[~won]
    if area in {0.0, 1.0}:
        few = min(len(positives), len(negatives))
        return wilson(round(area * few), few, level)
    every = mid_ranks(np.concatenate([positives, negatives]))
    m, n = len(positives), len(negatives)
    above = (every[:m] - mid_ranks(positives)) / n
    below = 1 - (every[m:] - mid_ranks(negatives)) / m
    variance = _variance(above) / m + _variance(below) / n
    # the delta method: the logit's derivative is 1 / (a (1 - a))
    width = NormalDist().inv_cdf((1 + level) / 2) * math.sqrt(variance) / (area * (1 - area))
    middle = math.log(area / (1 - area))
    return Interval(low=_logistic(middle - width), high=_logistic(middle + width))


def average_precision(scores: Floats, won: Flags) -> float | None:
    """The mean precision over the won leads, equal scores taken as one step, as scikit-learn has it.
    None: nobody was won."""
    if not won.any():
        return None
    order = np.argsort(-scores, kind="stable")
    values, hits = scores[order], np.cumsum(won[order])
    ends = np.append(np.flatnonzero(np.diff(values)), len(values) - 1)
    found = hits[ends]
    precision = found / (ends + 1)
    return float((np.diff(found, prepend=0) * precision).sum() / hits[-1])


def at_top(scores: Floats, won: Flags, share: float) -> Top:
    """What can be expected of the first `share` of the list. A tie across its end is taken in part."""
    wanted = share * len(scores)
    order = np.argsort(-scores, kind="stable")
    values, hits = scores[order], won[order]
    edge = values[min(math.ceil(wanted), len(values)) - 1]
    above, tied = values > edge, values == edge
    part = (wanted - above.sum()) / tied.sum()
    found = float(hits[above].sum() + part * hits[tied].sum())
    total = int(hits.sum())
    return Top(
        share=share,
        leads=wanted,
        precision=found / wanted,
        lift=found / wanted / (total / len(scores)) if total else None,
        found=found / total if total else None,
    )


def bands(scores: Floats, won: Flags, count: int = BANDS) -> tuple[Band, ...]:
    """At most `count` bands of ranks, the highest scores first. Fewer where many scores are equal."""
    if not len(scores):
        return ()
    # the middle of a tie decides for all of it
    place = (mid_ranks(-scores) - 0.5) / len(scores)
    number = np.minimum((place * count).astype(int), count - 1)
    made: list[Band] = []
    for position in np.unique(number):
        mine = number == position
        leads, hits = int(mine.sum()), int(won[mine].sum())
        made.append(
            Band(
                number=len(made) + 1,
                lowest=float(scores[mine].min()),
                highest=float(scores[mine].max()),
                leads=leads,
                won=hits,
                rate=hits / leads,
                interval=wilson(hits, leads),
            )
        )
    return tuple(made)


def wilson(hits: int, tries: int, level: float = 0.95) -> Interval:
    """The interval of a share, which also holds for few tries and for none or all of them."""
    if not tries:
        return Interval(low=0, high=1)
    z = NormalDist().inv_cdf((1 + level) / 2)
    share, spread = hits / tries, z * z / tries
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / tries + spread / tries / 4)
    return Interval(low=max(0.0, middle - half), high=min(1.0, middle + half))


def percentiles(values: npt.ArrayLike, at: Sequence[float]) -> tuple[float, ...] | None:
    """Of the numbers among the values; None: there is none."""
    given = np.asarray(values, dtype=float)
    given = given[np.isfinite(given)]
    return tuple(float(value) for value in np.percentile(given, list(at))) if len(given) else None


def mid_ranks(values: Floats) -> Floats:
    """From 1; equal values share the middle of their ranks."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return (ends - (counts - 1) / 2)[place]


def _variance(values: Floats) -> float:
    return float(values.var(ddof=1)) if len(values) > 1 else 0.0


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-value)) if value > -700 else 0.0  # noqa: PLR2004 - where exp ends
