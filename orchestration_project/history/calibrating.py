"""The asset `confidence`: how often people agree with the model's decisions, by its confidence.

How it is learned is `evaluation/calibrate.py`; `leads learn` does the same by hand.
"""

from typing import Any

import dagster as dg

from orchestration_project.history.learning import DAILY
from orchestration_project.history.resources import History
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.calibrations import Calibration

CONFIDENCE = "confidence"


def build_confidence(time_zone: str, owner: str) -> dg.AssetsDefinition:
    """Looked at daily; learned anew when people have spoken of decisions since."""
    daily = dg.AutomationCondition.cron_tick_passed(DAILY, time_zone) & ~dg.AutomationCondition.in_progress()

    @dg.asset(
        name=CONFIDENCE,
        description="What the AI's confidence is worth: how often people have agreed with decisions of such "
        "a confidence. Used only if decisions that it has not seen are foretold better than by the AI's own "
        "word. Where people agree with less than half, the lead is to be checked.",
        group_name="evaluation",
        owners=[owner],
        kinds={"scikitlearn"},
        automation_condition=daily.with_label("in the night, if people have spoken of decisions since"),
        op_tags={"layer": "history"},
    )
    def confidence(
        context: dg.AssetExecutionContext, history: dg.ResourceParam[History]
    ) -> dg.MaterializeResult[Any]:
        ledger = history.ledger
        newest = ledger.calibrations.newest()
        if newest is None or ledger.calibrations.is_news():
            newest = learn_confidence(ledger)
            context.log.info(newest.words)
        return dg.MaterializeResult(metadata=_told(ledger, newest))

    return confidence


def learn_confidence(ledger: Ledger) -> Calibration:
    """From all decisions of this installation that people have spoken of; kept as a new version."""
    from orchestration_project.history.evaluation.calibrate import calibrate  # noqa: PLC0415 - scikit-learn

    judged = ledger.calibrations.judged()
    found = calibrate(judged)
    return ledger.calibrations.keep(found.points, judged, found.words)


def _told(ledger: Ledger, newest: Calibration) -> dict[str, Any]:
    curve = ledger.calibrations.curve()
    told: dict[str, Any] = {"headline": newest.words, "labels": newest.labels, "agreed": newest.agreed}
    if curve is not None:
        lines = [f"| {said:.0%} | {curve.at(said):.0%} |" for said in (0.2, 0.4, 0.6, 0.8, 1.0)]
        heading = ["| the AI's own word | people agree with |", "| --- | --- |"]
        told["curve"] = dg.MetadataValue.md("\n".join([*heading, *lines]))
    return told
