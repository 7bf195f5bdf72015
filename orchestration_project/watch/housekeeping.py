"""Keeping an installation small for years: old runs, what they printed, and what nobody reads any more.

What goes by SQL is `ledger/housekeeping.py`; how long things are kept, the playbook's `retention:` says.
"""

import shutil
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

import dagster as dg

from orchestration_project.ledger import Ledger
from orchestration_project.ledger.housekeeping import remove_events, remove_facts, remove_outcomes
from orchestration_project.model import Frozen
from orchestration_project.playbook.retention import Retention

MOST_RUNS = 2_000
MOST_ROWS = 200_000
"""Of one time; what is left waits for the next hour. A day of 10,000 leads is through in five, were each of
them a run of its own."""
MOST_EVENTS = 1_000_000
"""Looked at in one time; the same day leaves about 600,000."""
MARK = "housekeeping"
LOGS = Path("dagster", "storage")
"""Below LEADS_HOME, where `own_records.py` has Dagster keep them."""
_OVER = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


class Removed(Frozen):
    runs: int = 0
    logs: int = 0
    events: int = 0
    facts: int = 0
    outcomes: int = 0

    @property
    def words(self) -> str:
        told = self.model_dump()
        return ", ".join(f"{number:,} {name}" for name, number in told.items() if number) or "nothing"


def keep_house(ledger: Ledger, instance: dg.DagsterInstance, retention: Retention, home: Path) -> Removed:
    """A bounded part of what is due. Doing it again does no harm."""
    now = ledger.clock()
    last = ledger.marks.read().get(MARK)
    come = (last and last.reached) or 0
    events, reached = remove_events(ledger.engine, _before(now, retention.event_days), now, MOST_EVENTS, come)
    removed = Removed(
        logs=_remove_logs(home / LOGS, _before(now, retention.log_days)),
        runs=_remove_runs(instance, _before(now, retention.run_days)),
        events=events,
        facts=remove_facts(ledger.engine, _before(now, retention.run_days), MOST_ROWS),
        outcomes=remove_outcomes(ledger.engine, _before(now, retention.run_days), MOST_ROWS),
    )
    ledger.marks.set(MARK, f"Housekeeping removed {removed.words}.", reached=reached)
    return removed


def _before(now: datetime, days: int) -> datetime:
    return now - timedelta(days=days)


def _remove_runs(instance: dg.DagsterInstance, before: datetime) -> int:
    """With their events and tags. Those of leads stay in the ledger's story."""
    records = instance.get_run_records(
        dg.RunsFilter(statuses=_OVER, updated_before=before), limit=MOST_RUNS, ascending=True
    )
    for record in records:
        instance.compute_log_manager.delete_logs(prefix=[record.dagster_run.run_id])
        instance.delete_run(record.dagster_run.run_id)
    return len(records)


def _remove_logs(folder: Path, before: datetime) -> int:
    """What runs printed: Dagster keeps it in a folder a run, and itself removes none."""
    old = (path for path in folder.glob("*/compute_logs") if path.stat().st_mtime < before.timestamp())
    removed = 0
    for path in islice(old, MOST_RUNS):
        shutil.rmtree(path, ignore_errors=True)
        with suppress(OSError):
            path.parent.rmdir()
        removed += 1
    return removed
