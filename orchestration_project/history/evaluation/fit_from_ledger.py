"""From what the ledger knows of leads to what the scorecard's lines are learned from.

Learning is `fit.py`. Leads are read some at a time: a context is large, what the lines make of it is small.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from orchestration_project.decision.offline import read_lead
from orchestration_project.decision.signals import holds
from orchestration_project.history.evaluation.fit import Card, Fitted, fit
from orchestration_project.history.evaluation.labels import Maturity, learn_maturity, sure_labels
from orchestration_project.history.evaluation.measures import Floats
from orchestration_project.ledger.labels import Labelled
from orchestration_project.model import Context, Ref
from orchestration_project.playbook.model import Playbook

READ_AT_ONCE = 500
HIGHEST = 10.0


def fit_scorecard(
    labelled: Sequence[Labelled],
    read: Callable[[Sequence[Ref]], Mapping[Ref, Context]],
    playbook: Playbook,
    as_of: pd.Timestamp,
) -> tuple[Fitted, Maturity]:
    """Learned from outcomes that are sure by now and from what people said, which wins. Raises LeadsError
    where there is too little of both."""
    good, maturity = _good(labelled, playbook, as_of)
    refs = list(good)
    card = Card(
        start=playbook.scorecard.start, points=tuple(line.points for line in playbook.scorecard.signals)
    )
    rows: list[list[bool]] = []
    values: list[float] = []
    for first in range(0, len(refs), READ_AT_ONCE):
        some = refs[first : first + READ_AT_ONCE]
        contexts = read(some)
        for ref in some:
            if ref in contexts:
                lead = read_lead(contexts[ref], playbook)
                rows.append([holds(line, lead) for line in playbook.scorecard.signals])
                values.append(good[ref])
    held: Floats = np.array(rows, dtype=float).reshape(len(rows), len(card.points))
    return fit(held, np.array(values), card), maturity


def _good(
    labelled: Sequence[Labelled], playbook: Playbook, as_of: pd.Timestamp
) -> tuple[dict[Ref, float], Maturity]:
    """By lead, the oldest first, from 0 to 1."""
    rows = pd.DataFrame([(each.ref, each.submitted_at) for each in labelled], columns=["ref", "at"])
    leads = rows.drop_duplicates("ref").assign(at=lambda table: pd.to_datetime(table["at"], utc=True))
    told = [(each.ref, each.outcome.value, each.outcome_at) for each in labelled if each.outcome is not None]
    outcomes = pd.DataFrame(told, columns=["ref", "outcome", "at"])
    outcomes["at"] = pd.to_datetime(outcomes["at"], utc=True)
    maturity = learn_maturity(leads, outcomes, as_of)
    sure, _ = sure_labels(leads, outcomes, as_of, maturity)
    by_outcome = dict(zip(sure["ref"], sure["won"].astype(float), strict=True))
    said = {each.ref: value for each in labelled if (value := _said(each, playbook)) is not None}
    by_ref = by_outcome | said
    return {Ref(ref): by_ref[ref] for ref in leads["ref"] if ref in by_ref}, maturity


def _said(label: Labelled, playbook: Playbook) -> float | None:
    """What a person said of it, as a share of the best score: a track stands for the middle of its scores."""
    if label.score is not None:
        return label.score / HIGHEST
    scores = next((track.when.score for track in playbook.tracks if track.name == label.track), None)
    return (scores.lowest + scores.highest) / 2 / HIGHEST if scores is not None else None
