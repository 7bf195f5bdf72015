"""`leads dev` and `leads demo`: the whole thing on one machine, and the sample leads through it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import anyio
import typer

from orchestration_project.cli.files import deliveries_in
from orchestration_project.cli.leads import INBOX
from orchestration_project.cli.session import Session, here, read_playbook, session
from orchestration_project.cli.view import leads_table, out
from orchestration_project.connectors.crm.local import LocalCrm
from orchestration_project.errors import LeadsError
from orchestration_project.installation import WORKING_COPY, running
from orchestration_project.intake import take_in
from orchestration_project.orchestration.resources import given_for
from orchestration_project.playbook.model import Playbook

SAMPLES = WORKING_COPY / "samples"


def dev(
    port: Annotated[int, typer.Option(help="Of the Dagster UI, on this machine only.")] = 3000,
) -> None:
    """Dagster UI, daemon and sensors on this machine. Ctrl-C stops all of it."""
    installation = here()
    playbook = read_playbook(installation)
    with running(installation):
        out.print(f"Dagster UI: http://127.0.0.1:{port}   playbook version {playbook.version}")
        out.print("Sensors are on: `leads submit FILE` in another terminal starts a run at once.\n")
        command = [
            *(sys.executable, "-m", "dagster", "dev", "--host", "127.0.0.1", "--port", str(port)),
            *("--workspace", str(WORKING_COPY / "workspace.yaml"), "--log-level", "warning"),
        ]
        # a folder of its own: `dagster dev` must not read the project file of wherever we stand
        status = subprocess.run(command, cwd=installation.dagster_home, check=False).returncode
    if status not in (0, -2, 130):
        raise LeadsError(f"Dagster stopped with status {status}. What it said is above.")


def demo() -> None:
    """Send the sample leads through the real job, with the embedded connectors only."""
    from orchestration_project.cli.processing import process

    with session() as desk:
        playbook = read_playbook(desk.installation)
        _seed_crm(desk, playbook)
        samples = SAMPLES / "submissions.jsonl"
        stored = take_in(desk.ledger, playbook, INBOX, deliveries_in(samples.read_bytes(), str(samples)))
        new = {item.ref for item in stored if item.new}
        repeated = len(stored) - len(new)
        out.print(f"{len(stored)} submissions: {len(new)} new, {repeated} delivered again and kept once.\n")
        processed = process(desk)
        out.print(leads_table(desk.ledger.stories.list_leads(refs=[item.ref for item in stored])))
        if not processed:
            out.print("\nEverything here was done before: nothing was done twice.")
        _say_what_next(desk)


def _seed_crm(desk: Session, playbook: Playbook) -> None:
    """The sample firm has customers already. Only the embedded CRM is ever filled with them."""
    if playbook.connections.crm.connector != "local":
        return
    crm = LocalCrm.open(playbook.connections.crm, given_for(playbook, desk.installation.home, desk.ledger))
    for line in (SAMPLES / "crm_contacts.jsonl").read_text(encoding="utf-8").splitlines():
        contact = json.loads(line)

        async def seed(contact: dict[str, str] = contact) -> None:
            if await crm.find_contact(contact["email"]) is None:
                await crm.create_contact(contact, {})

        anyio.run(seed)


def _say_what_next(desk: Session) -> None:
    home = desk.installation.home
    out.print("\n[bold]The drafts wait for you here[/], as files your mail program opens:")
    out.print(f"  {home / 'outbox' / 'to review and send'}", soft_wrap=True)
    out.print(f"Folders, calendar holds and the chat line are in {home}.\n", soft_wrap=True)
    out.print("[bold]Next[/]")
    out.print("  .venv/bin/leads show REF      the whole story of one lead")
    out.print("  make dev                      the Dagster UI, with every run above, and live sensors")
    out.print("  playbook/playbook.yaml        the rules; change one, then .venv/bin/leads check-playbook")
