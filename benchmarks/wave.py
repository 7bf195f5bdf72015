"""One wave of near-equal messages under many names through a whole installation: what is left outside.

    python -m benchmarks.wave

Its own LEADS_HOME in a temporary folder, the embedded connectors, the shipped playbook. How leads are judged
one by one is `decisions.py`.
"""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy

from orchestration_project.embedded_server import EmbeddedServer
from orchestration_project.ledger.engine import open_engine

SIZE = 105
MAIN = "from orchestration_project.cli.main import main; main()"
GIVEN = ("Ada", "Boris", "Chloe", "Dmitri", "Elif", "Farah", "Goran")
FAMILY = ("Hill", "Ivanov", "Jansen", "Kaya", "Lopez", "Moreau", "Novak", "Owens", "Petrov", "Quinn", "Rossi")
TEXT = (
    "My name is {1}, our bookkeeper has left us with {0} open invoices and the VAT deadline is next month. "
    "We need somebody to take over the books in Xero as soon as possible."
)
"""It reads well: what gives it away is that so many write it."""


@dataclass(frozen=True)
class Left:
    """`contacts`, `drafts`: written. `lines`: in chat. `waiting`: leads that a person is to look at."""

    contacts: int
    drafts: int
    lines: int
    waiting: int

    @property
    def most(self) -> int:
        return max(self.contacts, self.drafts, self.lines)


def wave(size: int = SIZE) -> str:
    """As a file of JSON lines."""
    names = [f"{GIVEN[n % len(GIVEN)]} {FAMILY[n % len(FAMILY)]}" for n in range(size)]
    leads = (
        {
            "id": f"w{number}",
            "name": name,
            "email": f"{name.replace(' ', '.').lower()}@{name.split()[1].lower()}-trade{number}.example",
            "message": TEXT.format(number, name),
        }
        for number, name in enumerate(names)
    )
    return "".join(f"{json.dumps(lead)}\n" for lead in leads)


def left_by_a_wave(size: int = SIZE) -> Left:
    with tempfile.TemporaryDirectory(prefix="leads-wave-") as folder:
        Path(folder).chmod(0o755)
        home, file = Path(folder) / "home", Path(folder) / "wave.jsonl"
        file.write_text(wave(size), encoding="utf-8")
        environment = {**os.environ, "LEADS_HOME": str(home), "LEADS_DATABASE_URL": ""}
        for command in (("submit", str(file)), ("run",)):
            subprocess.run(
                [sys.executable, "-c", MAIN, *command], env=environment, capture_output=True, check=True
            )
        log = home / "chat.log"
        lines = len(log.read_text(encoding="utf-8").splitlines()) if log.exists() else 0
        server = EmbeddedServer(home / "postgres")
        server.start()
        try:
            engine = open_engine(server.url)
            count = "SELECT count(*) FROM leads.receipts WHERE action = :action AND status = 'done'"
            with engine.connect() as connection:
                contacts, drafts = (
                    connection.execute(sqlalchemy.text(count), {"action": action}).scalar_one()
                    for action in ("crm_contact", "draft")
                )
                states = "SELECT count(*) FROM leads.work WHERE state IN ('to_check', 'quarantined')"
                waiting = connection.execute(sqlalchemy.text(states)).scalar_one()
            engine.dispose()
        finally:
            server.close()
    return Left(contacts=contacts, drafts=drafts, lines=lines, waiting=waiting)


if __name__ == "__main__":
    print(left_by_a_wave())
