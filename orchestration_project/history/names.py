"""What modules of history call alike: keys, groups and tags in the Dagster UI. Nothing is built here."""

import dagster as dg

LEDGER = dg.AssetKey("ledger")
PLAYBOOK = dg.AssetKey("playbook")
SOURCES = "sources"
CONNECTIONS = "connections"
"""Groups of assets that are not made here."""
RUN_TAGS = {"leads/history": "follows", "dagster/priority": "-10"}
"""One at a time (dagster.yaml), and after live runs that wait for a place."""
