"""Two decisions of the same lead side by side, and how often each agrees with what a person said.

What follows from the differences is in `compare.py`.
"""

from typing import Literal

import numpy as np
import pandas as pd

from orchestration_project.history.evaluation.measures import Floats, Interval
from orchestration_project.history.evaluation.resample import mean_interval
from orchestration_project.model import Frozen

CLEAR = 1e-9
"""Differences below are of the arithmetic."""
NEAR = 1
"""Points; a score that close to a person's agrees with it."""
OF_THE_LEAD = ("source", "language")
OF_THE_DECISION = ("track", "score", "service", "why", "cost_usd", "seconds")


class Agreement(Frozen):
    """How often each side decides as a person did."""

    leads: int  # of which a person said so
    before: float  # share
    after: float
    difference: Interval  # of the shares, after less before; paired bootstrap, 95 %

    @staticmethod
    def of(
        pairs: pd.DataFrame, verdicts: pd.DataFrame | None, what: Literal["track", "score"]
    ) -> "Agreement | None":
        """With the newest verdict of each lead; None: there is none about leads that both have decided."""
        if verdicts is None or what not in verdicts:
            return None
        said = verdicts.dropna(subset=[what]).drop_duplicates("ref", keep="last")
        joined = pairs.merge(said[["ref", what]].rename(columns={what: "said"}), on="ref")
        if not len(joined):
            return None
        before, after = (_agrees(joined, f"{what}_{side}") for side in ("before", "after"))
        return Agreement(
            leads=len(joined),
            before=float(before.mean()),
            after=float(after.mean()),
            difference=mean_interval(after - before),
        )


def pair_up(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """One row a lead that both have decided: ref, source, language and service where there are such, and the
    columns of a decision with `_before` and `_after`. Of several decisions of a lead the last row counts."""
    sides = [side.drop_duplicates("ref", keep="last").set_index("ref") for side in (before, after)]
    common = sides[0].index.intersection(sides[1].index)
    made = pd.DataFrame({"ref": common})
    for column in OF_THE_LEAD:
        given = next((side[column] for side in reversed(sides) if column in side), None)
        if given is not None:
            made[column] = given.reindex(common).to_numpy()
    for name, side in zip(("before", "after"), sides, strict=True):
        for column in OF_THE_DECISION:
            if column in side:
                made[f"{column}_{name}"] = side[column].reindex(common).to_numpy()
        made[f"score_{name}"] = made[f"score_{name}"].astype("Float64").astype(float)
    if "service_before" in made:
        # what it was recommended before: the segments must not differ by what is compared
        made["service"] = made["service_before"]
    return made


def _agrees(joined: pd.DataFrame, column: str) -> Floats:
    if column.startswith("track"):
        return np.asarray(joined[column].eq(joined["said"]), dtype=np.float64)
    given, said = (joined[name].to_numpy(dtype=float) for name in (column, "said"))
    return (np.abs(given - said) <= NEAR).astype(float)
