"""What a model's confidence is worth: how often people have agreed with decisions of such a confidence.

Pure. The curve is learned in `history/evaluation/calibrate.py`; without one it stays its own word.
"""

from orchestration_project.model import Curve, Scoring


def calibrated(scoring: Scoring, curve: Curve | None) -> Scoring:
    """With the share that people agreed with beside the model's own confidence; the scorecard has none."""
    score = scoring.score
    if curve is None or score is None or not scoring.by_model:
        return scoring
    sure = round(curve.at(score.confidence), 2)
    return scoring.model_copy(
        update={"score": score.model_copy(update={"agreed_with": sure, "labels": curve.labels})}
    )
