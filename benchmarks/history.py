"""A backfill of a year of history in one run: how long it takes, how much memory, how large the files are.

`python benchmarks/history.py --leads 100000 --days 365`. All is in a folder of its own, and gone afterwards.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import psutil
import sqlalchemy

from orchestration_project.installation import WORKING_COPY, Installation, ready
from orchestration_project.ledger.engine import open_engine

RANGE = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")
MADE_UP = (
    """INSERT INTO leads.submissions (ref, source, external_id, content, raw, received_at)
    SELECT 'L-' || n, 'inbox', n::text, md5(n::text),
        convert_to('{"message": "' || repeat('x', 400) || '"}', 'UTF8'),
        now() - :days * interval '1 day' * n / :leads FROM generate_series(1, :leads) AS n""",
    """INSERT INTO leads.work (lead_id, state, submitted_at, changed_at, track)
    SELECT id, CASE WHEN id % 7 = 0 THEN 'quarantined' ELSE 'done' END, received_at, received_at, 'nurture'
    FROM leads.submissions""",
    """INSERT INTO leads.facts (lead_id, kind, value, at)
    SELECT id, 'Lead', jsonb_build_object('person', jsonb_build_object('email', 'a@b.example',
            'full_name', 'A B', 'region', 'GB'), 'company', jsonb_build_object('domain', 'b.example'),
            'message', repeat('word ', 80), 'consent', true, 'free_mail', false, 'honeypot_filled', false,
            'extra', jsonb_build_object('q', 'a'), 'problems', '[]'::jsonb,
            'attribution', jsonb_build_object('source', 'google'),
            'first_touch', jsonb_build_object('source', 'google'), 'budget', (id % 900)::text), received_at
    FROM leads.submissions""",
    """INSERT INTO leads.facts (lead_id, kind, value, at)
    SELECT id, 'Context', jsonb_build_object('standing', jsonb_build_object('kind', 'new'),
            'lead', jsonb_build_object('language', 'en'), 'website', jsonb_build_object('status', 'found',
            'value', jsonb_build_object('text', repeat('site ', 400))), 'company',
            jsonb_build_object('status', 'not_found')), received_at FROM leads.submissions""",
    """INSERT INTO leads.decisions (lead_id, run_id, decided_at, playbook_version, scorer, score_status,
        score, track, cost_usd, decision)
    SELECT id, 'run', received_at + interval '5 s', 'a', 'offline', 'scored', id % 11, 'nurture', 0.001,
        jsonb_build_object('scoring', jsonb_build_object('score', jsonb_build_object('category', 'inquiry',
            'confidence', 0.5, 'evidence', '["a"]'::jsonb, 'rationale', repeat('why ', 40)),
            'usage', '{}'::jsonb))
    FROM leads.submissions WHERE id % 7 <> 0""",
    """INSERT INTO leads.receipts (lead_id, action, status, changed_at)
    SELECT id, action, 'done', received_at + interval '8 s' FROM leads.submissions,
        unnest(ARRAY['crm_contact', 'draft', 'chat']) AS action WHERE id % 7 <> 0""",
    """INSERT INTO leads.outcomes (lead_id, origin, outcome, at, recorded_at)
    SELECT id, 'csv', CASE WHEN id % 5 = 0 THEN 'won' ELSE 'lost' END, received_at + interval '9 days', now()
    FROM leads.submissions WHERE id % 3 = 0""",
    "ANALYZE",
)


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--leads", type=int, default=100_000)
    given.add_argument("--days", type=int, default=365)
    given.add_argument("--backfill", action="store_true", help=argparse.SUPPRESS)
    asked = given.parse_args()
    if asked.backfill:
        backfill(asked.days)
        return
    with tempfile.TemporaryDirectory(prefix="leads-history-") as folder:
        place = Installation(home=Path(folder), playbook=WORKING_COPY / "playbook", own_database=None)
        with ready(place) as opened:
            fill(opened.url, asked.leads, asked.days)
            subprocess.run(
                [sys.executable, "-W", "ignore", __file__, "--days", str(asked.days), "--backfill"],
                check=True,
                env={**os.environ, **opened.environment},
            )
        files = list((place.home / "history").rglob("*.parquet"))
        size = sum(file.stat().st_size for file in files) / 1e6
        print(f"{len(files)} files, {size:.0f} MB")


def fill(url: str, leads: int, days: int) -> None:
    engine = open_engine(url, pool_size=1)
    began = time.perf_counter()
    with engine.begin() as connection:
        for statement in MADE_UP:
            asked = {"leads": leads, "days": days} if ":leads" in statement else {}
            connection.execute(sqlalchemy.text(statement), asked)
    engine.dispose()
    print(f"{leads} leads over {days} days made up in {time.perf_counter() - began:.0f} s")


def backfill(days: int) -> None:
    """In a process of its own, as a run is; what it takes above a process that does nothing."""
    import dagster as dg  # noqa: PLC0415 - of the process that backfills only

    from orchestration_project.definitions import build_definitions  # noqa: PLC0415 - the same
    from orchestration_project.history.tables import TABLES  # noqa: PLC0415

    first, last = date.today() - timedelta(days=days), date.today()  # noqa: DTZ011 - some day or other
    definitions = build_definitions(history_begins=first)
    job = definitions.resolve_implicit_global_asset_job_def()
    tables = [dg.AssetKey(name) for name in TABLES]
    with dg.DagsterInstance.from_config(os.environ["DAGSTER_HOME"]) as instance:
        idle = psutil.Process().memory_info().rss / 2**20
        began, cpu = time.perf_counter(), time.process_time()
        done = job.execute_in_process(
            instance=instance,
            asset_selection=tables,
            tags=dict(zip(RANGE, (first.isoformat(), last.isoformat()), strict=True)),
            run_config={"loggers": {"console": {"config": {"log_level": "ERROR"}}}},
        )
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    made = len(done.get_asset_materialization_events())
    print(f"one run made {made} partitions in {seconds:.0f} s ({cpu:.0f} s of CPU)")
    print(f"memory: {idle:.0f} MB idle, {peak:.0f} MB at the peak, {peak - idle:.0f} MB above idle")


if __name__ == "__main__":
    main()
