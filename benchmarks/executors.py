"""What a run costs under each executor: seconds of processor time, and seconds until it is done.

Run it by hand, from the working copy: `.venv/bin/python benchmarks/executors.py [ROUNDS]`. It needs no
account and no network; it is no test, since its numbers depend on the machine. Compare the ratios of one run.

Each round has a process of its own for each executor, in turn; in it, after one lead that warms it up: five
priority leads one by one, a batch of 25, and ops that do nothing, all with the embedded connectors; then one
priority lead through the real connectors, to stand-ins that answer as slowly as real ones. `server` is
the processor time of PostgreSQL. `dagster-async-executor`, which this project used before, is measured where
it is installed.
"""

import importlib.util
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any

import dagster as dg
import psutil
from one_text import allow_one_text
from slow_services import slow_office

from orchestration_project import definitions
from orchestration_project.clock import utc_now
from orchestration_project.installation import WORKING_COPY, Installation, ready
from orchestration_project.intake import take_in
from orchestration_project.ledger import Ledger, open_ledger
from orchestration_project.ledger.engine import open_engine
from orchestration_project.model import Delivery
from orchestration_project.offer import capabilities
from orchestration_project.orchestration.executor import side_by_side_executor
from orchestration_project.orchestration.local_run import local_dispatcher, process_pending
from orchestration_project.playbook.load import load_playbook
from orchestration_project.playbook.model import Playbook

SINGLES = 5
BATCH = 25
STEPS = 20
FORMER = "dagster_async_executor"
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True)
class Cost:
    processor: float
    server: float
    wall: float


def middle(costs: list[Cost]) -> Cost:
    return Cost(*(statistics.median(getattr(one, field.name) for one in costs) for field in fields(Cost)))


def executor(name: str) -> dg.ExecutorDefinition:
    if name == "side_by_side":
        return side_by_side_executor
    if name == "in_process":
        return dg.in_process_executor
    return importlib.import_module(f"{FORMER}.executor_definition").async_executor


def executors() -> list[str]:
    return ["side_by_side", "in_process", *([FORMER] if importlib.util.find_spec(FORMER) else [])]


def processor_time() -> float:
    both = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


def server_time(folder: Path) -> float:
    """Of the server and all its connections, those that are closed too."""
    server = psutil.Process(int((folder / "postmaster.pid").read_text().splitlines()[0]))
    own = server.cpu_times()
    living = [process.cpu_times() for process in server.children()]
    return (
        own.children_user + own.children_system + sum(times.user + times.system for times in [own, *living])
    )


def cost(act: Callable[[], object], server: Path) -> Cost:
    began, used, served = time.perf_counter(), processor_time(), server_time(server)
    act()
    return Cost(processor_time() - used, server_time(server) - served, time.perf_counter() - began)


@dataclass(frozen=True)
class Bench:
    instance: dg.DagsterInstance
    ledger: Ledger
    playbook: Playbook

    def leads(self, first: int, count: int) -> None:
        """Priority leads of different firms, so that nothing is known from the one before."""
        with (WORKING_COPY / "samples" / "submissions.jsonl").open(encoding="utf-8") as lines:
            sample: dict[str, Any] = json.loads(next(lines))
        payloads = [
            {**sample, "id": f"B-{n}", "email": f"priya@firm{n}.example", "website": ""}
            for n in range(first, first + count)
        ]
        take_in(
            self.ledger,
            self.playbook,
            "inbox",
            [Delivery(external_id=payload["id"], raw=json.dumps(payload).encode()) for payload in payloads],
        )
        home = Path(os.environ["LEADS_HOME"])
        with local_dispatcher(self.ledger, self.instance, self.playbook, home) as dispatcher:
            taken = process_pending(dispatcher)
        for ref in taken:
            (lead,) = self.ledger.stories.list_leads(refs=[ref])
            if (lead.status, lead.track) != ("done", "priority"):
                raise SystemExit(f"{ref} is {lead.status}, {lead.track}: {lead.explanation}")


@dg.op
def nothing() -> None: ...


