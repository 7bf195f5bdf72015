"""All figures of speed in one run, with `leads dev` as a user runs it, and beside each its processor time.

Run it on an otherwise idle machine: `.venv/bin/python benchmarks/speed.py [--burst 1000] [--leads 20]`; parts
of it with `--only idle,singles,pairs,burst,services,services-burst,split,services-split`. It works in
temporary folders, with the embedded server, and stops what it starts. Services are stand-ins in a process of
their own, whose time is not counted; in a burst nobody keeps to the real ones' rates.

`split` and `services-split` print, of a burst in an installation of its own, a table of a lead's processor
time: Dagster, HTTP, SQL and ours by process (`sampled.py`). `--stacks FOLDER` keeps what they are made of.
"""

import argparse
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from footprint import ROLES, Peak, Watched
from in_process.sitecustomize import EVERY_SECONDS, FOLDER
from sampled import KINDS, Split, sampling
from speed_leads import ids_of, mixed, priority
from sqlalchemy import Engine, text

from orchestration_project.installation import here, join
from orchestration_project.ledger.engine import open_engine

LEADS = str(Path(sys.executable).with_name("leads"))
HERE = Path(__file__).parent
PARTS = ("idle", "singles", "pairs", "burst", "services", "services-burst", "split", "services-split")
ROUNDS = (PARTS[:4], PARTS[4:6], PARTS[6:7], PARTS[7:])
"""Those of one round share an installation; what writes down its stacks has one of its own."""
SAMPLED = 2
"""The first of these rounds."""
PATIENCE = 900.0
SPACING = 8.0
CALM = 30.0
"""Seconds until a freshly started `leads dev` has made its tables and warmed its parent."""


@dataclass(frozen=True)
class Bench:
    """One running installation."""

    watched: Watched
    engine: Engine

    def submit(self, payloads: Sequence[dict[str, Any]]) -> float:
        """Seconds of processor time of the command itself."""
        before = psutil.Process().cpu_times()
        subprocess.run(
            [LEADS, "submit", "-"],
            input="\n".join(json.dumps(payload) for payload in payloads),
            text=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=unsampled(),
            check=True,
        )
        after = psutil.Process().cpu_times()
        return after.children_user + after.children_system - before.children_user - before.children_system

    def wait(self, ids: Sequence[str]) -> int:
        """Until all of these are through. Answers how many connections the database had at most."""
        connections = 0
        until = time.monotonic() + PATIENCE
        query = text(
            "SELECT count(*) FROM leads.submissions s JOIN leads.work w ON w.lead_id = s.id "
            "WHERE s.external_id = ANY(:ids) AND w.state NOT IN ('received', 'waiting', 'running')"
        )
        clients = text("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")
        while time.monotonic() < until:
            with self.engine.connect() as connection:
                connections = max(connections, connection.execute(clients).scalar_one())
                if connection.execute(query, {"ids": list(ids)}).scalar_one() == len(ids):
                    return connections
            time.sleep(0.5)
        raise SystemExit(f"{len(ids)} leads were not through within {PATIENCE:.0f} s.")

    def to_draft(self, ids: Sequence[str]) -> list[float]:
        """Seconds from submission to draft, of those that have one."""
        query = text(
            "SELECT extract(epoch FROM j.at - s.received_at) FROM leads.submissions s "
            "JOIN leads.journal j ON j.lead_id = s.id AND j.event = 'draft done' "
            "WHERE s.external_id = ANY(:ids) ORDER BY s.id"
        )
        with self.engine.connect() as connection:
            return [float(seconds) for seconds in connection.execute(query, {"ids": list(ids)}).scalars()]

    def span(self, ids: Sequence[str]) -> tuple[float, Counter[str]]:
        """Seconds from the first submission to the last end, and how they ended."""
        query = text(
            "SELECT w.state, s.received_at, w.finished_at FROM leads.submissions s "
            "JOIN leads.work w ON w.lead_id = s.id WHERE s.external_id = ANY(:ids)"
        )
        with self.engine.connect() as connection:
            rows = connection.execute(query, {"ids": list(ids)}).all()
        ended = max(row.finished_at for row in rows if row.finished_at)
        return (ended - min(row.received_at for row in rows)).total_seconds(), Counter(
            row.state for row in rows
        )


