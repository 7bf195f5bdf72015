"""What Dagster does anew for each run and each event of a test, done once, or when somebody looks.

What a run does, and what is recorded of it, stays Dagster's own.
"""

import sqlite3
import threading
import zlib
from collections import namedtuple
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any, cast

import dagster as dg
import pytest
import sqlalchemy
from dagster._core.definitions import scoped_resources_builder
from dagster._core.snap import ExecutionPlanSnapshot, create_execution_plan_snapshot_id
from dagster._core.storage.event_log.schema import SqlEventLogStorageMetadata
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.runs.schema import RunStorageSqlMetadata, SnapshotsTable
from dagster._core.storage.runs.sql_run_storage import SnapshotType
from dagster._core.storage.runs.sqlite import sqlite_run_storage
from sqlalchemy import event
from sqlalchemy.pool import StaticPool

_QUIET = {"telemetry": {"enabled": False}}
_ADD_SNAPSHOT = SnapshotsTable.insert().prefix_with("OR IGNORE")


def write_events_when_read(instance: dg.DagsterInstance) -> None:
    """Events of an instance in memory go into its tables in their order, but not before somebody looks at
    the tables: most tests ask the ledger alone."""
    storage: Any = instance.event_log_storage
    store, connect = storage.store_event, storage._connect
    pending: list[dg.EventLogEntry] = []
    writing = threading.RLock()

    @contextmanager
    def with_all_written() -> Generator[Any]:
        with writing:
            events = pending.copy()
            del pending[: len(events)]
            for one in events:
                store(one)  # which comes here again, for a connection
        with connect() as connection:
            yield connection

    storage.store_event = pending.append
    storage._connect = with_all_written


_plans: dict[tuple[str, tuple[str, ...]], str] = {}
_bodies: dict[str, bytes] = {}


def keep_snapshots(instance: dg.DagsterInstance) -> None:
    """What Dagster keeps of a job, and of a run's plan, is worked out once for all runs of one job: theirs
    differ in nothing but the leads."""
    domain: Any = instance.run_domain
    storage: Any = instance.run_storage
    there: set[str] = set()

    def add(snapshot_id: str, snapshot_obj: Any, snapshot_type: SnapshotType) -> str:
        if snapshot_id not in _bodies:
            _bodies[snapshot_id] = zlib.compress(dg.serialize_value(snapshot_obj).encode())
        row = {
            "snapshot_id": snapshot_id,
            "snapshot_body": _bodies[snapshot_id],
            "snapshot_type": snapshot_type.value,
        }
        with storage.connect() as connection:
            connection.execute(_ADD_SNAPSHOT, row)
        return snapshot_id

    def ensure(plan: ExecutionPlanSnapshot, job: str, _steps: Sequence[str] | None) -> str:
        key = job, tuple(plan.step_keys_to_execute)
        if key not in _plans:
            _plans[key] = create_execution_plan_snapshot_id(plan)
        if _plans[key] not in there:
            there.add(add(_plans[key], plan, SnapshotType.EXECUTION_PLAN))
        return _plans[key]

    storage._add_snapshot = add
    domain.ensure_persisted_execution_plan_snapshot = ensure


def keep_for_its_runs(job: dg.JobDefinition) -> dg.JobDefinition:
    """The same job, which makes what `execute_in_process` executes once, not for each run: with it goes the
    snapshot that Dagster keeps of a run's job."""
    if "as_ephemeral_job" not in vars(job):
        kept, patched = job.as_ephemeral_job({}, {}), cast("Any", job)

        def as_ephemeral_job(**_: object) -> dg.JobDefinition:
            return kept

        patched.as_ephemeral_job = as_ephemeral_job
    return job


@cache
def keep_shapes_of_resources() -> None:
    """For what an op may ask of its context Dagster makes a named tuple, and Python compiles each anew."""
    kept = lru_cache(namedtuple)  # noqa: PYI024 - Dagster's

    def of(name: str, fields: Sequence[str]) -> type:
        return kept(name, tuple(fields))

    cast("Any", scoped_resources_builder).namedtuple = of


def in_memory(folder: Path) -> dg.DagsterInstance:
    """An instance in memory. Its tables are copies of tables that were made once. They are the newest and
    last as long as it does: nobody asks of which revision they are, and to write that down costs most."""
    with pytest.MonkeyPatch.context() as patch:
        for records, metadata in (("runs", RunStorageSqlMetadata), ("event_log", SqlEventLogStorageMetadata)):
            where = f"dagster._core.storage.{records}.in_memory.stamp_alembic_rev"
            patch.setattr(where, _nothing)
            patch.setattr(metadata, "create_all", partial(_copy_tables, _tables(metadata)))
        instance = dg.DagsterInstance.ephemeral(str(folder), settings=_QUIET)
    return quickened(instance)


def quickened(instance: dg.DagsterInstance) -> dg.DagsterInstance:
    keep_shapes_of_resources()
    write_events_when_read(instance)
    keep_snapshots(instance)
    return instance


def on_disk(folder: Path) -> dg.DagsterInstance:
    """An instance that other processes see too. For each event Dagster makes an engine anew, which compiles
    its statement anew: most of what an event costs."""
    for records in (sqlite_event_log, sqlite_run_storage):
        vars(records)["create_engine"] = _kept_engine
    return dg.DagsterInstance.local_temp(str(folder), overrides=_QUIET)


def _kept_engine(
    url: str, *, connect_args: Mapping[str, Any] | None = None, **given: Any
) -> sqlalchemy.Engine:
    return _engine(url, tuple((connect_args or {}).items()), tuple(given.items()))


@lru_cache(100)
def _engine(
    url: str, connect_args: tuple[tuple[str, Any], ...], given: tuple[tuple[str, Any], ...]
) -> sqlalchemy.Engine:
    """No connection is kept: Dagster gives it a pool that keeps none."""
    engine = sqlalchemy.create_engine(url, connect_args=dict(connect_args), **dict(given))
    event.listen(engine, "connect", _wait_for_no_disk)
    return engine


def _wait_for_no_disk(connection: sqlite3.Connection, _record: object) -> None:
    """Nothing here has to outlive the machine, and of a process that dies the system writes it down."""
    connection.execute("PRAGMA synchronous = OFF")


@cache
def _tables(metadata: sqlalchemy.MetaData) -> sqlite3.Connection:
    made = sqlite3.connect(":memory:")
    metadata.create_all(sqlalchemy.create_engine("sqlite://", creator=lambda: made, poolclass=StaticPool))
    return made


def _copy_tables(made: sqlite3.Connection, connection: sqlalchemy.Connection) -> None:
    made.backup(cast("sqlite3.Connection", connection.connection.driver_connection))


def _nothing(*_: object) -> None: ...
