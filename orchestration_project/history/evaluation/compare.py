"""`comparison`: two sets of decisions about the same leads, and what the second would change.

Live and candidate, or any two versions. How it is shown is in `compare_report.py`; whether it is good enough
to go live is for a gate to say.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from orchestration_project.errors import LeadsError
from orchestration_project.history.evaluation.measures import (
    Band,
    Floats,
    Interval,
    auc,
    bands,
    percentiles,
)
from orchestration_project.history.evaluation.moves import Move, moves_of
from orchestration_project.history.evaluation.resample import auc_difference, mean_interval
from orchestration_project.history.evaluation.segments import Segment, segments
from orchestration_project.history.evaluation.sides import CLEAR, Agreement, pair_up
from orchestration_project.model import Frozen


class OutcomeDifference(Frozen):
    """How well both sides order the leads whose outcome is sure."""

    leads: int
    won: int
    before: float | None  # AUC
    after: float | None
    difference: Interval | None  # of the AUC after less before; paired bootstrap, 95 %
    bands_before: tuple[Band, ...]  # how many of the highest, and of the lowest scores were won
    bands_after: tuple[Band, ...]


class Costs(Frozen):
    """What one side took. Seconds are of one scoring."""

    usd: float | None  # None: nobody says
    usd_per_lead: float | None
    seconds_median: float | None
    seconds_p95: float | None


class Comparison(Frozen):
    """What changes from `before` to `after`, both names of versions as people know them."""

    before: str
    after: str
    leads: int  # that both have decided
    only_before: int
    only_after: int
    tracks: tuple[str, ...]  # in the playbook's order, the best first
    matrix: tuple[tuple[int, ...], ...]  # a row a track before, a column a track after
    moves: tuple[Move, ...]
    moved: int
    up: int  # to a track further up
    score_change: tuple[tuple[int, int], ...]  # points, leads
    mean_change: float | None
    mean_change_interval: Interval | None
    tracks_by_people: Agreement | None  # None: no person has said a track
    scores_by_people: Agreement | None
    outcomes: OutcomeDifference | None
    cost_before: Costs
    cost_after: Costs
    by: dict[str, tuple[Segment, ...]]  # source, service, language

    @property
    def moved_share(self) -> float:
        return self.moved / self.leads if self.leads else 0.0

    @property
    def down(self) -> int:
        return self.moved - self.up

    def moved_to(self, track: str) -> int:
        """How many more leads take that track, fewer if below zero."""
        place = self.tracks.index(track)
        return sum(row[place] for row in self.matrix) - sum(self.matrix[place])

    @property
    def worst(self) -> Segment | None:
        """The segment that clearly loses most, by outcomes; None: none does."""
        losing = [
            segment
            for group in self.by.values()
            for segment in group
            if segment.auc_difference is not None and segment.auc_difference.high < 0
        ]
        return min(losing, key=lambda segment: segment.auc_difference.high, default=None)  # type: ignore[union-attr]


def comparison(
    before: pd.DataFrame,
    after: pd.DataFrame,
    *,
    tracks: Sequence[str],
    names: tuple[str, str] = ("live", "candidate"),
    verdicts: pd.DataFrame | None = None,
    labelled: pd.DataFrame | None = None,
) -> Comparison:
    """`before`, `after`: one row a lead with ref, track, score (NaN for none), and where there are such why
    (of the track, in words), source, service, language, cost_usd, seconds. `tracks`: the playbook's, the best
    first. `verdicts`: ref, and track or score that a person called right. `labelled`: ref, won, of leads
    whose outcome is sure (`labels.sure_labels`).

    Raises LeadsError where the two have no lead in common.
    """
    pairs = pair_up(before, after)
    if not len(pairs):
        raise LeadsError(
            f"{names[0]} and {names[1]} have decided no lead in common, so there is nothing to compare. "
            f"Score the same leads again under {names[1]} first: `leads rescore`."
        )
    order = _order(tracks, pairs)
    places = {track: place for place, track in enumerate(order)}
    moved = pairs[pairs["track_before"] != pairs["track_after"]]
    change = (pairs["score_after"] - pairs["score_before"]).dropna().to_numpy(dtype=float)
    ups = moved["track_after"].map(places) < moved["track_before"].map(places)
    return Comparison(
        before=names[0],
        after=names[1],
        leads=len(pairs),
        only_before=len(set(before["ref"]) - set(pairs["ref"])),
        only_after=len(set(after["ref"]) - set(pairs["ref"])),
        tracks=order,
        matrix=_matrix(pairs, order),
        moves=moves_of(moved, places),
        moved=len(moved),
        up=int(ups.sum()),
        score_change=_counted(change),
        mean_change=float(change.mean()) if len(change) else None,
        mean_change_interval=mean_interval(change) if len(change) else None,
        tracks_by_people=Agreement.of(pairs, verdicts, "track"),
        scores_by_people=Agreement.of(pairs, verdicts, "score"),
        outcomes=_outcome_difference(pairs, labelled),
        cost_before=_costs(pairs, "before"),
        cost_after=_costs(pairs, "after"),
        by={
            name: segments(pairs, name, labelled)
            for name in ("source", "service", "language")
            if name in pairs
        },
    )


def _order(tracks: Sequence[str], pairs: pd.DataFrame) -> tuple[str, ...]:
    """The playbook's, then those that only older decisions know."""
    seen = {*pairs["track_before"], *pairs["track_after"]}
    return (*tracks, *sorted(seen - set(tracks)))


def _matrix(pairs: pd.DataFrame, order: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    counts = pairs.groupby(["track_before", "track_after"]).size().to_dict()
    return tuple(tuple(int(counts.get((row, column), 0)) for column in order) for row in order)


def _counted(change: Floats) -> tuple[tuple[int, int], ...]:
    points, leads = np.unique(np.rint(change).astype(int), return_counts=True)
    return tuple((int(point), int(count)) for point, count in zip(points, leads, strict=True))


def _outcome_difference(pairs: pd.DataFrame, labelled: pd.DataFrame | None) -> OutcomeDifference | None:
    """Over the leads with a sure outcome that both sides have scored; None: there is none."""
    if labelled is None:
        return None
    joined = pairs.merge(labelled[["ref", "won"]], on="ref").dropna(subset=["score_before", "score_after"])
    if not len(joined):
        return None
    won = joined["won"].to_numpy(dtype=bool)
    before, after = (joined[f"score_{side}"].to_numpy(dtype=float) for side in ("before", "after"))
    both = bool(won.any()) and not bool(won.all())
    return OutcomeDifference(
        leads=len(joined),
        won=int(won.sum()),
        before=auc(before, won),
        after=auc(after, won),
        difference=auc_difference(before, after, won) if both else None,
        bands_before=bands(before, won),
        bands_after=bands(after, won),
    )


def _costs(pairs: pd.DataFrame, side: str) -> Costs:
    cost, seconds = f"cost_usd_{side}", f"seconds_{side}"
    paid = pairs[cost].dropna().to_numpy(dtype=float) if cost in pairs else np.array([])
    took = (
        percentiles(pairs[seconds].to_numpy(dtype=float, na_value=np.nan), (50, 95))
        if seconds in pairs
        else None
    )
    return Costs(
        usd=float(paid.sum()) if len(paid) else None,
        usd_per_lead=float(paid.mean()) if len(paid) else None,
        seconds_median=took[0] if took else None,
        seconds_p95=took[1] if took else None,
    )


def clearly(interval: Interval | None) -> bool:
    """The difference is not zero, as far as these leads can tell."""
    return interval is not None and (interval.low > CLEAR or interval.high < -CLEAR)