@contextmanager
def running(folder: Path, *, services: bool) -> Generator[Bench]:
    with ExitStack() as stack:
        environment = {"LEADS_HOME": str(folder / "home")}
        if services:
            office = stack.enter_context(office_of(folder / "playbook"))
            environment |= office | {"LEADS_PLAYBOOK": str(folder / "playbook"), "NO_PROXY": "127.0.0.1"}
        os.environ.update(environment)
        log = stack.enter_context((folder / "dev.log").open("w"))
        dev = subprocess.Popen([LEADS, "dev", "--port", str(free_port())], stdout=log, stderr=log)
        try:
            time.sleep(CALM)
            engine = open_engine(join().url, pool_size=2)
            yield Bench(Watched(dev.pid, here().server_folder), engine)
            engine.dispose()
        finally:
            dev.send_signal(signal.SIGTERM)
            dev.wait()
            for name in environment:
                os.environ.pop(name, None)


@contextmanager
def office_of(playbook: Path) -> Generator[dict[str, str]]:
    """The slow stand-ins in a process of their own; answers the environment that leads to them."""
    command = [sys.executable, str(HERE / "slow_services.py"), str(playbook)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stdin=pipe, text=True, env=unsampled()) as office:
        assert office.stdout is not None
        try:
            yield json.loads(office.stdout.readline())
        finally:
            office.terminate()


def unsampled() -> dict[str, str]:
    """The environment of what is not looked into."""
    return {name: value for name, value in os.environ.items() if name != FOLDER}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def singles(bench: Bench, count: int, what: str) -> None:
    payloads = priority(what.rsplit(maxsplit=1)[-1], count)
    before = bench.watched.cpu()
    own = 0.0
    for payload in payloads:
        own += bench.submit([payload])
        time.sleep(SPACING)
    bench.wait(ids_of(payloads))
    used = bench.watched.since(before)
    idle = 0.02 * SPACING  # of a waiting `leads dev`, as measured beside
    times = bench.to_draft(ids_of(payloads))
    line(
        f"one lead, {what}, submit to draft",
        f"median {statistics.median(times):.1f} s, worst of {len(times)} {max(times):.1f} s",
        f"{(sum(used.values()) + own) / count - idle:.2f} s CPU a lead with `leads submit`, idling taken off",
    )


def pairs(bench: Bench) -> None:
    payloads = priority("pairs", 10)
    before = bench.watched.cpu()
    own = 0.0
    for payload in payloads:
        own += bench.submit([payload])
        time.sleep(0.7)  # the command takes the rest of the two seconds
    bench.wait(ids_of(payloads))
    used = bench.watched.since(before)
    times = bench.to_draft(ids_of(payloads))
    line(
        "ten leads two seconds apart, each",
        f"median {statistics.median(times):.1f} s, worst {max(times):.1f} s",
        f"{sum(used.values()) + own:.1f} s CPU in all",
    )


def burst(bench: Bench, count: int, what: str) -> None:
    payloads = mixed(what.replace(" ", "-"), count)
    before = bench.watched.cpu()
    with Peak(bench.watched) as peak:
        own = bench.submit(payloads)
        connections = bench.wait(ids_of(payloads))
    used = bench.watched.since(before)
    seconds, states = bench.span(ids_of(payloads))
    total = sum(used.values()) + own
    line(
        f"burst of {count}, {what}",
        f"{count / seconds:.1f} leads/s ({seconds:.0f} s; {dict(states)})",
        f"{1000 * total / count:.0f} ms CPU a lead",
    )
    by_role = {role: 1000 * used[role] / count for role in ROLES if used[role] > 0} | {
        "submit": 1000 * own / count
    }
    line("  of which", ", ".join(f"{role} {ms:.1f}" for role, ms in by_role.items()), "ms CPU a lead")
    megabytes = ", ".join(f"{role} {used:.0f}" for role, used in peak.megabytes.items() if used)
    line(
        "  peak memory of everything",
        f"{sum(peak.megabytes.values()):.0f} MB",
        f"{megabytes}; {connections} connections at most",
    )


