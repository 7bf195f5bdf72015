"""The assets of history: one a table, by days. What is in them is `tables.py`, how they are made `making.py`.

Nothing here imports pandas: the live runs load these definitions, too.
"""

import warnings
from collections.abc import Mapping
from datetime import timedelta
from functools import cache, lru_cache
from pathlib import Path

import dagster as dg

from orchestration_project.history.columns import HistoryTable, Kind
from orchestration_project.history.derived_tables import DERIVED_TABLES
from orchestration_project.history.following import follows
from orchestration_project.history.io_manager import Days
from orchestration_project.history.ledger_tables import LEDGER_TABLES
from orchestration_project.history.resources import History

FROM_LEDGER = "history"
DERIVED = "reports"
UPSTREAM: Mapping[str, tuple[str, ...]] = {
    "submissions": ("ledger",),
    "leads": ("submissions",),
    "lead_contexts": ("leads",),
    "lead_scores": ("lead_contexts",),
    "decisions": ("lead_scores",),
    "receipts": ("decisions",),
    "verdicts": ("ledger",),
    "outcomes": ("ledger",),
    "funnel": ("submissions", "decisions", "receipts", "outcomes"),
    "speed_to_lead": ("submissions", "decisions", "receipts", "outcomes"),
    "source_quality": ("submissions", "leads", "decisions", "outcomes"),
    "ai_costs": ("ledger",),
}
"""A lead's way, table by table. All that is read from the ledger is read from it alone; what these arrows say
besides is what came of what."""
CONNECTIONS: Mapping[str, tuple[str, ...]] = {
    "lead_contexts": ("crm", "company", "website"),
    "lead_scores": ("ai",),
    "receipts": ("crm", "mail", "chat", "calendar", "folder", "sequence"),
    "ai_costs": ("ai",),
}
"""Which of the connections were asked for it."""
SHOWN_AS: Mapping[Kind, str] = {
    "text": "string",
    "integer": "int",
    "number": "float",
    "flag": "bool",
    "moment": "timestamp",
    "day": "date",
}
"""How the UI calls the types; it has signs for these."""
_HERE = Path(__file__).resolve().parent


@lru_cache(maxsize=2)
def build_assets(
    days: dg.DailyPartitionsDefinition, time_zone: str, owner: str
) -> tuple[dg.AssetsDefinition, ...]:
    """Kept, since a run builds the definitions four times, and these depend on nothing else."""
    fresh = dg.FreshnessPolicy.cron("0 6 * * *", timedelta(hours=6), time_zone)
    with warnings.catch_warnings():
        # `backfill_policy` is beta, and so it would say in every process
        warnings.simplefilter("ignore", dg.BetaWarning)
        return (
            *(_asset(table, FROM_LEDGER, days, fresh, owner) for table in LEDGER_TABLES),
            *(_asset(table, DERIVED, days, fresh, owner) for table in DERIVED_TABLES),
        )


def _asset(
    table: HistoryTable, group: str, days: dg.DailyPartitionsDefinition, fresh: dg.FreshnessPolicy, owner: str
) -> dg.AssetsDefinition:
    name = table.name
    asked = [dg.AssetKey(["connections", kind]) for kind in CONNECTIONS.get(name, ())]

    @dg.asset(
        name=name,
        description=table.about,
        group_name=group,
        owners=[owner],
        kinds={"postgres" if group == FROM_LEDGER else "pandas", "parquet"},
        deps=[*UPSTREAM[name], *asked],
        partitions_def=days,
        backfill_policy=dg.BackfillPolicy.single_run(),
        automation_condition=follows(),
        freshness_policy=fresh,
        io_manager_key="history_io",
        metadata={
            "key": ", ".join(table.key),
            "dagster/column_schema": column_schema(table),
            "dagster/code_references": _code(group),
        },
        op_tags={"layer": "history"},
    )
    def body(context: dg.AssetExecutionContext, history: dg.ResourceParam[History]) -> Days:
        from orchestration_project.history.shown import parts_shown  # noqa: PLC0415 - pandas

        return Days(parts_shown(context, history, name, sorted(context.partition_keys)))

    return body


def column_schema(table: HistoryTable) -> dg.TableSchema:
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=column.name,
                type=SHOWN_AS[column.kind],
                description=column.about + (f" ({', '.join(column.allowed)})" if column.allowed else ""),
                constraints=_constraints(needed=column.needed, unique=table.key == (column.name,)),
            )
            for column in table.columns
        ]
    )


@cache
def _constraints(*, needed: bool, unique: bool) -> dg.TableColumnConstraints:
    return dg.TableColumnConstraints(nullable=not needed, unique=unique)


def _code(group: str) -> dg.CodeReferencesMetadataValue:
    made = _HERE.parent / "ledger" / "history.py" if group == FROM_LEDGER else _HERE / "derive.py"
    return dg.CodeReferencesMetadataValue(
        code_references=[
            dg.LocalFileCodeReference(file_path=str(file), label=file.name)
            for file in (_HERE / "tables.py", made)
        ]
    )
