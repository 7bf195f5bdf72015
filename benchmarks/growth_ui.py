"""The start of the UI with many leads beside one with few: `leads dev` until its first page is shown.

By hand: `.venv/bin/python benchmarks/growth_ui.py [--many 1000000] [--few 1000]`; needs Chromium. Two
installations with a year of leads each; of the runs of those leads, Dagster has what retention leaves it.
Processor time is that of the whole installation, without Chromium's: the median of some starts, by turns.
What else grows with a ledger, or does not, is measured in `growth.py`.
"""

import argparse
import os
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from browser import CHROMIUM, tab
from footprint import Watched
from growth_ledgers import DAYS, fill
from multiplied import JOB, Multiplied
from speed import LEADS, PATIENCE, free_port, running
from speed_leads import ids_of, mixed
from sqlalchemy import Engine, text

from orchestration_project.embedded_server import EmbeddedServer
from orchestration_project.installation import WORKING_COPY, join
from orchestration_project.ledger.engine import open_engine
from orchestration_project.offer import capabilities
from orchestration_project.playbook.load import load_playbook
from orchestration_project.playbook.retention import Retention

STARTS = 5
MAY_BE = 1.2
SAMPLE = 10
FIGURES = ("code loaded", "first page shown", "code loaded, processor time", "first page, processor time")


def sample(folder: Path) -> tuple[datetime, float]:
    """What `leads dev` makes of some leads, each a run of its own. Answers when, and in how many minutes."""
    begun, since = datetime.now(UTC), time.monotonic()
    with running(folder, services=False) as bench:
        for lead in (leads := mixed("sample", SAMPLE)):
            bench.submit([lead])
            time.sleep(2)
        bench.wait(ids_of(leads))
        server = join().server
    assert server is not None
    server.close()  # each start that is measured brings its own
    return begun, (time.monotonic() - since) / 60


@contextmanager
def engine_of(folder: Path) -> Generator[Engine]:
    server = EmbeddedServer(folder / "home" / "postgres")
    server.start()
    try:
        engine = open_engine(server.url)
        yield engine
        engine.dispose()
    finally:
        server.close()


def grow(folder: Path, leads: int, begun: datetime, minutes: float) -> None:
    """Other leads instead of the sample's, and of the last days what Dagster remembers."""
    kept, now = Retention(), datetime.now(UTC)
    since = time.monotonic()
    with engine_of(folder) as engine:
        rows = Multiplied(engine, SAMPLE, begun, minutes, ledger=())
        rows.keep_sample()
        with engine.begin() as db:
            db.execute(text("TRUNCATE leads.submissions RESTART IDENTITY CASCADE"))
            db.execute(text("DELETE FROM leads.connections"))
            events = "template.run_event_logs"
            db.execute(text(f"CREATE TABLE template.whole AS SELECT * FROM {events}"))
            db.execute(text(f"DELETE FROM {events} WHERE step_key IS NOT NULL"))
        for age in range(kept.run_days, 0, -1):
            if age == kept.event_days:
                with engine.begin() as db:
                    db.execute(text(f"TRUNCATE {events}"))
                    db.execute(text(f"INSERT INTO {events} SELECT * FROM template.whole"))
            rows.day(now - timedelta(days=age), leads // DAYS)
        with engine.begin() as db:
            db.execute(text("DROP SCHEMA template CASCADE"))
            last = "(SELECT max(id) FROM dagster.event_logs)"
            db.execute(text(f"SELECT setval(pg_get_serial_sequence('dagster.event_logs', 'id'), {last})"))
            # as Dagster's daemons would have, by `retention:` in dagster.yaml
            old = "status = 'SKIPPED' AND timestamp < now() - interval '1 day'"
            db.execute(text(f"DELETE FROM dagster.job_ticks WHERE {old}"))
        fill(engine, load_playbook(WORKING_COPY / "playbook", capabilities()), leads)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
            db.execute(text("VACUUM ANALYZE dagster.job_ticks"))
        with engine.connect() as db:
            query = "SELECT (SELECT count(*) FROM dagster.runs), (SELECT count(*) FROM dagster.event_logs)"
            runs, written = db.execute(text(query)).one()
    took = time.monotonic() - since
    print(f"{leads:,} leads, {runs:,} runs, {written:,} events, written in {took:.0f} s", flush=True)


def start(folder: Path) -> tuple[float, float, float, float]:
    """Seconds until the code is loaded and until the first page is there, and the processor time of both."""
    os.environ["LEADS_HOME"] = str(folder / "home")
    port = free_port()
    with tab() as browser, (folder / "dev.log").open("w") as log:
        since = time.monotonic()
        dev = subprocess.Popen([LEADS, "dev", "--port", str(port)], stdout=log, stderr=log)
        try:
            watched = Watched(dev.pid, folder / "home" / "postgres")
            address = f"http://127.0.0.1:{port}"
            while not _loaded(address):
                if dev.poll() is not None or time.monotonic() - since > PATIENCE:
                    raise SystemExit(f"leads dev does not serve its code; see {folder / 'dev.log'}")
                time.sleep(0.05)
            loaded, cpu = time.monotonic() - since, sum(watched.cpu().values())
            shown = loaded + browser.seconds_until(address, JOB)
            return loaded, shown, cpu, sum(watched.cpu().values())
        finally:
            dev.send_signal(signal.SIGTERM)
            dev.wait()


_ASKED = (
    "{ workspaceOrError { ... on Workspace { locationEntries { locationOrLoadError { __typename } } } } }"
)


def _loaded(address: str) -> bool:
    try:
        answer = httpx.post(f"{address}/graphql", json={"query": _ASKED}, timeout=60).json()
    except httpx.TransportError:
        return False
    entries = answer["data"]["workspaceOrError"]["locationEntries"]
    told = [(one["locationOrLoadError"] or {}).get("__typename") for one in entries]
    return bool(told) and set(told) == {"RepositoryLocation"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--few", type=int, default=1_000)
    parser.add_argument("--many", type=int, default=1_000_000)
    asked = parser.parse_args()
    if shutil.which(CHROMIUM) is None:
        raise SystemExit("Chromium is needed: apt-get install chromium")
    with tempfile.TemporaryDirectory(prefix="leads-growth-") as made:
        few, many = (Path(made) / name for name in ("few", "many"))
        Path(made).chmod(0o711)
        few.mkdir()
        begun, minutes = sample(few)
        # with its owners: of root the embedded server is another user
        subprocess.run(["cp", "--archive", few, many], check=True)
        for folder, leads in ((few, asked.few), (many, asked.many)):
            grow(folder, leads, begun, minutes)
        starts = [(start(few), start(many)) for _ in range(STARTS + 1)][1:]
    print(f"{'':34}{asked.few:>12,}{asked.many:>14,}   ratio")
    for number, name in enumerate(FIGURES):
        one, other = (statistics.median(each[which][number] for each in starts) for which in (0, 1))
        remark = "" if other / one <= MAY_BE else "  above 1.2"
        print(f"{name:34}{one:>10.2f} s{other:>12.2f} s   {other / one:.2f}{remark}")


if __name__ == "__main__":
    main()
