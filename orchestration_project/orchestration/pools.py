"""How many ops may use a connection at once, over all runs: Dagster's pools, one a kind of connection.

The rates themselves are kept by `connectors/rate.py`, request by request; this keeps runs from standing in
one another's queue there.
"""

import math
import os
from collections.abc import Mapping

import dagster as dg

from orchestration_project.action.registry import ACTIONS, FOLLOW_UPS
from orchestration_project.connecting import UNPACED
from orchestration_project.connectors.base import Connector
from orchestration_project.connectors.opened import lines_of
from orchestration_project.connectors.rate import limit_of
from orchestration_project.playbook.model import Playbook

POOLS = frozenset(action.kind for action in (*ACTIONS.values(), *FOLLOW_UPS.values()))
REQUESTS_OF_AN_OP = 2.0
"""A second: with less of a service's rate an op is not worth a run's place."""
MOST_RUNS = 4
"""So many runs Dagster's queue starts at once; see `dagster.yaml`."""

_set_here: dict[str, Mapping[str, int]] = {}
"""What this process has set already, by the folder of the instance."""


def pool_limit(connector: type[Connector], unlimited: int) -> int:
    """So many ops may use it at once: from 1 to MOST_RUNS where the service has a rate, else `unlimited`."""
    limit = None if connector.embedded else limit_of(connector)
    if limit is None:
        return unlimited
    return max(1, min(MOST_RUNS, math.ceil(limit.a_second / REQUESTS_OF_AN_OP)))


def pool_limits(playbook: Playbook) -> dict[str, int]:
    """Of every pool, by the connectors that serve its line. One that needs no limit has a high one: without
    any, each op of it carries a warning in the Dagster UI."""
    unlimited = MOST_RUNS * len(playbook.tracks)  # a run has an op a track that its leads take
    return {
        line.kind: pool_limit(line.connector_class, unlimited)
        for line in lines_of(playbook.connections)
        if line.kind in POOLS
    }


def narrow(playbook: Playbook) -> frozenset[str]:
    """The kinds whose ops have to share: all others go without a pool, which costs a run a dozen statements
    an op."""
    if os.environ.get(UNPACED):
        return frozenset()
    return frozenset(
        line.kind
        for line in lines_of(playbook.connections)
        if line.kind in POOLS and pool_limit(line.connector_class, MOST_RUNS) < MOST_RUNS
    )


def set_pool_limits(instance: dg.DagsterInstance, playbook: Playbook) -> None:
    """Once a process: what a person sets afterwards in the UI holds until the next start."""
    limits = pool_limits(playbook)
    if _set_here.get(instance.root_directory) == limits:
        return
    storage = instance.event_log_storage
    if storage.supports_global_concurrency_limits:
        there = {pool.name: pool.limit for pool in storage.get_pool_limits()}
        for pool, limit in limits.items():
            if there.get(pool) != limit:
                storage.set_concurrency_slots(pool, limit)
    _set_here[instance.root_directory] = limits
