"""Where the seconds of a lead go when services answer as slowly as real ones, and what goes side by side.

Run it by hand, from the working copy: `.venv/bin/python benchmarks/latency.py [LEADS]`. It needs no account
and no network; it is no test, since its numbers depend on the machine.

The job runs in this process, one lead after another: sensor loop, queue and start of a run process are not
in it. `waiting` is the time (and its share) in which at least one service was being waited for; `in a row` is
what the same calls would take one after another. Where both are the same, nothing went side by side.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
from slow_services import slow_office

from orchestration_project.cli.services_demo import SAMPLES
from orchestration_project.clock import utc_now
from orchestration_project.fake_services.base import FakeService, Request
from orchestration_project.fake_services.office import Office
from orchestration_project.installation import Installation, ready
from orchestration_project.intake import take_in
from orchestration_project.ledger import Ledger, open_ledger
from orchestration_project.ledger.engine import open_engine
from orchestration_project.model import Delivery
from orchestration_project.offer import capabilities
from orchestration_project.orchestration.local_run import local_dispatcher, process_pending
from orchestration_project.playbook.load import load_playbook
from orchestration_project.playbook.model import Playbook

LAYERS = ("data", "decision", "action")
Span = tuple[float, float]


@dataclass(frozen=True)
class Part:
    """Seconds of one layer of one lead, or of the whole of it."""

    took: float
    waiting: float
    in_a_row: float

    def __str__(self) -> str:
        share = self.waiting / self.took if self.took else 0
        waiting = f"waiting {self.waiting:5.2f} s ({share:3.0%})"
        return f"{self.took:6.2f} s  {waiting}  in a row {self.in_a_row:5.2f} s"


class Stopwatch:
    """When each service was waited for."""

    def __init__(self, office: Office) -> None:
        self.waits: list[tuple[str, Span]] = []
        for name, service in office.services.items():
            service.watcher = self._watcher(name, service)

    def during(self, span: Span) -> Part:
        begin, end = span
        inside = [(max(since, begin), min(until, end)) for _, (since, until) in self.waits]
        inside = [(since, until) for since, until in inside if since < until]
        return Part(end - begin, covered(inside), sum(until - since for since, until in inside))

    def _watcher(self, name: str, service: FakeService) -> Any:
        def watch(_request: Request) -> None:
            now = time.time()  # as Dagster's events have it
            self.waits.append((name, (now, now + service.latency)))

        return watch


def covered(spans: Iterable[Span]) -> float:
    """Length of all spans together, where they overlap counted once."""
    total, reached = 0.0, float("-inf")
    for since, until in sorted(spans):
        total += max(0.0, until - max(since, reached))
        reached = max(reached, until)
    return total


def steps_of(instance: dg.DagsterInstance, run_id: str) -> dict[str, Span]:
    """Begin and end of each op that ran, by its path in the graph."""
    starts: dict[str, float] = {}
    spans: dict[str, Span] = {}
    for entry in instance.all_logs(run_id):
        event = entry.dagster_event
        if event is None or event.step_key is None:
            continue
        if event.event_type is dg.DagsterEventType.STEP_START:
            starts.setdefault(event.step_key, entry.timestamp)
        elif event.event_type is dg.DagsterEventType.STEP_SUCCESS:
            spans[event.step_key] = (starts[event.step_key], entry.timestamp)
    return spans


def layer_of(step: str) -> str:
    first = step.partition(".")[0]
    return first if first in LAYERS else "action"


def submissions(count: int) -> list[dict[str, Any]]:
    """Priority leads of different firms, so that nothing is known from the one before."""
    with (SAMPLES / "submissions.jsonl").open(encoding="utf-8") as lines:
        sample: dict[str, Any] = json.loads(next(lines))
    return [
        {**sample, "id": f"B-{n}", "email": f"priya@firm{n}.example", "website": ""} for n in range(count)
    ]


def measure(count: int, office: Office, ledger: Ledger, playbook: Playbook) -> None:
    watch = Stopwatch(office)
    parts: dict[str, list[Part]] = defaultdict(list)
    home = Path(os.environ["LEADS_HOME"])
    with dg.DagsterInstance.from_config(str(home / "dagster")) as instance:
        for payload in submissions(count):
            begun = time.time()
            take_in(
                ledger,
                playbook,
                "inbox",
                [Delivery(external_id=payload["id"], raw=json.dumps(payload).encode())],
            )
            with local_dispatcher(ledger, instance, playbook, home) as dispatcher:
                (ref,) = process_pending(dispatcher)
            ended = time.time()
            (lead,) = ledger.stories.list_leads(refs=[ref])
            if (lead.status, lead.track) != ("done", "priority"):
                raise SystemExit(f"{ref} is {lead.status}, {lead.track}: {lead.explanation}")
            steps = steps_of(instance, instance.get_runs(limit=1)[0].run_id)
            for layer in LAYERS:
                own = [span for step, span in steps.items() if layer_of(step) == layer]
                parts[layer].append(watch.during((min(own)[0], max(end for _, end in own))))
            parts["whole"].append(watch.during((begun, ended)))
            for step, span in steps.items():
                parts[step].append(watch.during(span))
            print(f"{ref}  {parts['whole'][-1]}")
    show(parts)


def show(parts: dict[str, list[Part]]) -> None:
    print("\nby layer, median (the first lead also makes the CRM's fields and signs in)")
    for name in (*LAYERS, "whole"):
        print(f"  {name:30} {middle(parts[name])}")
    print(f"  {'whole, worst':30} {max(parts['whole'], key=lambda part: part.took)}")
    print("\nby op, median")
    for name, measured in parts.items():
        if "." in name:
            print(f"  {name:30} {middle(measured)}")


def middle(parts: Sequence[Part]) -> Part:
    return Part(
        *(
            statistics.median(getattr(part, field) for part in parts)
            for field in ("took", "waiting", "in_a_row")
        )
    )


def main(count: int) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="leads-latency-") as folder,
        slow_office(Path(folder) / "playbook") as office,
    ):
        installation = Installation(Path(folder) / "home", Path(folder) / "playbook", own_database=None)
        os.environ.update(office.environment)
        with ready(installation) as place:
            ledger = open_ledger(open_engine(place.url), utc_now)
            playbook = load_playbook(installation.playbook, capabilities())
            try:
                measure(count, office, ledger, playbook)
            finally:
                ledger.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
