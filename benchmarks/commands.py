"""What each command costs before a person sees anything, and whether the list stays quick with many leads.

    python benchmarks/commands.py [--leads 200000]

An installation of its own in a temporary folder, with its own embedded server. CPU is user and system time of
the command and of the processes it waits for; the least of three tries, since other work only adds to it.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import sqlalchemy

from orchestration_project.embedded_server import EmbeddedServer
from orchestration_project.ledger.engine import open_engine

TRIES = 3
COMMANDS = ("--help", "list", "show L-", "submit LEAD", "seen L-", "doctor", "check-playbook")
PAGES = (
    "list",
    "list --status needs_person",
    "list --status done",
    "list --track nurture",
    "list --score 9..",
    "list --sort score",
    "list --since 2026-01-05 --until 2026-01-06",
    "list --text rare",
    "list --text common",
    "list --planned",
    "list --look",
)
MAIN = "from orchestration_project.cli.main import main; main()"
LEAD = '{"id": "b1", "name": "Ann", "email": "ann@acme.example", "message": "Payroll for 20 people"}\n'
FILL = """
INSERT INTO leads.submissions (ref, source, external_id, content, raw, received_at)
SELECT 'L-' || upper(substr(md5('l' || n), 1, 10)), 'inbox', 'f' || n, md5('l' || n), '{}',
    timestamptz '2026-01-01' + n * interval '2 minutes' FROM generate_series(1, :leads) AS n
    ON CONFLICT DO NOTHING;
INSERT INTO leads.work (lead_id, state, submitted_at, changed_at, finished_at, track, score, score_status)
SELECT id, CASE WHEN id % 5000 = 0 THEN 'needs_person' WHEN id % 10 = 0 THEN 'quarantined' ELSE 'done' END,
    received_at, received_at, received_at, CASE WHEN id % 3 = 0 THEN 'priority' ELSE 'nurture' END,
    id % 11, 'scored' FROM leads.submissions WHERE external_id LIKE 'f%';
INSERT INTO leads.facts (lead_id, kind, value, at)
SELECT id, 'Lead', jsonb_build_object('person', jsonb_build_object('full_name', 'Common Name ' || id),
    'message', CASE WHEN id % 20000 = 0 THEN 'a rare word' ELSE 'a common word' END), received_at
    FROM leads.submissions WHERE external_id LIKE 'f%';
INSERT INTO leads.receipts (lead_id, action, status, changed_at)
SELECT id, action, CASE WHEN id % 1000 = 0 THEN 'planned' ELSE 'done' END, received_at + interval '5 seconds'
    FROM leads.submissions, unnest(array['crm_contact', 'draft', 'chat']) AS action
    WHERE external_id LIKE 'f%';
ANALYZE
"""


def cost(command: str, environment: dict[str, str], file: Path) -> tuple[float, float]:
    """Seconds of CPU and of the clock, at best."""
    best = (float("inf"), float("inf"))
    words = [str(file) if word == "LEAD" else word for word in command.split()]
    for _ in range(TRIES):
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(
            [sys.executable, "-c", MAIN, *words],
            env=environment,
            capture_output=True,
            check=False,
        )
        took, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        best = min(best, (cpu, took))
    return best


def show(title: str, commands: tuple[str, ...], environment: dict[str, str], file: Path) -> None:
    print(f"\n{title:<46}{'CPU s':>8}{'clock s':>9}")
    for command in commands:
        cpu, took = cost(command, environment, file)
        print(f"  leads {command:<38}{cpu:>8.2f}{took:>9.2f}")


def measure(leads: int) -> None:
    with tempfile.TemporaryDirectory(prefix="leads-bench-") as folder:
        Path(folder).chmod(0o755)
        home, file = Path(folder) / "home", Path(folder) / "lead.json"
        file.write_text(LEAD, encoding="utf-8")
        environment = {**os.environ, "LEADS_HOME": str(home), "LEADS_DATABASE_URL": "", "COLUMNS": "150"}
        subprocess.run(
            [sys.executable, "-c", MAIN, "submit", str(file)],
            env=environment,
            capture_output=True,
            check=True,
        )
        server = EmbeddedServer(home / "postgres")
        server.start()
        try:
            show("each command", COMMANDS, environment, file)
            if leads:
                engine = open_engine(server.url)
                with engine.begin() as connection:
                    for statement in FILL.split(";"):
                        connection.execute(sqlalchemy.text(statement), {"leads": leads})
                engine.dispose()
                show(f"a page of 50 of {leads:,} leads", PAGES, environment, file)
        finally:
            server.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="What each command costs.")
    parser.add_argument("--leads", type=int, default=0, help="so many leads in the list")
    measure(parser.parse_args().leads)
