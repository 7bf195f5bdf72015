"""What grows and nobody needs any more, removed in batches, each in a transaction of its own; and sizes.

How long what is kept, the playbook says. Dagster's own tables are touched where its API has no word for it.
"""

from datetime import datetime

from sqlalchemy import Engine, TextClause, text

from orchestration_project.model import Frozen

BATCH = 5_000
"""Rows of one transaction: some hundredths of a second, in which nobody waits."""

CHATTY = (
    "ENGINE_EVENT",
    "STEP_WORKER_STARTING",
    "STEP_WORKER_STARTED",
    "RESOURCE_INIT_STARTED",
    "RESOURCE_INIT_SUCCESS",
    "RESOURCE_INIT_FAILURE",
    "LOADED_INPUT",
    "HANDLED_OUTPUT",
    "LOGS_CAPTURED",
    "STEP_START",
    "STEP_INPUT",
    "STEP_OUTPUT",
    "STEP_SUCCESS",
    "STEP_SKIPPED",
    "OBJECT_STORE_OPERATION",
    "HOOK_COMPLETED",
    "HOOK_SKIPPED",
)
"""What a run that went well tells of its steps. Failures, assets, checks and the run itself stay."""
_EVENTS = text(
    "WITH old AS (SELECT e.id FROM dagster.event_logs e JOIN dagster.runs r ON r.run_id = e.run_id "
    "WHERE e.timestamp < :before AND (e.dagster_event_type IS NULL OR e.dagster_event_type = ANY(:chatty)) "
    "AND r.status = 'SUCCESS' ORDER BY e.id LIMIT :batch) "
    "DELETE FROM dagster.event_logs USING old WHERE event_logs.id = old.id"
)
_FACTS = text(
    "WITH old AS (SELECT f.ctid FROM leads.facts f JOIN leads.work w ON w.lead_id = f.lead_id "
    "WHERE w.finished_at < :before AND w.state IN ('done', 'quarantined') "
    "AND f.kind NOT IN ('Lead', 'Context') LIMIT :batch) "
    "DELETE FROM leads.facts USING old WHERE facts.ctid = old.ctid"
)
_SIZES = text(
    "SELECT n.nspname || '.' || c.relname AS name, pg_total_relation_size(c.oid) AS bytes, "
    "greatest(c.reltuples, 0)::bigint AS rows FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE c.relkind = 'r' AND n.nspname IN ('leads', 'local_crm', 'dagster') ORDER BY 2 DESC"
)


class Size(Frozen):
    name: str  # of a table, with its schema
    bytes: int  # with its indexes
    rows: int  # about


def remove_events(engine: Engine, before: datetime, most: int) -> int:
    """Of runs that went well, what only told of their steps; Dagster has no word for it."""
    with engine.connect() as connection:
        if connection.execute(text("SELECT to_regclass('dagster.event_logs')")).scalar() is None:
            return 0  # Dagster's records are elsewhere
    # Dagster keeps times without a zone, in UTC
    return _in_batches(engine, _EVENTS, {"before": before.replace(tzinfo=None), "chatty": list(CHATTY)}, most)


def remove_facts(engine: Engine, before: datetime, most: int) -> int:
    """Of leads that are through, what only their run needed; re-scoring reads the lead and its context."""
    return _in_batches(engine, _FACTS, {"before": before}, most)


def sizes(engine: Engine) -> tuple[Size, ...]:
    """The largest first."""
    with engine.connect() as connection:
        return tuple(Size.model_validate(dict(row)) for row in connection.execute(_SIZES).mappings())


def _in_batches(engine: Engine, statement: TextClause, values: dict[str, object], most: int) -> int:
    removed = 0
    while removed < most:
        with engine.begin() as connection:
            rows = connection.execute(statement, {**values, "batch": min(BATCH, most - removed)}).rowcount
        removed += rows
        if rows < BATCH:
            break
    return removed
