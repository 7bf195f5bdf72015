"""Assets that are not made here: the form sources, the connections, and the ledger itself.

They are in the lineage so that a data team sees where things come from. No run materialises them; what there
is to tell of them sensors tell.
"""

import dagster as dg

from orchestration_project.history.names import CONNECTIONS, LEDGER, PLAYBOOK, SOURCES
from orchestration_project.playbook.model import Connections

KINDS = tuple(name for name in Connections.model_fields if name != "form_sources")


def build_sources(
    connections: Connections, days: dg.DailyPartitionsDefinition, owner: str
) -> list[dg.AssetSpec]:
    forms = [
        dg.AssetSpec(
            key=["form_sources", key_part(name)],
            description=f"The form source `{name}`; its sensor reads it by the connector {line.connector}.",
            group_name=SOURCES,
            owners=[owner],
            kinds={line.connector},
        )
        for name, line in connections.form_sources.items()
    ]
    ledger = dg.AssetSpec(
        key=LEDGER,
        description="PostgreSQL: every submission, decision and receipt. A day of it is new when something "
        "has happened to a lead of that day; the sensor ledger_changes tells.",
        group_name=SOURCES,
        owners=[owner],
        kinds={"postgres"},
        partitions_def=days,
        deps=forms,
    )
    rules = dg.AssetSpec(
        key=PLAYBOOK,
        description="The rules that decide. Each event is a version: what was promoted or rolled back, when, "
        "by whom, and what that changed in words; and what decided first without either, as it was edited.",
        group_name=SOURCES,
        owners=[owner],
        kinds={"yaml", "markdown"},
    )
    services = [
        dg.AssetSpec(
            key=["connections", kind],
            description=f"The connection `{kind}` of connections.yaml: {line.connector}.",
            group_name=CONNECTIONS,
            owners=[owner],
            kinds={line.connector},
        )
        for kind in KINDS
        if (line := getattr(connections, kind))
    ]
    return [*forms, ledger, rules, *services]


def key_part(name: str) -> str:
    """A name as a part of an asset key, which takes letters, digits and underscores only."""
    return "".join(letter if letter.isalnum() and letter.isascii() else "_" for letter in name)
