"""A process that takes in what a source delivers and dies of it: `LEADS_CRASH_AT` says where.

It knows no fixtures: those take `LEADS_` variables out of the environment.
"""

import json
import os
from typing import Any

from orchestration_project.clock import utc_now
from orchestration_project.installation import WORKING_COPY
from orchestration_project.intake import take_in
from orchestration_project.ledger import Ledger, open_ledger
from orchestration_project.ledger.engine import open_engine
from orchestration_project.ledger.sources import Reading
from orchestration_project.model import Delivery
from orchestration_project.offer import capabilities
from orchestration_project.playbook.load import load_playbook

PLAYBOOK = load_playbook(WORKING_COPY / "playbook", capabilities())

ANN = {"id": "7", "name": "Ann One", "email": "ann@one.example", "message": "Payroll for 14 people, please."}
BOB = {"id": "7", "name": "Bob Two", "email": "bob@two.example", "message": "Books for my studio, please."}


def delivery(payload: dict[str, Any]) -> Delivery:
    return Delivery(external_id=payload.get("id"), raw=json.dumps(payload).encode())


def read_source(ledger: Ledger) -> None:
    """Goes on where the cursor stands: first Ann, then Bob under her id, and Ann once more under another."""
    if ledger.sources.cursor("inbox") is None:
        reading = Reading(source="inbox", before=None, after="1")
        take_in(ledger, PLAYBOOK, "inbox", [delivery(ANN)], reading)
    if ledger.sources.cursor("inbox") == "1":
        reading = Reading(source="inbox", before="1", after="2")
        take_in(ledger, PLAYBOOK, "inbox", [delivery(BOB), delivery(ANN | {"id": "8"})], reading)


def die(asked: tuple[str, str]) -> None:
    """With the ledger at this URL, at that point. In a process of its own."""
    url, os.environ["LEADS_CRASH_AT"] = asked
    read_source(open_ledger(open_engine(url), utc_now))