@dg.graph
def nothings() -> None:
    for n in range(STEPS):
        nothing.alias(f"nothing_{n}")()


JOBS = {
    name: nothings.to_job(name=f"nothings_under_{name}", executor_def=executor(name)) for name in executors()
}


def job_of(name: str) -> dg.JobDefinition:
    """By name, since Dagster looks it up anew."""
    return JOBS[name]


def embedded(folder: Path, name: str) -> dict[str, Cost]:
    shutil.copytree(WORKING_COPY / "playbook", folder / "rules")
    allow_one_text(folder / "rules")
    installation = Installation(folder / "home", folder / "rules", own_database=None)
    with ready(installation) as place:
        ledger = open_ledger(open_engine(place.url), utc_now)
        with dg.DagsterInstance.from_config(str(place.installation.dagster_home)) as instance:
            bench = Bench(instance, ledger, load_playbook(installation.playbook, capabilities()))
            server = installation.server_folder
            bench.leads(0, 1)
            nothings_job = dg.build_reconstructable_job(
                "executors", "job_of", (name,), reconstructor_working_directory=str(Path(__file__).parent)
            )
            costs = {
                "one lead": middle([cost(partial(bench.leads, n, 1), server) for n in range(1, SINGLES + 1)]),
                f"batch of {BATCH}": cost(lambda: bench.leads(SINGLES + 1, BATCH), server),
            }
            whole = cost(lambda: dg.execute_job(nothings_job, instance, run_config=QUIET), server)
            costs["op that does nothing"] = Cost(*(value / STEPS for value in asdict(whole).values()))
        ledger.close()
    return costs


def slow(folder: Path) -> dict[str, Cost]:
    with slow_office(folder / "playbook") as office:
        allow_one_text(folder / "playbook")
        installation = Installation(folder / "slow", folder / "playbook", own_database=None)
        os.environ.update(office.environment)
        with ready(installation) as place:
            ledger = open_ledger(open_engine(place.url), utc_now)
            with dg.DagsterInstance.from_config(str(place.installation.dagster_home)) as instance:
                bench = Bench(instance, ledger, load_playbook(installation.playbook, capabilities()))
                bench.leads(0, 1)
                costs = {
                    "one lead, slow services": cost(lambda: bench.leads(1, 1), installation.server_folder)
                }
            ledger.close()
    return costs


def measure(name: str) -> None:
    definitions.side_by_side_executor = executor(name)
    with tempfile.TemporaryDirectory(prefix="leads-executors-") as folder:
        costs = embedded(Path(folder), name) | slow(Path(folder))
    print(json.dumps({what: asdict(value) for what, value in costs.items()}))


def compare(rounds: int) -> None:
    measured: dict[tuple[str, str], list[Cost]] = defaultdict(list)
    for number in range(rounds):
        names = executors()
        for name in names[number % len(names) :] + names[: number % len(names)]:
            asked = [sys.executable, __file__, "--of", name]
            answer = subprocess.run(asked, check=True, stdout=subprocess.PIPE, text=True).stdout
            for what, values in json.loads(answer.splitlines()[-1]).items():
                measured[what, name].append(Cost(**values))
        print(f"round {number + 1} of {rounds}", file=sys.stderr)
    show(measured)


def show(measured: dict[tuple[str, str], list[Cost]]) -> None:
    """Medians, and how they stand to those of the stock executor."""
    print(f"{'':26}{'':24}" + "".join(f"{field.name + ', s':>12}{'ratio':>7}" for field in fields(Cost)))
    for what, name in sorted(
        measured, key=lambda key: list(dict.fromkeys(w for w, _ in measured)).index(key[0])
    ):
        line = f"{what:26}{name:24}"
        for field in fields(Cost):
            middle, stock = (
                statistics.median(getattr(value, field.name) for value in measured[what, other])
                for other in (name, "in_process")
            )
            line += f"{middle:12.4f}{middle / stock if stock else 0:7.2f}"
        print(line)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--of"]:
        measure(sys.argv[2])
    else:
        compare(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
