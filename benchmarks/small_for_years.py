"""Sixty days of 10,000 leads, as rows and not as runs: do the tables stay as large as retention lets them?

`python benchmarks/small_for_years.py [--scale 20]`: an embedded server in a temporary folder. With a scale
of 20 a day has a twentieth of the leads. Printed as ratios: the end against the day when retention was
reached. What re-scoring reads, and the leads themselves, are kept and grow with their number.
"""

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time
from typing import Annotated

import typer
from dagster_postgres import DagsterPostgresStorage
from sqlalchemy import Engine, text

from orchestration_project.embedded_server import EmbeddedServer
from orchestration_project.ledger.engine import dagster_url, migrate, open_engine
from orchestration_project.ledger.housekeeping import CHATTY, remove_events, remove_facts, sizes
from orchestration_project.playbook.retention import Retention

LEADS_A_DAY, LEADS_A_RUN, EVENTS_A_RUN, FACTS = 10_000, 25, 114, ("Lead", "Context", "Verdict", "Scoring")
DAYS = 60
REACHED = 46
"""The longest retention, and three vacuums: what they find dead has waited up to five days, and a page of an
index that became empty is used again only after the next one."""
BEGINS = datetime(2026, 9, 1, tzinfo=UTC)
_EVENT = "x" * 900
"""About as long as an event is."""


def day(engine: Engine, number: int, leads: int) -> None:
    """A day of leads and of the runs that carried them, with what each leaves."""
    at, runs = BEGINS + timedelta(days=number), max(1, leads // LEADS_A_RUN)
    with engine.begin() as db:
        first = db.execute(text("SELECT coalesce(max(id), 0) FROM leads.submissions")).scalar_one()
        given = {"at": at, "leads": leads, "day": number, "first": first, "naive": at.replace(tzinfo=None)}
        db.execute(
            text(
                "INSERT INTO leads.submissions (ref, source, external_id, content, raw, received_at) "
                "SELECT 'L-' || :day || '-' || n, 'inbox', :day || '-' || n, '', "
                "convert_to(repeat('x', 600), 'UTF8'), :at FROM generate_series(1, :leads) AS n"
            ),
            given,
        )
        db.execute(
            text(
                "INSERT INTO leads.work (lead_id, state, submitted_at, changed_at, finished_at) "
                "SELECT id, 'done', :at, :at, :at FROM leads.submissions WHERE id > :first"
            ),
            given,
        )
        for kind in FACTS:
            db.execute(
                text(
                    "INSERT INTO leads.facts (lead_id, kind, value, at) SELECT id, :kind, "
                    "jsonb_build_object('message', repeat('x', 900)), :at "
                    "FROM leads.submissions WHERE id > :first"
                ),
                {**given, "kind": kind},
            )
        db.execute(
            text(
                "INSERT INTO dagster.runs "
                "(run_id, pipeline_name, status, run_body, create_timestamp, update_timestamp) "
                "SELECT :day || '-' || n, 'lead_intake', 'SUCCESS', repeat('x', 3000), :naive, :naive "
                "FROM generate_series(1, :runs) AS n"
            ),
            {**given, "runs": runs},
        )
        db.execute(
            text(
                "INSERT INTO dagster.event_logs (run_id, event, dagster_event_type, timestamp) "
                "SELECT :day || '-' || n, :event, "
                "CASE WHEN e < 8 THEN 'PIPELINE_SUCCESS' ELSE :chatty END, :naive "
                "FROM generate_series(1, :runs) AS n, generate_series(1, :events) AS e"
            ),
            {**given, "runs": runs, "event": _EVENT, "events": EVENTS_A_RUN, "chatty": CHATTY[0]},
        )


def keep(engine: Engine, number: int, retention: Retention) -> None:
    """What the hourly job does in a day; runs by SQL, as Dagster's API takes them one by one."""
    now = BEGINS + timedelta(days=number)
    remove_events(engine, now - timedelta(days=retention.event_days), 10**9)
    remove_facts(engine, now - timedelta(days=retention.run_days), 10**9)
    before = {"before": (now - timedelta(days=retention.run_days)).replace(tzinfo=None)}
    with engine.begin() as db:
        old = "(SELECT run_id FROM dagster.runs WHERE update_timestamp < :before)"
        db.execute(text(f"DELETE FROM dagster.event_logs WHERE run_id IN {old}"), before)
        db.execute(text("DELETE FROM dagster.runs WHERE update_timestamp < :before"), before)


def measured(engine: Engine) -> dict[str, float]:
    """MB of what retention bounds, and of what is kept for ever."""
    found = {size.name: size.bytes / 1e6 for size in sizes(engine)}
    with engine.connect() as db:
        of_runs = "count(*) FILTER (WHERE kind NOT IN ('Lead', 'Context'))"
        share = db.execute(text(f"SELECT {of_runs} / count(*)::float FROM leads.facts")).scalar_one()
    return {
        "events": found["dagster.event_logs"],
        "runs": found["dagster.runs"],
        "facts of runs": found["leads.facts"] * share,
        "facts of re-scoring (kept)": found["leads.facts"] * (1 - share),
        "leads (kept)": found["leads.submissions"] + found["leads.work"],
    }


def main(
    scale: Annotated[int, typer.Option(help="A day has so many times fewer leads.")] = 1,
    keeping: Annotated[
        bool, typer.Option(help="Without, it grows: the other side of the comparison.")
    ] = True,
) -> None:
    retention, leads = Retention(), LEADS_A_DAY // scale
    with tempfile.TemporaryDirectory(prefix="leads-years-") as folder:
        Path(folder).chmod(0o711)
        server = EmbeddedServer(Path(folder) / "postgres")
        server.start()
        engine = open_engine(server.url)
        migrate(engine)
        _dagsters_tables(server.url)
        begun, kept = process_time(), 0.0
        at_retention: dict[str, float] = {}
        for number in range(DAYS):
            day(engine, number, leads)
            if keeping:
                before = process_time()
                keep(engine, number, retention)
                kept += process_time() - before
            if number % 5 == 0:
                with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
                    db.execute(text("VACUUM"))  # as autovacuum does by itself
            if number == REACHED - 1:
                at_retention = measured(engine)
            if number % 10 == 9:
                print(f"day {number + 1}", {name: round(mb, 1) for name, mb in measured(engine).items()})
        end = measured(engine)
        for name, mb in end.items():
            print(f"{name}: {mb:.1f} MB after {DAYS} days, {mb / at_retention[name]:.2f} of day {REACHED}")
        print(f"{leads * DAYS:,} leads; {process_time() - begun:.1f} CPU s, {kept:.2f} to keep house")
        engine.dispose()
        server.close()


def _dagsters_tables(url: str) -> None:
    DagsterPostgresStorage(dagster_url(url))  # makes them


if __name__ == "__main__":
    typer.run(main)
