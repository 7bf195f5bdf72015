"""Sixty days of 10,000 leads, each a run of its own: do the tables stay as large as retention lets them?

`python benchmarks/small_for_years.py [--leads 10000] [--days 60]`. First `leads dev` carries 25 leads
one by one, with all that Dagster does meanwhile; a day is their rows, so many times (`multiplied.py`), and
the housekeeping of 24 hours by its own code. PostgreSQL sweeps by the rule of autovacuum, once a day, since
its own cannot keep up with a day a minute. The ledger of leads is kept, and grows with their number.
"""

import os
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import dagster as dg
import typer
from dagster._core.scheduler.instigation import TickStatus
from multiplied import Multiplied
from speed import running
from speed_leads import ids_of, mixed
from sqlalchemy import Engine, text

from orchestration_project.installation import here, join
from orchestration_project.ledger import Ledger, open_ledger
from orchestration_project.ledger.engine import open_engine
from orchestration_project.ledger.housekeeping import sizes
from orchestration_project.playbook.retention import Retention
from orchestration_project.watch.housekeeping import keep_house

SAMPLE = 25
FLAT = 1.05
"""So much larger than a fortnight before is still flat: retention and sweeping go by steps."""
KEPT = ("submissions", "arrivals", "work", "lead_keys", "first_touches", "journal", "decisions", "receipts")
"""Of leads, for ever; of facts, what re-scoring reads."""
_SHOWN = 1e6  # bytes
_TICKS = timedelta(days=1), timedelta(days=30)
"""Of `retention:` in dagster.yaml, of skipped ticks and of others."""


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def sample(folder: Path) -> tuple[datetime, float]:
    """What `leads dev` makes of some leads. Answers when it began, and how many minutes it took."""
    begun, since = datetime.now(UTC), time.monotonic()
    with running(folder, services=False) as bench:
        leads = mixed("sample", SAMPLE)
        for lead in leads:
            bench.submit([lead])
            time.sleep(2)
        bench.wait(ids_of(leads))
        time.sleep(10)
        return begun, (time.monotonic() - since) / 60


def careless(engine: Engine) -> None:
    """Sizes are what is asked here: nothing waits for the disk, and nobody else sweeps."""
    off = ("fsync", "synchronous_commit", "full_page_writes", "autovacuum")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        for setting in (*(f"{name} = off" for name in off), "max_wal_size = '8GB'"):
            db.execute(text(f"ALTER SYSTEM SET {setting}"))
        db.execute(text("SELECT pg_reload_conf()"))


def sweep(engine: Engine) -> None:
    """As autovacuum does: tables of which a fifth has changed."""
    due = text(
        "SELECT schemaname || '.' || relname FROM pg_stat_user_tables WHERE schemaname <> 'template' "
        "AND (n_dead_tup > 50 + 0.2 * n_live_tup OR n_ins_since_vacuum > 1000 + 0.2 * n_live_tup)"
    )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        for table in db.execute(due).scalars().all():
            db.execute(text(f"VACUUM (ANALYZE) {table}"))


def purge_ticks(instance: dg.DagsterInstance, now: datetime) -> None:
    """As Dagster's daemons do."""
    skipped, others = _TICKS
    for state in instance.all_instigator_state():
        for statuses, age in (
            ([TickStatus.SKIPPED], skipped),
            ([TickStatus.SUCCESS], others),
        ):
            before = (now - age).timestamp()
            instance.purge_ticks(state.instigator_origin_id, state.selector_id, before, statuses)


def measured(engine: Engine) -> dict[str, float]:
    """MB of each table that has any. Of facts apart, which are kept and which are a run's."""
    found = {size.name: size.bytes / 1e6 for size in sizes(engine) if size.bytes > _SHOWN}
    if (facts := found.pop("leads.facts", None)) is not None:
        query = "SELECT avg((kind NOT IN ('Lead', 'Context'))::int) FROM leads.facts TABLESAMPLE SYSTEM (5)"
        with engine.connect() as db:
            share = float(db.execute(text(query)).scalar_one() or 0)
        found |= {"leads.facts of runs": facts * share, "leads.facts kept": facts * (1 - share)}
    return found


def show(days: Sequence[int], at: Sequence[dict[str, float]]) -> None:
    print(f"{'MB':36}" + "".join(f"  day {day:>4}" for day in days) + "   last two")
    for name in sorted(at[-1], key=lambda name: -at[-1][name]):
        told = "".join(f"{found.get(name, 0):10.1f}" for found in at)
        kept = name.removeprefix("leads.") in KEPT or name == "leads.facts kept"
        ratio = at[-1][name] / at[-2][name] if len(at) > 1 and name in at[-2] else 0.0
        word = "kept" if kept else f"{ratio:.2f}" if ratio <= FLAT else f"{ratio:.2f}  grows"
        print(f"{name:36}{told}   {word}", flush=True)


def main(
    leads: Annotated[int, typer.Option(help="A day.")] = 10_000,
    days: int = 60,
    every: Annotated[int, typer.Option(help="Sizes are taken every so many days.")] = 15,
) -> None:
    with tempfile.TemporaryDirectory(prefix="leads-years-") as made:
        folder = Path(made)
        folder.chmod(0o711)
        begun, minutes = sample(folder)
        os.environ["LEADS_HOME"] = str(folder / "home")
        engine, clock = open_engine(join().url, pool_size=2), Clock()
        careless(engine)
        live(engine, clock, Multiplied(engine, SAMPLE, begun, minutes), leads, days, every)
        engine.dispose()


def live(engine: Engine, clock: Clock, rows: Multiplied, leads: int, days: int, every: int) -> None:
    rows.keep_sample()
    ledger = open_ledger(engine, clock)
    taken: list[dict[str, float]] = []
    at: list[int] = []
    written = kept = swept = 0.0
    with dg.DagsterInstance.from_config(str(here().dagster_home)) as instance:
        for number in range(1, days + 1):
            since = time.monotonic()
            rows.day(clock.now, leads)
            written += time.monotonic() - since
            since = time.monotonic()
            keep_day(ledger, instance, clock)
            kept += time.monotonic() - since
            since = time.monotonic()
            sweep(engine)
            swept += time.monotonic() - since
            if number % every == 0:
                at.append(number)
                taken.append(measured(engine))
                show(at, taken)
                spent = f"{kept:.0f} s of housekeeping, {swept:.0f} s of sweeping"
                print(f"{written:.0f} s to write {number} days, {spent}\n", flush=True)
    ledger.close()


def keep_day(ledger: Ledger, instance: dg.DagsterInstance, clock: Clock) -> None:
    for _ in range(24):
        clock.now += timedelta(hours=1)
        keep_house(ledger, instance, Retention(), here().home)
    purge_ticks(instance, clock.now)


if __name__ == "__main__":
    typer.run(main)
