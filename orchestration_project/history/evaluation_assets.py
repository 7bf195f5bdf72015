"""The assets of evaluation: `score_quality` and `comparison`, over all of history at once.

What they say is worked out in `evaluation/`. Nothing here imports pandas: live runs load it, too.
"""

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from orchestration_project.errors import LeadsError
from orchestration_project.history.resources import History

if TYPE_CHECKING:
    from orchestration_project.history.evaluation.from_tables import Tables

GROUP = "evaluation"
WEEKLY = "0 5 * * 1"
_QUALITY = ("leads", "lead_contexts", "decisions", "outcomes")
_COMPARISON = ("leads", "lead_scores", "decisions", "outcomes", "verdicts")
_HERE = Path(__file__).resolve().parent


class Versions(dg.Config):
    """Which playbook versions are compared; left out, the two that decided something last."""

    before: str | None = None
    after: str | None = None


def build_evaluation(time_zone: str, owner: str) -> tuple[dg.AssetsDefinition, ...]:
    """Weekly, on Monday morning, and whenever somebody materialises them."""
    with warnings.catch_warnings():
        # code references are beta, and so it would say in every process
        warnings.simplefilter("ignore", dg.BetaWarning)
        return _build(time_zone, owner)


def _build(time_zone: str, owner: str) -> tuple[dg.AssetsDefinition, ...]:
    weekly = (
        dg.AutomationCondition.cron_tick_passed(WEEKLY, time_zone) & ~dg.AutomationCondition.in_progress()
    )

    @dg.asset(
        description="How good the scores were, by what became of the leads: split by time, with labels only "
        "as old as they are sure, and how much of what was to be found they found.",
        group_name=GROUP,
        owners=[owner],
        kinds={"pandas", "scikitlearn"},
        deps=[*_QUALITY],
        automation_condition=weekly.with_label("on Monday morning"),
        metadata={"dagster/code_references": _code("quality.py")},
        op_tags={"layer": "history"},
    )
    def score_quality(
        context: dg.AssetExecutionContext, history: dg.ResourceParam[History]
    ) -> dg.MaterializeResult[Any]:
        import pandas as pd  # noqa: PLC0415 - not in live runs

        from orchestration_project.history.evaluation.from_tables import quality_of  # noqa: PLC0415
        from orchestration_project.history.evaluation_shown import quality_metadata  # noqa: PLC0415

        found = quality_of(_tables(history), pd.Timestamp(history.clock()))
        context.log.info(found.headline)
        return dg.MaterializeResult(metadata=quality_metadata(found))

    @dg.asset(
        description="What changes between two versions of the playbook that have decided the same leads: who "
        "takes another track, where, and whether people and outcomes agree.",
        group_name=GROUP,
        owners=[owner],
        kinds={"pandas"},
        deps=[*_COMPARISON],
        metadata={"dagster/code_references": _code("compare.py")},
        op_tags={"layer": "history"},
    )
    def comparison(
        context: dg.AssetExecutionContext, history: dg.ResourceParam[History], config: Versions
    ) -> dg.MaterializeResult[Any]:
        from orchestration_project.history.evaluation_shown import compare_versions, comparison_metadata  # noqa: PLC0415

        try:
            found = compare_versions(history, config.before, config.after)
        except LeadsError as nothing:
            if config.before or config.after:
                raise
            # nothing was asked for, and a new installation has nothing to compare
            return dg.MaterializeResult(metadata={"headline": str(nothing)})
        context.log.info("%s → %s: %s leads.", found.before, found.after, found.leads)
        return dg.MaterializeResult(metadata=comparison_metadata(found, history))

    return (score_quality, comparison)


def _tables(history: History) -> "Tables":
    from orchestration_project.history.evaluation.from_tables import NEEDED, Tables  # noqa: PLC0415 - pandas
    from orchestration_project.history.store import load  # noqa: PLC0415

    return Tables({name: load(name, store=history.store) for name in NEEDED})


def _code(file: str) -> dg.CodeReferencesMetadataValue:
    path = _HERE / "evaluation" / file
    return dg.CodeReferencesMetadataValue(
        code_references=[dg.LocalFileCodeReference(file_path=str(path), label=file)]
    )
