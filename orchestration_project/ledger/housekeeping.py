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
# the next events in order of their ids, which rise with time: each is looked at once, and not each hour. It
# ends before the first that is too young; one that a wrong clock has put into the future says nothing
_EVENTS = text(
    "WITH part AS (SELECT id, run_id, dagster_event_type AS kind, timestamp FROM dagster.event_logs "
    "WHERE id > :reached ORDER BY id LIMIT :batch), "
    "young AS (SELECT min(id) AS id FROM part WHERE timestamp >= :before AND timestamp <= :now), "
    "old AS (SELECT part.* FROM part, young WHERE young.id IS NULL OR part.id < young.id), "
    "gone AS (DELETE FROM dagster.event_logs e USING old JOIN dagster.runs r ON r.run_id = old.run_id "
    "WHERE e.id = old.id AND r.status = 'SUCCESS' AND old.timestamp < :before "
    "AND (kind IS NULL OR kind = ANY(:kinds)) RETURNING e.id) "
    "SELECT (SELECT count(*) FROM gone) AS removed, (SELECT count(*) FROM old) AS looked_at, "
    "(SELECT max(id) FROM old) AS reached"
)
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
_LAST = text("SELECT max(id) FROM dagster.event_logs")
_SIZES = text(
    "SELECT n.nspname || '.' || c.relname AS name, pg_total_relation_size(c.oid) AS bytes, "
    "greatest(c.reltuples, 0)::bigint AS rows FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE c.relkind = 'r' AND n.nspname IN ('leads', 'local_crm', 'dagster') ORDER BY 2 DESC"
)


class Size(Frozen):
    name: str  # of a table, with its schema
    bytes: int  # with its indexes
    rows: int  # about


def remove_events(
    engine: Engine, before: datetime, now: datetime, most: int, reached: int = 0
) -> tuple[int, int]:
    """Of runs that went well, what only told of their steps; Dagster has no word for it. Looks at `most`
    events behind the one that was `reached` the last time; answers how many it removed, and how far it came.
    A run that ends well only after its time keeps its events until it goes itself."""
    with engine.connect() as connection:
        if not _has_records(connection):
            return 0, 0  # Dagster's records are elsewhere
        last: int = connection.execute(_LAST).scalar() or 0
    values = {"before": _naive(before), "now": _naive(now), "kinds": list(CHATTY)}
    # Dagster's records may have been made anew since, whose numbers begin at one again
    come, removed, looked_at = (reached if reached <= last else 0), 0, 0
    while looked_at < most:
        batch = min(BATCH, most - looked_at)
        with engine.begin() as connection:
            part = connection.execute(_EVENTS, {**values, "reached": come, "batch": batch}).one()
        removed, looked_at, come = removed + part.removed, looked_at + part.looked_at, part.reached or come
        if part.looked_at < batch:
            break
    return removed, come


def remove_outcomes(engine: Engine, before: datetime, most: int) -> int:
    """What Dagster keeps of assets when the runs that told of it are gone: how checks ended, and when one was
    late. The newest of each check stays."""
    values: dict[str, object] = {"before": _naive(before)}
    with engine.connect() as connection:
        if not _has_records(connection):
            return 0
    removed = _in_batches(engine, _CHECKS, values, most)
    return removed + _in_batches(engine, _STATES, values, most - removed)


def _naive(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)  # Dagster keeps times without a zone, in UTC


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
