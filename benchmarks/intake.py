"""How long from submission to draft, and how long a burst takes, with `leads dev` as a user runs it.

Run it on an otherwise idle machine: .venv/bin/python benchmarks/intake.py [--leads 10] [--burst 200]
It works in a temporary LEADS_HOME with the offline scorer and files, and stops what it starts. With
`--services` it goes through the real connectors instead, to stand-ins that answer as slowly as the real ones.
"""

import argparse
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

from one_text import allow_one_text
from slow_services import slow_office

from orchestration_project.installation import WORKING_COPY

LEADS = str(Path(sys.executable).with_name("leads"))
SPACING = 11.0  # seconds between single submissions: each has a run to itself
PATIENCE = 180.0
OPEN = {"received", "waiting", "running"}


def submission(number: int) -> dict[str, Any]:
    return {
        "id": f"benchmark-{number}",
        "name": f"Maeve O'Brien {number}",
        "email": f"maeve@joinery-{number}.example",
        "phone": "0117 496 0123",
        "company": f"Joinery {number} Ltd",
        "budget": "600",
        "message": "Our bookkeeper has just left and the VAT deadline is next month. We are a team of 14 and "
        "need somebody to take over the books in Xero and the monthly payroll as soon as possible.",
    }


def leads(*words: str, given: str | None = None) -> str:
    return subprocess.run([LEADS, *words], input=given, text=True, capture_output=True, check=True).stdout


def submit(numbers: range) -> None:
    leads("submit", "-", given="\n".join(json.dumps(submission(number)) for number in numbers))


def listed() -> list[dict[str, Any]]:
    return json.loads(leads("list", "--json", "--all"))


def wait_until_done(number: int) -> list[dict[str, Any]]:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        found = listed()
        if len(found) == number and not any(lead["status"] in OPEN for lead in found):
            return found
        time.sleep(10)  # looking costs a whole process; the times come from the ledger
    raise SystemExit(f"Not done within {PATIENCE:.0f} s.")


def seconds_to_draft(ref: str) -> float:
    story = json.loads(leads("show", ref, "--json"))
    moments = {event["event"]: datetime.fromisoformat(event["at"]) for event in story["events"]}
    at = {
        name: f"{(moment - moments['received']).total_seconds():.1f}"
        for name, moment in sorted(moments.items(), key=lambda item: item[1])
        if name != "received"
    }
    print(f"  {ref}  " + ", ".join(f"{name} {seconds}" for name, seconds in at.items()))
    return (moments["draft done"] - moments["received"]).total_seconds()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=10)
    parser.add_argument("--burst", type=int, default=200)
    parser.add_argument("--services", action="store_true", help="HubSpot, Gmail and others, as stand-ins")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="leads-benchmark-") as folder, ExitStack() as stack:
        os.environ["LEADS_HOME"] = str(Path(folder) / "home")
        playbook = Path(folder) / "playbook"
        if wanted.services:
            office = stack.enter_context(slow_office(playbook))
            os.environ.update(office.environment | {"NO_PROXY": "127.0.0.1"})
        else:
            shutil.copytree(WORKING_COPY / "playbook", playbook)
        allow_one_text(playbook)
        os.environ["LEADS_PLAYBOOK"] = str(playbook)
        with (Path(folder) / "dev.log").open("w") as log:
            server = subprocess.Popen([LEADS, "dev", "--port", str(free_port())], stdout=log, stderr=log)
        try:
            time.sleep(25)
            measure(wanted.leads, wanted.burst)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait()


def measure(singles: int, burst: int) -> None:
    for number in range(singles):
        submit(range(number, number + 1))
        time.sleep(SPACING)
    if singles:
        done = wait_until_done(singles)
        times = [seconds_to_draft(lead["ref"]) for lead in done]
        tracks = Counter(lead["track"] for lead in done)
        print(f"submission to draft, {singles} leads one by one, {dict(tracks)}:")
        print(f"  median {statistics.median(times):.1f} s, worst {max(times):.1f} s")
    if burst:
        submit(range(singles, singles + burst))
        done = wait_until_done(singles + burst)[singles:]
        received = min(datetime.fromisoformat(lead["received_at"]) for lead in done)
        finished = max(datetime.fromisoformat(lead["finished_at"]) for lead in done)
        good = sum(lead["status"] == "done" for lead in done)
        print(f"burst of {burst}: {good} done in {(finished - received).total_seconds():.0f} s")


if __name__ == "__main__":
    main()
