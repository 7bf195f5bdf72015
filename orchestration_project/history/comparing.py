"""Two sets of rules compared over the leads of a time: from the ledger's rows to a `Comparison`.

What is compared, and how, is in `evaluation/compare.py`; asking other rules is `rescoring/`.
"""

from collections.abc import Sequence
from datetime import datetime

import pandas as pd

from orchestration_project.history.evaluation.compare import Comparison, comparison
from orchestration_project.history.evaluation.labels import learn_maturity, sure_labels
from orchestration_project.ledger.sides import Rows, Side, Sides

_DECIDED = ("ref", "at", "source", "language", "track", "score", "service", "why", "cost_usd", "seconds")


def compare(
    sides: Sides,
    before: Side,
    after: Side,
    *,
    names: tuple[str, str],
    tracks: Sequence[str],
    since: datetime | None,
    until: datetime | None,
    now: datetime,
) -> Comparison:
    """What `after` would change. `tracks` are the playbook's, the best first. Raises LeadsError where the two
    have decided no lead in common."""
    old, new = (_decided(sides.decided(side, since, until)) for side in (before, after))
    return comparison(
        old,
        new,
        tracks=tracks,
        names=names,
        verdicts=_frame(sides.verdicts(since, until), ("ref", "track", "score")),
        labelled=_labelled(sides, since, until, now),
    )


def labelled_scores(sides: Sides, now: datetime) -> pd.DataFrame:
    """Of each lead that was decided live and whose outcome is sure by now: ref, at, score, won."""
    columns = ["ref", "at", "score", "won"]
    labelled = _labelled(sides, None, None, now)
    if labelled is None:
        return pd.DataFrame(columns=columns)
    scored = _decided(sides.decided(Side(), None, None))[["ref", "score"]].dropna()
    return labelled.drop(columns="score", errors="ignore").merge(scored, on="ref")[columns]


def _labelled(
    sides: Sides, since: datetime | None, until: datetime | None, now: datetime
) -> pd.DataFrame | None:
    """The leads whose outcome is sure by now. None: no outcome is known."""
    rows = sides.outcomes(since, until)
    if not rows:
        return None
    outcomes = _moments(_frame(rows, ("ref", "outcome", "at")))
    leads = _moments(_frame(sides.submitted(since, until), ("ref", "at")))
    moment = pd.Timestamp(now).tz_convert("UTC")
    maturity = learn_maturity(leads, outcomes, moment)
    return sure_labels(leads, outcomes, moment, maturity)[0]


def _decided(rows: Rows) -> pd.DataFrame:
    made = _moments(_frame(rows, _DECIDED))
    return made.assign(score=made["score"].astype("Float64").astype(float))


def _moments(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(at=pd.to_datetime(frame["at"], utc=True))


def _frame(rows: Rows, columns: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame([[row[name] for name in columns] for row in rows], columns=list(columns))
