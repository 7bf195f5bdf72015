"""A burst through 1, 2 and 4 workers of a cluster on this machine, to services as slow as real ones.

    .venv/bin/python benchmarks/cluster.py --database postgresql://…/empty --broker redis://127.0.0.1:6379/9

Daemon, web server and code server run as with `leads dev`; each worker carries one run at a time.
The database has to exist and be empty: it is emptied again between the rounds. CPU is user and system
time of all of it but for the stand-ins, which run in this process, and PostgreSQL.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path

import psutil
import sqlalchemy
from intake import LEADS, free_port, submit, wait_until_done
from one_text import allow_one_text
from slow_services import slow_office

from orchestration_project.installation import WORKING_COPY

WARM_SECONDS = 25.0


@contextmanager
def started(*command: str, log: Path) -> Generator[subprocess.Popen[bytes]]:
    with log.open("wb") as said, subprocess.Popen(command, stdout=said, stderr=said) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def cpu_of(processes: list[subprocess.Popen[bytes]]) -> float:
    """Of them and of all below them that live."""
    total = 0.0
    for process in processes:
        above = psutil.Process(process.pid)
        for one in (above, *above.children(recursive=True)):
            times = one.cpu_times()
            total += times.user + times.system
    return total


def empty(database: str) -> None:
    engine = sqlalchemy.create_engine(database.replace("postgresql://", "postgresql+psycopg2://"))
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA IF EXISTS leads, dagster, local_crm CASCADE")
    engine.dispose()


def burst(workers: int, leads: int, folder: Path) -> tuple[float, float]:
    """Seconds from the first submission to the end of the last lead, and CPU seconds."""
    worker = [sys.executable, "-m", "celery", "--app", "orchestration_project.worker", "worker"]
    options = ["--concurrency", "1", "--loglevel", "warning"]
    with ExitStack() as stack:
        processes = [
            stack.enter_context(
                started(*worker, *options, "--hostname", f"w{number}@%h", log=folder / f"worker-{number}.log")
            )
            for number in range(workers)
        ]
        dev = started(LEADS, "dev", "--port", str(free_port()), log=folder / "dev.log")
        processes.append(stack.enter_context(dev))
        time.sleep(WARM_SECONDS)
        before = cpu_of(processes)
        submit(range(leads))
        done = wait_until_done(leads)
        cpu = cpu_of(processes) - before
    received = min(datetime.fromisoformat(lead["received_at"]) for lead in done)
    finished = max(datetime.fromisoformat(lead["finished_at"]) for lead in done)
    assert all(lead["status"] == "done" for lead in done), "some leads did not get through"
    return (finished - received).total_seconds(), cpu


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--database", required=True)
    parser.add_argument("--broker", required=True)
    parser.add_argument("--leads", type=int, default=200)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    wanted = parser.parse_args()
    for workers in wanted.workers:
        empty(wanted.database)
        with tempfile.TemporaryDirectory(prefix="leads-cluster-") as made, ExitStack() as stack:
            folder = Path(made)
            office = stack.enter_context(slow_office(folder / "playbook"))
            allow_one_text(folder / "playbook")
            (folder / "dagster").mkdir()
            settings = (WORKING_COPY / "deploy" / "cluster" / "dagster.yaml").read_text(encoding="utf-8")
            (folder / "dagster" / "dagster.yaml").write_text(
                settings.replace("max_concurrent_runs: 8", f"max_concurrent_runs: {workers}"),
                encoding="utf-8",
            )
            os.environ.update(office.environment)
            os.environ.update(
                {
                    "NO_PROXY": "127.0.0.1",
                    "LEADS_UNPACED": "1",  # nobody keeps to the real ones' rates
                    "LEADS_HOME": str(folder / "home"),
                    "LEADS_PLAYBOOK": str(folder / "playbook"),
                    "LEADS_DATABASE_URL": wanted.database,
                    "LEADS_BROKER_URL": wanted.broker,
                    "LEADS_RESULTS_URL": wanted.broker,
                    "DAGSTER_HOME": str(folder / "dagster"),
                }
            )
            seconds, cpu = burst(workers, wanted.leads, folder)
            shutil.rmtree(folder / "home", ignore_errors=True)
        print(
            f"{workers} worker(s): {wanted.leads} leads in {seconds:.0f} s, "
            f"{wanted.leads / seconds:.1f} leads/s, {1000 * cpu / wanted.leads:.0f} ms CPU a lead",
            flush=True,
        )


if __name__ == "__main__":
    main()