def split(bench: Bench, samples: Path, count: int, what: str) -> None:
    payloads = mixed(f"split {what}".replace(" ", "-"), count)
    before = bench.watched.cpu()
    with Split(samples, bench.watched) as sampled:
        own = bench.submit(payloads)
        bench.wait(ids_of(payloads))
        used = bench.watched.since(before)
    met = sampled.by_role()
    every = f"a stack each {1000 * EVERY_SECONDS:.0f} ms of CPU"
    print(f"ms CPU a lead, burst of {count}, {what}, by whose work it is ({every})")
    print(
        f"  {'':14}{''.join(f'{kind:>10}' for kind in KINDS)}{'in all':>10}   stacks, of what there should be"
    )
    in_all = Counter[str]()
    for role in ROLES:
        ms = 1000 * used[role] / count
        if (counts := met.get(role)) and (total := counts.total()):
            shares = {kind: ms * counts[kind] / total for kind in KINDS}
            in_all.update(shares)
            figures = "".join(f"{shares[kind]:10.1f}" for kind in KINDS)
            print(
                f"  {role:14}{figures}{ms:10.1f}   {total}, {100 * total * EVERY_SECONDS / used[role]:.0f} %"
            )
        elif ms >= 0.05:
            print(f"  {role:14}{'':{10 * len(KINDS)}}{ms:10.1f}   not looked into")
    print(f"  {'leads submit':14}{'':{10 * len(KINDS)}}{1000 * own / count:10.1f}   not looked into")
    total = 1000 * (sum(used.values()) + own) / count
    print(f"  {'all':14}{''.join(f'{in_all[kind]:10.1f}' for kind in KINDS)}{total:10.1f}", flush=True)


def idle(bench: Bench, seconds: float = 30.0) -> None:
    before = bench.watched.cpu()
    time.sleep(seconds)
    used = bench.watched.since(before)
    memory = bench.watched.memory()
    line(
        "idle `leads dev`",
        f"{100 * sum(used.values()) / seconds:.1f} % of a core, {sum(memory.values()):.0f} MB",
        ", ".join(
            f"{role} {100 * used[role] / seconds:.1f} % and {memory[role]:.0f} MB"
            for role in ROLES
            if used[role]
        ),
    )


def line(what: str, figure: str, beside: str) -> None:
    print(f"{what:44}  {figure:60}  {beside}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=20)
    parser.add_argument("--burst", type=int, default=1000)
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument("--stacks", type=Path, metavar="FOLDER")
    asked = parser.parse_args()
    # as by `timeout`: what was started ends all the same
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    parts = asked.only.split(",")
    print(f"load of the machine before: {' '.join(f'{load:.2f}' for load in os.getloadavg())}")
    for number, parts_of_round in enumerate(ROUNDS):
        if not (wanted := [part for part in parts_of_round if part in parts]):
            continue
        with ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="leads-speed-"))
            samples = stack.enter_context(sampling(asked.stacks)) if number >= SAMPLED else None
            if "services-burst" in wanted or "services-split" in wanted:
                os.environ["LEADS_UNPACED"] = "1"
            services = any(part.startswith("services") for part in wanted)
            bench = stack.enter_context(running(Path(folder), services=services))
            for part in wanted:
                measure(bench, part, asked.leads, asked.burst, samples)


def measure(bench: Bench, part: str, count: int, many: int, samples: Path | None) -> None:
    match part:
        case "idle":
            idle(bench)
        case "singles":
            singles(bench, count, "offline")
        case "pairs":
            pairs(bench)
        case "burst":
            burst(bench, many, "services at 0 ms")
        case "services":
            singles(bench, count, "realistic services")
        case "services-burst":
            burst(bench, many, "realistic services")
        case _:
            assert samples is not None
            split(bench, samples, many, "realistic services" if part == "services-split" else "offline")


if __name__ == "__main__":
    main()
