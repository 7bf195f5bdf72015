"""What the Dagster UI shows of assets that are not made here: how much each form source has brought, and how
each connection fares. Told by the sensor `ledger_changes`, and only where it is something new.

Which of them there are is `sources.py`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg

from orchestration_project.history.resources import History
from orchestration_project.history.sources import KINDS, key_part
from orchestration_project.ledger.connections import ConnectionState

_HOW = {"closed": "well", "open": "away", "half_open": "on trial"}


def news(history: History, told: Mapping[str, str]) -> tuple[list[dg.AssetMaterialization], dict[str, str]]:
    """What is new since `told`, and what is told then: a word for each asset."""
    now = {"/".join(event.asset_key.path): (mark, event) for mark, event in _events(history)}
    new = [event for name, (mark, event) in now.items() if told.get(name) != mark]
    return new, {name: mark for name, (mark, _) in now.items()}


def _events(history: History) -> Iterator[tuple[str, dg.AssetMaterialization]]:
    connections = history.playbook.connections
    brought = history.ledger.sources.brought()
    for name, line in connections.form_sources.items():
        found = brought.get(name)
        metadata: dict[str, Any] = {
            "connector": line.connector,
            "submissions": found.count if found else 0,
        }
        if found is not None:
            metadata["newest"] = dg.MetadataValue.timestamp(found.newest)
        yield (
            str(found.count if found else 0),
            dg.AssetMaterialization(["form_sources", key_part(name)], metadata=metadata),
        )
    states = history.ledger.connections.read()
    for kind in KINDS:
        line = getattr(connections, kind)
        state = states.get(kind) or ConnectionState(name=kind)
        metadata = {"connector": line.connector, "state": _HOW[state.state]}
        if state.state != "closed" and state.since is not None:
            metadata["since"] = dg.MetadataValue.timestamp(state.since)
        yield (
            f"{line.connector} {state.state}",
            dg.AssetMaterialization(["connections", kind], metadata=metadata),
        )
