"""How often people agree with the model, by its confidence: a curve that never falls.

Pure arithmetic over decisions that people have spoken of. Which those are is the ledger's to say.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from orchestration_project.history.evaluation.measures import Floats
from orchestration_project.ledger.calibrations import Judged
from orchestration_project.model import Frozen

if TYPE_CHECKING:
    from sklearn.isotonic import IsotonicRegression

LEAST = 30
"""Decisions that people have spoken of, without which a confidence stays the model's own word."""
LEAST_OF_EACH = 5
"""Agreed with, and not: of one kind alone nothing can be told apart."""
FOLDS = 5
PRIOR = 4.0
"""So many labels at the mean are added at both ends: a handful of labels at an end is no certainty."""


class Calibrated(Frozen):
    """No points: it is not used, and `words` say why."""

    points: tuple[tuple[float, float], ...]
    words: str


def calibrate(judged: Sequence[Judged]) -> Calibrated:
    """Isotonic regression, kept only if decisions that it has not seen are foretold better than by the
    model's own word (Brier score)."""
    agreed = sum(each.agreed for each in judged)
    told = f"People have spoken of {len(judged):,} decisions of the AI, and agreed with {agreed:,}."
    if len(judged) < LEAST:
        return _none(
            f"{told} {LEAST} are needed to tell what its confidence is worth: leads verdict REF --track …"
        )
    if min(agreed, len(judged) - agreed) < LEAST_OF_EACH:
        return _none(f"{told} {LEAST_OF_EACH} of each are needed to tell what its confidence is worth.")
    from sklearn.model_selection import KFold  # noqa: PLC0415 - a second to import, and often too little is known

    said = np.array([each.confidence for each in judged])
    truth = np.array([float(each.agreed) for each in judged])
    foretold = np.zeros(len(judged))
    for train, test in KFold(FOLDS, shuffle=True, random_state=7).split(said):
        foretold[test] = _fitted(said[train], truth[train]).predict(said[test])
    before, after = (float(np.mean((guess - truth) ** 2)) for guess in (said, foretold))
    told = f"{told} Squared error of its own confidence {before:.3f}, of what others taught {after:.3f}."
    if after >= before:
        return _none(f"{told} Its own word is no worse, so it stands.")
    curve = _fitted(said, truth)
    points = zip(curve.X_thresholds_, curve.y_thresholds_, strict=True)
    return Calibrated(points=tuple((round(float(x), 4), round(float(y), 4)) for x, y in points), words=told)


def _none(words: str) -> Calibrated:
    return Calibrated(points=(), words=words)


def _fitted(said: Floats, truth: Floats) -> "IsotonicRegression":
    from sklearn.isotonic import IsotonicRegression  # noqa: PLC0415

    mean = float(truth.mean())
    x, y = np.append(said, [0.0, 1.0]), np.append(truth, [mean, mean])
    weights = np.append(np.ones(len(said)), [PRIOR / 2, PRIOR / 2])
    return IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(x, y, sample_weight=weights)
