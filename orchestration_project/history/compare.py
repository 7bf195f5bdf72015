"""Has something changed against what is usual? Shares, and distributions (PSI), with a guard against chance.

Plain arithmetic over frames; what is compared, and what a change means, is in `findings.py`.
"""

import math
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

RECENT = timedelta(days=7)
USUAL = timedelta(days=28)
FEWEST_RECENT, FEWEST_USUAL = 20, 60
"""With fewer rows nothing is said: chance alone moves them."""
SHIFTED = 0.25
"""A population stability index above this is called a shift (Siddiqi, Credit Risk Scorecards, 2006)."""
BINS = 8
SURE = 4.0
"""Standard errors: chance goes as far once in thirty thousand times."""


@dataclass(frozen=True)
class Windows:
    """The last week, and the four before it."""

    recent: pd.DataFrame
    usual: pd.DataFrame

    @property
    def enough(self) -> bool:
        return len(self.recent) >= FEWEST_RECENT and len(self.usual) >= FEWEST_USUAL


def windows(rows: pd.DataFrame, today: date) -> Windows:
    until = pd.Timestamp(today)
    since = until - RECENT
    recent = rows[(rows["day"] > since) & (rows["day"] <= until)]
    return Windows(recent, rows[(rows["day"] > since - USUAL) & (rows["day"] <= since)])


@dataclass(frozen=True)
class Share:
    recent: float
    usual: float
    changed: bool  # by so much that a person should know, and that chance does not do


def share(recent: "pd.Series[bool]", usual: "pd.Series[bool]", *, least: float = 0.15) -> Share:
    """Of the rows that are true. Changed: by at least `least`, and for sure."""
    now, before = float(recent.mean()), float(usual.mean())
    both = (float(recent.sum()) + float(usual.sum())) / (len(recent) + len(usual))
    error = math.sqrt(both * (1 - both) * (1 / len(recent) + 1 / len(usual)))
    return Share(now, before, abs(now - before) >= least and abs(now - before) > SURE * error)


@dataclass(frozen=True)
class Shift:
    """A population stability index, and how large it may be by chance with so many rows."""

    psi: float
    chance: float

    @property
    def shifted(self) -> bool:
        return self.psi > max(SHIFTED, self.chance)


def shift(recent: pd.Series, usual: pd.Series) -> Shift:  # pyright: ignore[reportMissingTypeArgument] - of any type
    """Numbers in bins that were equally full before, words as they are; what is missing is a bin, too."""
    if pd.api.types.is_numeric_dtype(usual):
        edges = usual.dropna().astype(float).quantile([n / BINS for n in range(1, BINS)]).unique()
        cut = [-math.inf, *edges, math.inf]
        recent, usual = (pd.cut(each.astype(float), cut, labels=False) for each in (recent, usual))
    counts = pd.DataFrame(
        {"recent": recent.value_counts(dropna=False), "usual": usual.value_counts(dropna=False)}
    ).fillna(0.0)
    # half a row where there is none: what never was there before is a shift, not an infinite one
    parts = (counts.astype(float) + 0.5) / (counts.sum() + 0.5 * len(counts))
    psi = sum((row.recent - row.usual) * math.log(row.recent / row.usual) for row in parts.itertuples())
    free = max(len(counts) - 1, 1)
    # by chance it is distributed as chi-squared; its tail as Wilson and Hilferty (1931) have it
    tail = free * (1 - 2 / (9 * free) + SURE * math.sqrt(2 / (9 * free))) ** 3
    chance = tail * (1 / len(recent) + 1 / len(usual))
    return Shift(float(psi), chance)
