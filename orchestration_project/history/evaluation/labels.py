"""Which outcomes are sure, and as of when: labels only as old as they can be trusted.

Outcomes come late, and the quick ones first: of last week's leads only those are closed that closed at once.
So a lead counts as soon as it is as old as deals take, for all leads alike. How well scores do is in
`measures.py`.
"""

from typing import Literal

import numpy as np
import pandas as pd

from orchestration_project.history.evaluation.measures import Flags, Floats
from orchestration_project.model import Frozen
from orchestration_project.text import so_many

WON = "won"
SHARE = 0.9
"""Of the deals that ever close, so many have closed when a lead counts as mature."""
Unknown = Literal["left_out", "not_won"]
"""What a mature lead without an outcome is: in most CRMs nobody writes down that nothing came of it."""
_DAY = pd.Timedelta(days=1)


class Maturity(Frozen):
    """How old a lead has to be before its outcome is sure."""

    days: float
    learned: bool  # from these outcomes; False: it was given, or no outcome has a date
    median_days: float | None = None
    p90_days: float | None = None
    closed: int = 0  # outcomes with a date, from which it was learned

    @property
    def words(self) -> str:
        if self.learned:
            took = f"the only deal was closed after {so_many(round(self.median_days or 0), 'day')}."
            if self.closed > 1:
                took = (
                    f"half of {self.closed:,} deals were closed after "
                    f"{so_many(round(self.median_days or 0), 'day')}, nine of ten after {self.p90_days:.0f}."
                )
            return f"A lead counts {so_many(round(self.days), 'day')} after it came: {took}"
        if self.days:
            return f"A lead counts {so_many(round(self.days), 'day')} after it came, as it was asked for."
        return "Every lead with an outcome counts: no outcome has a date of its own."


def learn_maturity(leads: pd.DataFrame, outcomes: pd.DataFrame, as_of: pd.Timestamp) -> Maturity:
    """From how long it took until deals were closed. Leads that are still open are taken into account (the
    product-limit estimate): the deals of young leads that we have not seen yet are the slow ones.

    `leads`: ref, at; `outcomes`: ref, outcome, at. Dates are in UTC, or all whole numbers that only order.
    """
    dated = outcomes.dropna(subset=["at"])
    if not is_dated(leads["at"]) or not len(dated):
        return Maturity(days=0, learned=False)
    ends = dated[dated["at"] <= as_of].groupby("ref")["at"].min()
    begins = leads.set_index("ref")["at"]
    begins = begins[begins <= as_of]
    closed = ends.reindex(begins.index)
    waited = days_between(begins, closed.fillna(as_of)).clip(min=0)
    seen = closed.notna().to_numpy()
    if not seen.any():
        return Maturity(days=0, learned=False)
    days, share = _closed_by(waited, seen)
    median, most = (float(days[np.searchsorted(share, wanted - 1e-9)]) for wanted in (0.5, SHARE))
    return Maturity(
        days=float(np.ceil(most)), learned=True, median_days=median, p90_days=most, closed=int(seen.sum())
    )


def _closed_by(waited: Floats, seen: Flags) -> tuple[Floats, Floats]:
    """Days, and which share of all deals that close at all had closed by then."""
    days = np.unique(waited[seen])
    at_risk = len(waited) - np.searchsorted(np.sort(waited), days)
    closing = np.searchsorted(np.sort(waited[seen]), days, side="right") - np.searchsorted(
        np.sort(waited[seen]), days
    )
    closed = 1 - np.cumprod(1 - closing / at_risk)
    return days, closed / closed[-1]


class Labels(Frozen):
    """How the leads were sorted out; the labels themselves are a column `won`."""

    all: int
    sure: int
    too_young: int
    without_outcome: int  # mature, and nothing came of them in that time that anybody wrote down
    unknown: Unknown

    @property
    def words(self) -> str:
        without = {"left_out": "left out", "not_won": "counted as not won"}[self.unknown]
        return (
            f"{self.sure:,} of {so_many(self.all, 'lead')} {'has' if self.sure == 1 else 'have'} a sure "
            f"outcome; {self.too_young:,} {'is' if self.too_young == 1 else 'are'} too young, "
            f"{self.without_outcome:,} had none by that age ({without})."
        )


def sure_labels(
    leads: pd.DataFrame,
    outcomes: pd.DataFrame,
    as_of: pd.Timestamp,
    maturity: Maturity,
    unknown: Unknown = "left_out",
) -> tuple[pd.DataFrame, Labels]:
    """The leads whose outcome was sure as of that moment, with a column `won`: whether they were won while
    they were maturing. What closed later counts as without an outcome, for old leads as for young ones.

    Columns as for `learn_maturity`; an outcome without a date counts for every lead that is old enough.
    """
    window = maturity.days * _DAY
    mature = leads[leads["at"] <= as_of - window] if is_dated(leads["at"]) else leads
    told = mature[["ref", "at"]].merge(
        outcomes[["ref", "outcome", "at"]].rename(columns={"at": "closed"}), on="ref"
    )
    if maturity.days:
        told = told[~(told["closed"] > told["at"] + window)]
    won = (told["outcome"] == WON).groupby(told["ref"]).any()
    joined = mature.join(won.rename("won"), on="ref")
    without = joined["won"].isna()
    sure = joined if unknown == "not_won" else joined[~without]
    labelled = sure.assign(won=sure["won"].eq(True))  # noqa: FBT003 - missing is not won
    return labelled, Labels(
        all=len(leads),
        sure=len(labelled),
        too_young=len(leads) - len(mature),
        without_outcome=int(without.sum()),
        unknown=unknown,
    )


def days_between(begin: "pd.Series[pd.Timestamp]", end: "pd.Series[pd.Timestamp]") -> Floats:
    return np.asarray((end - begin).dt.total_seconds(), dtype=float) / _DAY.total_seconds()


def is_dated(at: "pd.Series[pd.Timestamp]") -> bool:
    return pd.api.types.is_datetime64_any_dtype(at)
