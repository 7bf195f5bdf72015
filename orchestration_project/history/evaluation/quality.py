"""`score_quality`: how good the scores were, by what became of the leads. Always by time, never at random.

The measures are in `measures.py`, which labels are sure in `labels.py`, how much there was to find in
`yardstick.py`; how it is shown in `quality_report.py`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from orchestration_project.history.evaluation.fields import FieldCheck, Known, guard
from orchestration_project.history.evaluation.labels import (
    Labels,
    Maturity,
    Unknown,
    is_dated,
    learn_maturity,
    sure_labels,
)
from orchestration_project.history.evaluation.measures import Flags, Ranking, rank
from orchestration_project.history.evaluation.yardstick import Yardstick, measure
from orchestration_project.model import Frozen

LATER_SHARE = 0.3
"""Of the leads with a sure outcome, the newest, on which the yardstick is measured."""
MOST_GROUPS = 8
PERIODS = 10
"""Of leads that have only an order and no dates."""


class Group(Frozen):
    """One source, service or month, and what the scores were worth in it."""

    name: str
    ranking: Ranking


class ScoreQuality(Frozen):
    """What the scores were worth."""

    overall: Ranking
    labels: Labels
    maturity: Maturity
    by_time: tuple[Group, ...]
    by_source: tuple[Group, ...]
    by_service: tuple[Group, ...]
    fields: tuple[FieldCheck, ...]
    yardstick: Yardstick | None
    without_yardstick: str = ""  # why there is none

    @property
    def headline(self) -> str:
        """One sentence for the owner."""
        if self.overall.auc is None:
            return "Nothing can be said of the scores yet: " + (
                "no lead has a sure outcome." if not self.overall.leads else self._one_class()
            )
        found = self.yardstick
        if found is None or found.score_auc is None:
            return (
                f"The score orders leads with AUC {self.overall.auc:.2f} (0.5 is chance). "
                f"{self.without_yardstick}"
            ).strip()
        if found.share_found is None:
            return (
                f"What was known at submission told next to nothing of the outcome (AUC {found.auc:.2f}), so "
                f"no score could have; ours has {found.score_auc:.2f}."
            )
        if found.share_found > 1:
            return (
                f"The score tells more than a yardstick could learn from the same leads: AUC "
                f"{found.score_auc:.2f}, the yardstick has {found.auc:.2f}, and chance 0.50."
            )
        share = max(0, round(found.share_found * 100))
        between = ""
        if found.share_interval is not None:
            low, high = (round(end * 100) for end in (found.share_interval.low, found.share_interval.high))
            between = f" (between {low} and {high} %)"
        return (
            f"The score found {share} % of what was to be found{between}: AUC {found.score_auc:.2f}, where a "
            f"yardstick that learned from the same leads has {found.auc:.2f}, and chance 0.50."
        )

    def _one_class(self) -> str:
        won = "won" if self.overall.won else "not won"
        if self.overall.leads == 1:
            return f"the only lead with a sure outcome was {won}."
        return f"all {self.overall.leads:,} leads with a sure outcome were {won}."


@dataclass(frozen=True)
class Question:
    """What `score_quality` is to go by, where not by itself."""

    maturity_days: float | None = None  # None: learned from the outcomes
    unknown: Unknown = "left_out"
    trusted: Collection[str] = ()  # fields that were flagged, and that a person has found honest


def score_quality(
    leads: pd.DataFrame,
    outcomes: pd.DataFrame,
    features: pd.DataFrame,
    known: Mapping[str, Known],
    *,
    as_of: pd.Timestamp,
    question: Question | None = None,
) -> ScoreQuality:
    """`leads`: ref, at (submitted), score (NaN for none), and source, service where there are such.
    `outcomes`: ref, outcome (won, lost, no_answer), at (closed). `features`: ref and a column a field.
    `known`: when each field became known; one that is not named is refused. Dates in UTC; instead of `at` of
    leads whole numbers may order them.
    """
    asked = question or Question()
    maturity = (
        Maturity(days=asked.maturity_days, learned=False)
        if asked.maturity_days is not None
        else learn_maturity(leads, outcomes, as_of)
    )
    labelled, labels = sure_labels(leads, outcomes, as_of, maturity, asked.unknown)
    labelled = labelled.sort_values(["at", "ref"], kind="stable").reset_index(drop=True)
    won = labelled["won"].to_numpy(dtype=bool)
    scores = labelled["score"].to_numpy(dtype=float, na_value=np.nan)
    earlier, later = split(labelled, maturity)
    table = labelled[["ref"]].merge(features, on="ref", how="left").drop(columns="ref")
    checks, measured = _yardstick(table, won, earlier, later, scores, known, asked.trusted)
    return ScoreQuality(
        overall=rank(scores, won),
        labels=labels,
        maturity=maturity,
        by_time=by_time(labelled),
        by_source=by_group(labelled, "source"),
        by_service=by_group(labelled, "service"),
        fields=checks,
        yardstick=measured if isinstance(measured, Yardstick) else None,
        without_yardstick=measured if isinstance(measured, str) else "",
    )


def split(labelled: pd.DataFrame, maturity: Maturity) -> tuple[Flags, Flags]:
    """The leads to learn from and those to be measured on, which came later. Learned is only from outcomes
    that were sure when the first of the later leads came. Leads of one moment stay together.

    `labelled` is in order of time.
    """
    none = np.zeros(len(labelled), dtype=bool)
    if not len(labelled):
        return none, none
    cut = labelled["at"].iloc[int(len(labelled) * (1 - LATER_SHARE))]
    later = (labelled["at"] >= cut).to_numpy()
    if not is_dated(labelled["at"]):
        return ~later, later
    # a label is what came of the lead while it matured, so that time has to be over
    sure = (labelled["at"] <= cut - pd.Timedelta(days=maturity.days)).to_numpy()
    return ~later & sure, later


def _yardstick(
    table: pd.DataFrame,
    won: Flags,
    earlier: Flags,
    later: Flags,
    scores: np.ndarray[tuple[int], np.dtype[np.float64]],
    known: Mapping[str, Known],
    trusted: Collection[str],
) -> tuple[tuple[FieldCheck, ...], Yardstick | str]:
    part = earlier | later
    checks = guard(table[part], won[part], earlier[part], known, trusted)
    used = [check for check in checks if check.verdict == "used"]
    strongest = sorted(
        ((check.name, check.auc) for check in used if check.auc is not None),
        key=lambda pair: pair[1],
        reverse=True,
    )
    names = [check.name for check in used]
    return checks, measure(table[names], won, earlier, later, scores, strongest[:MOST_GROUPS])


def by_group(labelled: pd.DataFrame, column: str) -> tuple[Group, ...]:
    """The largest groups of that column, the others together; empty where there is no such column."""
    if column not in labelled or not len(labelled):
        return ()
    names = labelled[column].astype(object).where(labelled[column].notna(), "none")
    largest = list(names.value_counts().index[:MOST_GROUPS])
    names = names.where(names.isin(largest), "all others")
    groups = [*largest, *(["all others"] if (names == "all others").any() else [])]
    return tuple(Group(name=str(name), ranking=_ranking(labelled[names == name])) for name in groups)


def by_time(labelled: pd.DataFrame) -> tuple[Group, ...]:
    """Months, or tenths of leads that only have an order."""
    if not len(labelled):
        return ()
    if is_dated(labelled["at"]):
        periods = labelled["at"].dt.strftime("%Y-%m")
    else:
        places = np.arange(len(labelled)) * PERIODS // len(labelled) + 1
        periods = pd.Series([f"{place:2}. tenth" for place in places], index=labelled.index)
    return tuple(
        Group(name=str(name), ranking=_ranking(part)) for name, part in labelled.groupby(periods, sort=True)
    )


def _ranking(part: pd.DataFrame) -> Ranking:
    return rank(part["score"].to_numpy(dtype=float, na_value=np.nan), part["won"].to_numpy(dtype=bool))


def doubtful(groups: Sequence[Group]) -> tuple[str, ...]:
    """The groups in which the score does no better than chance, where there are leads enough to say so."""
    return tuple(
        group.name
        for group in groups
        if group.ranking.interval is not None
        and not group.ranking.uncertain
        and group.ranking.interval.low <= 0.5  # noqa: PLR2004 - chance
    )
