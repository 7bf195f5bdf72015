"""The leak guard: which fields a lead had when it was submitted, and which know too much to be true.

A field that a person filled in after talking to the lead predicts the outcome beautifully and is of no use.
Learning from the fields is in `yardstick.py`.
"""

from collections.abc import Collection, Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd

from orchestration_project.errors import LeadsError
from orchestration_project.history.evaluation.measures import Flags, Floats, Interval, auc, auc_interval
from orchestration_project.model import Frozen

Known = Literal["submission", "later"]
"""When a field became known. A field of which nobody says so is refused."""

IMPLAUSIBLE = 0.79
"""One answer of a form never orders leads that well. In the one real set that we have, the strongest honest
field reaches 0.77 (minutes on the website), and three leaks are at 0.80 to 0.93. The others there are no
better than honest fields (0.50 to 0.73): nothing but their date gives them away."""
_SURELY = 0.70
"""Unless there are so few leads that chance alone may have brought it there."""
_BINS = 20
_WEIGHT = 10.0
"""Leads that a value's own rate is mixed with, of the rate of all: values with few leads tell little."""
_NUMBERS = 0.95
"""Share of the answers that have to be numbers for the field to be one."""


class FieldCheck(Frozen):
    """What the guard says of one field."""

    name: str
    verdict: Literal["used", "refused", "flagged", "empty"]
    why: str
    auc: float | None = None  # of this field alone: learned on the earlier leads, measured on the later
    interval: Interval | None = None


def guard(
    features: pd.DataFrame,
    won: Flags,
    earlier: Flags,
    known: Mapping[str, Known],
    trusted: Collection[str] = (),
) -> tuple[FieldCheck, ...]:
    """A check a column. `features`: one row a lead; `won` and `earlier` (learned from) in the same order.

    Only fields with verdict `used` may be learned from: `refused` were not known at submission, `flagged`
    were said to be and predict implausibly well. `trusted`: a person has looked, and the field is honest.
    """
    return tuple(
        _check(name, features[name], won, earlier, known.get(name), name in trusted)
        for name in map(str, features.columns)
    )


def refuse_late(names: Collection[str], known: Mapping[str, Known]) -> None:
    """Raises LeadsError that names each field which was not known at submission."""
    late = [name for name in names if known.get(name) != "submission"]
    if late:
        said = ", ".join(f"{name} ({known.get(name, 'nobody says when')})" for name in late)
        raise LeadsError(
            f"Not known when the leads were submitted: {said}. A score that uses them cannot be had in time. "
            "Leave them out, or correct since when they are known."
        )


def _check(
    name: str, column: "pd.Series[Any]", won: Flags, earlier: Flags, known: Known | None, trusted: bool
) -> FieldCheck:
    if column.nunique(dropna=False) < 2:  # noqa: PLR2004 - nothing to tell leads apart by
        return FieldCheck(name=name, verdict="empty", why="the same for every lead")
    alone = alone_scores(column, won, earlier)
    area, interval = auc(alone, won[~earlier]), auc_interval(alone, won[~earlier])
    found = FieldCheck(name=name, verdict="used", why="known at submission", auc=area, interval=interval)
    if known != "submission":
        why = "became known later" if known == "later" else "nobody says when it became known"
        return found.model_copy(update={"verdict": "refused", "why": why})
    if area is None or interval is None or trusted or area < IMPLAUSIBLE or interval.low < _SURELY:
        return found
    why = (
        f"alone it orders leads with AUC {area:.2f}, which no answer of a form does: "
        "look who fills it in, and when"
    )
    return found.model_copy(update={"verdict": "flagged", "why": why})


def alone_scores(column: "pd.Series[Any]", won: Flags, earlier: Flags) -> Floats:
    """Of the later leads: how often the earlier ones with such a value were won. Missing is a value too."""
    groups = _groups(column, earlier)
    rate = won[earlier].mean() if earlier.any() else 0.5
    learned = pd.DataFrame({"group": groups[earlier], "won": won[earlier]}).groupby("group")["won"]
    smooth = (learned.sum() + _WEIGHT * rate) / (learned.size() + _WEIGHT)
    return pd.Series(groups[~earlier]).map(smooth).fillna(rate).to_numpy(dtype=float)


def _groups(column: "pd.Series[Any]", earlier: Flags) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    numbers = as_numbers(column)
    if numbers is None:
        return as_texts(column).to_numpy(dtype=object)
    seen = numbers[earlier & np.isfinite(numbers)]
    edges = np.unique(np.quantile(seen, np.linspace(0, 1, _BINS + 1)[1:-1])) if len(seen) else seen
    places = np.searchsorted(edges, numbers, side="right").astype(object)
    places[np.isnan(numbers)] = "missing"
    return places


def as_numbers(column: "pd.Series[Any]") -> Floats | None:
    """The column as numbers, NaN where there is none; None: it holds something else."""
    given = column.dropna()
    if not len(given) or pd.api.types.infer_dtype(given) == "boolean":
        return None
    read = pd.to_numeric(column, errors="coerce")
    if read.notna().sum() < _NUMBERS * len(given):
        return None
    values = read.to_numpy(dtype=float, na_value=np.nan)
    return np.where(np.isfinite(values), values, np.nan)


def as_texts(column: "pd.Series[Any]") -> "pd.Series[str]":
    """The column as categories: without case and spaces around, a missing answer as one of its own."""
    filled = column.astype(object).where(column.notna(), "")
    return filled.map(lambda value: str(value).strip().casefold())
