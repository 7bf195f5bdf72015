"""The assets of evaluation: `score_quality` and `comparison`, over all of history at once.

What they say is worked out in `evaluation/`. Nothing here imports pandas: live runs load it, too.
"""

import warnings
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import Field

from orchestration_project.errors import LeadsError
from orchestration_project.history.rescored import CANDIDATE, CANDIDATES, RESCORED
from orchestration_project.history.resources import History
from orchestration_project.ledger.sides import Side

GROUP = "evaluation"
WEEKLY = "0 5 * * 1"
_QUALITY = ("leads", "lead_contexts", "decisions", "outcomes")
_COMPARISON = ("decisions", "outcomes", "verdicts")
_HERE = Path(__file__).resolve().parent


class Beside(dg.Config):
    """What the candidate is compared with."""

    against: str | None = Field(
        None, description="Other rules by name or version; else what was decided live, by whatever rules."
    )


def build_evaluation(time_zone: str, owner: str) -> tuple[dg.AssetsDefinition, ...]:
    """Quality weekly, on Monday morning; a comparison whenever leads were scored under its candidate."""
    with warnings.catch_warnings():
        # code references are beta, and so it would say in every process
        warnings.simplefilter("ignore", dg.BetaWarning)
        return _build(time_zone, owner)


def _build(time_zone: str, owner: str) -> tuple[dg.AssetsDefinition, ...]:
    first = dg.AutomationCondition.missing() & ~dg.AutomationCondition.any_deps_missing()
    weekly = (
        dg.AutomationCondition.cron_tick_passed(WEEKLY, time_zone) | first
    ) & ~dg.AutomationCondition.in_progress()
    rescored = dg.AssetSelection.assets(RESCORED)
    when_scored = (
        dg.AutomationCondition.any_deps_updated().allow(rescored).since_last_handled()
        & ~dg.AutomationCondition.any_deps_in_progress().allow(rescored)
        & ~dg.AutomationCondition.in_progress()
    )

    @dg.asset(
        description="How good the scores were, by what became of the leads: split by time, with labels only "
        "as old as they are sure, and how much of what was to be found they found.",
        group_name=GROUP,
        owners=[owner],
        kinds={"pandas", "scikitlearn"},
        deps=[*_QUALITY],
        automation_condition=weekly.with_label("on Monday morning, and as soon as there is history"),
        metadata={"dagster/code_references": _code("quality.py")},
        op_tags={"layer": "history"},
    )
    def score_quality(
        context: dg.AssetExecutionContext, history: dg.ResourceParam[History]
    ) -> dg.MaterializeResult[Any]:
        from orchestration_project.history.evaluation_shown import quality_metadata  # noqa: PLC0415 - pandas
        from orchestration_project.history.measuring import quality  # noqa: PLC0415

        live = Side(otherwise=history.playbook.version)
        try:
            found = quality(history.reader, history.ledger.sides, live, history.clock())
        except LeadsError as nothing:  # a new installation
            return dg.MaterializeResult(metadata={"headline": str(nothing)})
        context.log.info(found.headline)
        ready = history.ledger.readiness.of()
        told = {"what people changed": dg.MetadataValue.text(ready.words)}
        return dg.MaterializeResult(metadata=quality_metadata(found) | told)

    @dg.asset(
        description="What a candidate or an older version of the playbook would change: who takes another "
        "track, where, and whether people and outcomes agree. It follows what is scored under it.",
        group_name=GROUP,
        owners=[owner],
        kinds={"pandas"},
        deps=[
            dg.AssetDep(
                RESCORED,
                partition_mapping=dg.MultiToSingleDimensionPartitionMapping(
                    partition_dimension_name=CANDIDATE
                ),
            ),
            *(dg.AssetDep(each, partition_mapping=dg.AllPartitionMapping()) for each in _COMPARISON),
        ],
        partitions_def=CANDIDATES,
        backfill_policy=dg.BackfillPolicy.single_run(),
        automation_condition=when_scored.with_label("leads were scored under it"),
        metadata={"dagster/code_references": _code("compare.py")},
        op_tags={"layer": "history"},
    )
    def comparison(
        context: dg.AssetExecutionContext, history: dg.ResourceParam[History], config: Beside
    ) -> None:
        from orchestration_project.history.evaluation_shown import compared, comparison_metadata  # noqa: PLC0415

        for candidate in context.partition_keys:
            try:
                found = compared(history, candidate, config.against)
            except LeadsError as nothing:  # nothing is scored under it, or it has a mistake
                context.log.warning("%s: %s", candidate, nothing)
                context.add_asset_metadata({"headline": str(nothing)}, partition_key=candidate)
                continue
            context.log.info("%s → %s: %s leads.", found.before, found.after, found.leads)
            context.add_asset_metadata(comparison_metadata(found, history), partition_key=candidate)

    return (score_quality, comparison)


def _code(file: str) -> dg.CodeReferencesMetadataValue:
    path = _HERE / "evaluation" / file
    return dg.CodeReferencesMetadataValue(
        code_references=[dg.LocalFileCodeReference(file_path=str(path), label=file)]
    )
