"""A comparison by source, service or language: where the change is, and whether chance explains it.

With many segments one of them looks bad by chance alone, so the intervals are the wider the more there are.
"""

import numpy as np
import pandas as pd

from orchestration_project.history.evaluation.measures import FEW, Interval, auc
from orchestration_project.history.evaluation.resample import auc_difference, mean_interval
from orchestration_project.model import Frozen

MOST = 8
LEVEL = 0.95


class Segment(Frozen):
    """The leads of one source, service or language. Intervals are of a paired bootstrap, and hold together
    for all segments of the same kind (Bonferroni)."""

    name: str
    leads: int
    moved: int
    mean_change: float | None  # of the score
    change: Interval | None
    won: int | None  # of the leads with a sure outcome; None: nothing is known of outcomes
    sure: int | None
    auc_before: float | None
    auc_after: float | None
    auc_difference: Interval | None  # None: too few were won, or not won

    @property
    def moved_share(self) -> float:
        return self.moved / self.leads

    @property
    def changed(self) -> bool:
        """The scores are others on average, and not by chance."""
        return self.change is not None and (self.change.low > 0 or self.change.high < 0)


def segments(pairs: pd.DataFrame, column: str, labelled: pd.DataFrame | None) -> tuple[Segment, ...]:
    """The largest, and the others together. `pairs` as `pair_up` makes them; `labelled`: ref, won."""
    names = pairs[column].astype(object).where(pairs[column].notna(), "none")
    largest = list(names.value_counts().index[:MOST])
    names = names.where(names.isin(largest), "all others")
    groups = list(names.value_counts().index)
    level = 1 - (1 - LEVEL) / max(1, len(groups))
    joined = pairs if labelled is None else pairs.merge(labelled[["ref", "won"]], on="ref", how="left")
    return tuple(
        _segment(str(group), joined[(names == group).to_numpy()], level, told=labelled is not None)
        for group in groups
    )


def _segment(name: str, part: pd.DataFrame, level: float, *, told: bool) -> Segment:
    change = (part["score_after"] - part["score_before"]).dropna().to_numpy(dtype=float)
    scored = part.dropna(subset=["score_before", "score_after"])
    sure = scored.dropna(subset=["won"]) if told else scored.iloc[:0]
    won = sure["won"].to_numpy(dtype=bool) if told else np.array([], dtype=bool)
    before, after = (sure[f"score_{side}"].to_numpy(dtype=float) for side in ("before", "after"))
    enough = min(int(won.sum()), int((~won).sum())) >= FEW
    return Segment(
        name=name,
        leads=len(part),
        moved=int((part["track_before"] != part["track_after"]).sum()),
        mean_change=float(change.mean()) if len(change) else None,
        change=mean_interval(change, level=level) if len(change) else None,
        won=int(won.sum()) if told else None,
        sure=len(sure) if told else None,
        auc_before=auc(before, won),
        auc_after=auc(after, won),
        auc_difference=auc_difference(before, after, won, level=level) if enough else None,
    )
