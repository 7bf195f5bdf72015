"""Real rows, many times over: what `leads dev` leaves of some leads, copied for as many as are wanted.

Each copy is other leads of other people, with runs and ticks of their own, at another time. What stands in
their JSON and in the texts of events stays as it was; nobody reads it here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, text

LEDGER = (
    *("submissions", "arrivals", "work", "lead_keys", "first_touches", "facts", "journal", "decisions"),
    *("receipts", "copies", "copy_values"),
)
OF_RUNS = ("runs", "run_tags", "event_logs")
OF_HOURS = (*OF_RUNS, "asset_check_executions")
JOB = "lead_intake"
_ZONED, _NAIVE = "timestamp with time zone", "timestamp without time zone"
_OTHER = "({column} || '-' || k)"
_OF_PEOPLE = {
    "ref": "('L-' || upper(left(md5({column} || k), 10)))",
    "run_id": "md5({column} || k)::uuid::text",
    "key": _OTHER,
    "person_key": _OTHER,
    "run_body": "replace({column}, run_id, md5(run_id || k)::uuid::text)",
}
"""What tells one copy from another. Of a submission its id at the source, too."""
_NEW_ID = ("journal", "decisions", "runs", "run_tags", "asset_check_executions", "job_ticks")
"""Tables whose own numbers nobody refers to: each row gets a new one."""


@dataclass
class Multiplied:
    """`engine` leads to an installation's database; `leads` is how many leads it has carried one by one."""

    engine: Engine
    leads: int
    begun: datetime  # of the sample
    minutes: float  # that it took
    ledger: Sequence[str] = LEDGER  # those of its tables that are copied, beside Dagster's
    copies: int = 0  # made so far
    _columns: dict[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])

    def keep_sample(self) -> None:
        """Sets the rows aside in a schema of their own, which nobody measures."""
        lead_runs = f"(SELECT run_id FROM dagster.runs WHERE pipeline_name = '{JOB}')"
        hour = (
            "(SELECT run_id FROM dagster.event_logs JOIN dagster.runs USING (run_id) "
            "WHERE pipeline_name = '__ASSET_JOB' GROUP BY run_id ORDER BY count(*) DESC LIMIT 1)"
        )
        newest = f"(SELECT max(partition) FROM dagster.event_logs WHERE run_id = {hour})"
        one_day = f"(partition IS NULL OR partition = {newest})"
        kept = {
            **{f"lead_{table}": f"leads.{table}" for table in self.ledger},
            **{f"run_{table}": f"dagster.{table} WHERE run_id IN {lead_runs}" for table in OF_RUNS},
            # the first one makes a month, those of the hours a day
            **{f"hour_{table}": f"dagster.{table} WHERE run_id = {hour}" for table in ("runs", "run_tags")},
            "hour_event_logs": f"dagster.event_logs WHERE run_id = {hour} AND {one_day}",
            "hour_asset_check_executions": f"dagster.asset_check_executions WHERE run_id = {hour} "
            "AND id IN (SELECT max(id) FROM dagster.asset_check_executions GROUP BY asset_key, check_name)",
            "told_job_ticks": "dagster.job_ticks WHERE type = 'SENSOR' AND status = 'SUCCESS'",
            "idle_job_ticks": "dagster.job_ticks WHERE type = 'SENSOR' AND status = 'SKIPPED'",
        }
        with self.engine.begin() as db:
            db.execute(text("DROP SCHEMA IF EXISTS template CASCADE"))
            db.execute(text("CREATE SCHEMA template"))
            for name, source in kept.items():
                db.execute(text(f"CREATE TABLE template.{name} AS SELECT * FROM {source}"))

    def day(self, begins: datetime, leads: int) -> None:
        """As many leads and runs as that, evenly over a day, and what Dagster does by itself meanwhile."""
        rounds = max(1, leads // self.leads)
        hours = 24
        with self.engine.begin() as db:
            db.execute(text("SET LOCAL session_replication_role = replica"))  # no look-ups for foreign keys
            for table in self.ledger:
                self._copy(db, "lead", "leads", table, begins, rounds)
            for table in (*OF_RUNS, "told"):
                kind, name = ("told", "job_ticks") if table == "told" else ("run", table)
                self._copy(db, kind, "dagster", name, begins, rounds)
            self._copy(db, "idle", "dagster", "job_ticks", begins, round(24 * 60 / self.minutes))
            for table in OF_HOURS:
                self._copy(db, "hour", "dagster", table, begins, hours)
        self.copies += max(rounds, hours, round(24 * 60 / self.minutes))

    def _copy(
        self, db: Connection, kind: str, schema: str, table: str, begins: datetime, rounds: int
    ) -> None:
        columns = self._columns.get(f"{kind}_{table}") or self._columns.setdefault(
            f"{kind}_{table}", _columns_of(db, f"{kind}_{table}")
        )
        made = {name: _made(table, name, kind_of) for name, kind_of in columns.items()}
        told = {name: how for name, how in made.items() if how}
        given = {
            "first": self.copies + 1,
            "last": self.copies + rounds,
            "shift": begins - self.begun,
            "spacing": timedelta(days=1) / rounds,
        }
        if table == "event_logs":
            query = "SELECT coalesce(max(id), 0) FROM dagster.event_logs"
            given["base"] = db.execute(text(query)).scalar_one()
        names = ", ".join(f'"{name}"' for name in told)
        sample = (
            f"(SELECT *, row_number() OVER () AS nth, count(*) OVER () AS all_ FROM template.{kind}_{table})"
        )
        rows = f"SELECT {', '.join(told.values())} FROM generate_series(:first, :last) AS k, {sample} AS t"
        db.execute(text(f"INSERT INTO {schema}.{table} ({names}) {rows}"), given)


def _columns_of(db: Connection, table: str) -> Mapping[str, str]:
    found = db.execute(
        text(
            "SELECT column_name, data_type FROM information_schema.columns "
            "WHERE table_schema = 'template' AND table_name = :table"
        ),
        {"table": table},
    )
    return {row.column_name: row.data_type for row in found}


def _made(table: str, column: str, kind: str) -> str | None:
    """How a copy's column is made of the sample's; None: by the table's default."""
    later = "CAST(:shift AS interval) + (k - :first) * CAST(:spacing AS interval)"
    own = {
        ("event_logs", "id"): ":base + (k - :first) * all_ + nth",  # they rise with time, as by themselves
        # seconds, by which the UI finds the runs of its timeline
        ("runs", "start_time"): f"start_time + extract(epoch FROM {later})",
        ("runs", "end_time"): f"end_time + extract(epoch FROM {later})",
        ("submissions", "id"): "id + k * 1000",
        ("submissions", "external_id"): _OTHER.format(column=column),
    }
    if (table, column) in own:
        return own[table, column]
    if column == "id" and table in _NEW_ID:
        return None
    if column in ("lead_id", "duplicate_of"):
        return f"{column} + k * 1000"
    if column in _OF_PEOPLE:
        return _OF_PEOPLE[column].format(column=column)
    if kind in (_ZONED, _NAIVE):
        return f'"{column}" + {later}'
    return f'"{column}"'
