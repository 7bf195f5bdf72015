"""What grows and nobody needs any more, removed in batches, each in a transaction of its own; and sizes.

How long what is kept, the playbook says. Dagster's own tables are touched where its API has no word for it.
"""

from datetime import datetime

from sqlalchemy import Connection, Engine, TextClause, text

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
# ids rise with time: what is younger lies behind this one, and is not looked at
_UP_TO = text(
    "SELECT id FROM dagster.event_logs WHERE dagster_event_type = 'PIPELINE_START' AND timestamp < :before "
    "ORDER BY id DESC LIMIT 1"
)
# a kind at a time, by Dagster's index of kinds, and from where the last time ended: what stays is not gone
# through again each hour
_EVENTS = {
    known: text(
        "WITH old AS (SELECT e.id FROM dagster.event_logs e JOIN dagster.runs r ON r.run_id = e.run_id "  # noqa: S608
        f"WHERE e.dagster_event_type {'= :kind' if known else 'IS NULL'} "
        "AND e.id > :reached AND e.id <= :up_to AND e.timestamp < :before "
        "AND r.status = 'SUCCESS' ORDER BY e.id LIMIT :batch) "
        "DELETE FROM dagster.event_logs USING old WHERE event_logs.id = old.id"
    )
    for known in (True, False)
}
_STATES = text(
    "WITH old AS (SELECT id FROM dagster.event_logs WHERE dagster_event_type = 'FRESHNESS_STATE_CHANGE' "
    "AND timestamp < :before ORDER BY id LIMIT :batch) "
    "DELETE FROM dagster.event_logs USING old WHERE event_logs.id = old.id"
)
# the newest of each check stays, as the page of its asset shows it
_CHECKS = text(
    "WITH old AS (SELECT c.id FROM dagster.asset_check_executions c "
    "WHERE c.create_timestamp < :before AND EXISTS (SELECT FROM dagster.asset_check_executions newer "
    "WHERE newer.asset_key = c.asset_key AND newer.check_name = c.check_name AND newer.id > c.id) "
    "ORDER BY c.id LIMIT :batch) "
    "DELETE FROM dagster.asset_check_executions USING old WHERE asset_check_executions.id = old.id"
)
# a lead that was through by then had come before
_FACTS = text(
    "WITH old AS (SELECT f.ctid FROM leads.facts f JOIN leads.work w ON w.lead_id = f.lead_id "
    "WHERE f.kind NOT IN ('Lead', 'Context') AND f.lead_id < coalesce("
    "(SELECT id FROM leads.submissions WHERE received_at >= :before ORDER BY received_at, id LIMIT 1), "
    "2147483647) "
    "AND w.finished_at < :before AND w.state IN ('done', 'quarantined') ORDER BY f.lead_id LIMIT :batch) "
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


def remove_events(engine: Engine, before: datetime, most: int, reached: int = 0) -> tuple[int, int]:
    """Of runs that went well, what only told of their steps; Dagster has no word for it. Answers how many,
    and up to which event all is done, from where the next time goes on. A run that ends well only after its
    time keeps its events until it goes itself."""
    naive = before.replace(tzinfo=None)  # Dagster keeps times without a zone, in UTC
    with engine.connect() as connection:
        if not _has_records(connection):
            return 0, 0  # Dagster's records are elsewhere
        up_to: int | None = connection.execute(_UP_TO, {"before": naive}).scalar()
    if up_to is None:
        return 0, 0
    # Dagster's records may have been made anew since, whose numbers begin at one again
    begin = reached if reached <= up_to else 0
    removed = 0
    for kind in (*CHATTY, None):
        values: dict[str, object] = {"before": naive, "up_to": up_to, "reached": begin}
        if kind is not None:
            values["kind"] = kind
        removed += _in_batches(engine, _EVENTS[kind is not None], values, most - removed)
    return removed, up_to if removed < most else begin


def remove_outcomes(engine: Engine, before: datetime, most: int) -> int:
    """What Dagster keeps of assets when the runs that told of it are gone: how checks ended, and when one was
    late. The newest of each check stays."""
    values: dict[str, object] = {"before": before.replace(tzinfo=None)}
    with engine.connect() as connection:
        if not _has_records(connection):
            return 0
    removed = _in_batches(engine, _CHECKS, values, most)
    return removed + _in_batches(engine, _STATES, values, most - removed)


def _has_records(connection: Connection) -> bool:
    return connection.execute(text("SELECT to_regclass('dagster.event_logs')")).scalar() is not None


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
