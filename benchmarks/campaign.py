"""How leads fare when everything around them breaks: N leads, K kills, random faults, `leads dev` running.

    .venv/bin/python benchmarks/campaign.py --leads 40 --kills 5 --faults 0.05

It works in a temporary LEADS_HOME, against stand-ins for the services (`--embedded`: the embedded connectors,
which have no faults). Run workers, the daemon, the code server and sessions of the database are killed at
seeded moments; a `leads dev` that ends is started again. When the storm is over it waits until no lead is
open, and then a checker that reads only what stands in the accounts says what is missing, twice or unwanted.
Ends with status 1 if a lead is lost, stuck, there twice, or was written before it was found genuine.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from campaign_dev import LEADS, ODDS, Dev, Victim
from campaign_leads import AGAIN, SPAM, Sent, better, expected, submissions
from campaign_report import Lead, Outcome, Storm, judge
from one_text import allow_one_text

from orchestration_project.cli.services_demo import copy_playbook, fill
from orchestration_project.fake_services.checker import Finding, Submitted, check_home, check_office, text_of
from orchestration_project.fake_services.faults import FaultPlan
from orchestration_project.fake_services.office import Office
from orchestration_project.installation import WORKING_COPY
from orchestration_project.offer import capabilities
from orchestration_project.playbook.load import load_playbook
from orchestration_project.playbook.model import Playbook

SECONDS_A_LEAD, SECONDS_A_KILL = 0.8, 6.0
"""Over how long a time the storm is drawn out."""
MOST = 0.8
"""The storm goes on until this share of the leads is through."""
LOOK_EVERY = 5.0  # seconds; each look is a whole process


@dataclass(frozen=True)
class Wanted:
    leads: int
    kills: int
    faults: float
    seed: int
    patience: float
    backends: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--leads", type=int, default=40)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--faults", type=float, default=0.05, help="share of requests to the stand-ins")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--patience", type=float, default=600.0, help="seconds after the storm")
    parser.add_argument("--spare-database", action="store_true", help="kill no session of the database")
    parser.add_argument("--keep", type=Path, help="a folder that keeps the log and the home afterwards")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--services", action="store_true", help="stand-ins for the services (as it is)")
    where.add_argument("--embedded", action="store_true", help="the embedded connectors, without faults")
    given = parser.parse_args()
    wanted = Wanted(
        leads=given.leads,
        kills=given.kills,
        faults=0.0 if given.embedded else given.faults,
        seed=given.seed,
        patience=given.patience,
        backends=not given.spare_database,
    )
    with tempfile.TemporaryDirectory(prefix="leads-campaign-") as made:
        folder = Path(made)
        try:
            outcome = run(folder, wanted, office=None if given.embedded else Office())
        finally:
            if given.keep:
                given.keep.mkdir(parents=True, exist_ok=True)
                shutil.copytree(folder, given.keep, dirs_exist_ok=True, ignore=_only_files)
    if given.keep:
        (given.keep / "findings.txt").write_text("\n".join(outcome.findings) + "\n", encoding="utf-8")
    print(outcome.told())
    raise SystemExit(outcome.status)


def run(folder: Path, wanted: Wanted, office: Office | None) -> Outcome:
    home = folder / "home"
    os.environ["LEADS_HOME"] = str(home)
    with ExitStack() as stack:
        playbook = stack.enter_context(_surroundings(folder, office))
        sent = submissions(wanted.leads, wanted.seed)
        dev = stack.enter_context(Dev(home, folder / "dev.log"))
        if office is not None and wanted.faults:
            for service in office.services.values():
                service.disturb(FaultPlan.of_all(wanted.seed, wanted.faults))
        begun = time.monotonic()
        _storm(dev, sent, wanted)
        # or it would be over before most of the work has begun
        _wait(sent, wanted.patience / 2, share=MOST)
        for service in office.services.values() if office else ():
            service.disturb(None)
        storm = _told_of(dev, office, time.monotonic() - begun)
        print(storm.told(), flush=True)
        leads = _wait(sent, wanted.patience)
        findings = _check(leads, sent, playbook, office, dev)
    return judge(leads, sent, findings, storm)


@contextmanager
def _surroundings(folder: Path, office: Office | None) -> Generator[Playbook]:
    """The playbook, and where its connectors reach their services."""
    if office is None:
        yield load_playbook(WORKING_COPY / "playbook", capabilities())
        return
    with office:
        copy_playbook(WORKING_COPY / "playbook", folder / "playbook")
        _open_all_hours(folder / "playbook" / "playbook.yaml")
        allow_one_text(folder / "playbook")
        playbook = load_playbook(folder / "playbook", capabilities())
        fill(office, playbook)
        os.environ.update(office.environment)
        os.environ.update({"LEADS_PLAYBOOK": str(folder / "playbook"), "NO_PROXY": "127.0.0.1"})
        yield playbook


def _open_all_hours(rules: Path) -> None:
    """Four weeks of usual hours hold 320 calls; a lead that finds none free would be taken for lost."""
    usual = 'working_hours: {days: [mon, tue, wed, thu, fri], start: "09:00", end: "17:00"}'
    always = 'working_hours: {days: [mon, tue, wed, thu, fri, sat, sun], start: "00:00", end: "23:30"}'
    text = rules.read_text(encoding="utf-8")
    assert usual in text, "the playbook's working hours are written another way now"
    rules.write_text(text.replace(usual, always), encoding="utf-8")


def _storm(dev: Dev, sent: Sequence[Sent], wanted: Wanted) -> None:
    """Submissions and kills, each at its moment; over when the last of both is through."""
    rng = random.Random(f"{wanted.seed} kills")
    length = wanted.leads * SECONDS_A_LEAD + wanted.kills * SECONDS_A_KILL
    odds = {victim: odd for victim, odd in ODDS.items() if wanted.backends or victim is not Victim.BACKEND}
    victims = rng.choices(list(odds), list(odds.values()), k=wanted.kills)
    # by how much has been submitted, not by the clock: a busy machine would be left alone with most of it
    places = sorted(rng.uniform(1, len(sent)) for _ in victims)
    submitted: list[Sent] = []
    begun = time.monotonic()

    def kill() -> None:
        for place, victim in zip(places, victims, strict=True):
            while len(submitted) < place:
                time.sleep(0.2)
            killed = dev.kill(victim, rng)
            print(f"  {time.monotonic() - begun:4.0f} s: {killed or 'nothing to kill'}", flush=True)

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    left = list(sent)
    while left:
        size = rng.choice((1, 1, 2, 3, 5))
        batch, left = left[:size], left[size:]
        _submit(batch)
        submitted.extend(batch)
        time.sleep(max(0.0, size * length / len(sent) - 3.0))  # submitting takes about that long itself
    killer.join()


def _submit(batch: Sequence[Sent]) -> None:
    """As a form does: until it is told that it was kept."""
    lines = "\n".join(json.dumps(one.payload) for one in batch)
    for _ in range(20):
        if _leads("submit", "-", given=lines) is not None:
            return
        time.sleep(3)
    raise SystemExit("`leads submit` was refused for a minute.")


def _leads(*words: str, given: str | None = None) -> str | None:
    """None: it failed, as it may while the database is under fire."""
    done = subprocess.run([LEADS, *words], input=given, text=True, capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else None


def _listed() -> list[Lead] | None:
    told = _leads("list", "--all", "--json")  # not only a page of it
    rows: list[dict[str, Any]] = json.loads(told) if told else []
    return [Lead.read(row) for row in rows] if told else None


def _wait(sent: Sequence[Sent], patience: float, share: float = 1.0) -> list[Lead]:
    """The leads, once that share of them is open no more, or as they stand when patience is over."""
    until = time.monotonic() + patience
    wanted = {one.id for one in sent}
    leads: list[Lead] = []
    while time.monotonic() < until:
        leads = _listed() or leads
        closed = {lead.external_id for lead in leads if not lead.is_open}
        if len(closed & wanted) >= share * len(wanted):
            break
        time.sleep(LOOK_EVERY)
    return leads


def _check(
    leads: Sequence[Lead], sent: Sequence[Sent], playbook: Playbook, office: Office | None, dev: Dev
) -> list[Finding]:
    """By the track that each lead has in the list: whether it is the right one, the report tells."""
    by_id = {one.id: one for one in sent if one.fate != AGAIN}
    submitted: list[Submitted] = []
    best: dict[str, str] = {}  # track by person: who writes again gets what is missing of a better one
    # of one batch all are received at once; what is delivered again keeps its first place
    place = {one.id: number for number, one in reversed([*enumerate(sent)])}
    for lead in sorted(leads, key=lambda lead: place[lead.external_id]):
        one = by_id[lead.external_id]
        track = None if lead.quarantined or one.fate == SPAM else lead.track
        submitted.append(expected(one, lead.ref, track, playbook, best.get(one.email)))
        if track is not None:
            best[one.email] = better(track, best.get(one.email), playbook)
    if office is not None:
        for service in office.services.values():
            service.land()  # what is held back comes sooner or later
        return check_office(office, submitted)
    engine = dev.engine()
    if engine is None:
        raise SystemExit("The embedded database does not run, so that its CRM cannot be read.")
    return check_home(dev.home, engine, submitted)


def _told_of(dev: Dev, office: Office | None, seconds: float) -> Storm:
    suffered = [one for service in office.services.values() for one in service.suffered] if office else []
    return Storm(
        seconds=seconds,
        ended=datetime.now(UTC),
        kills=tuple((kill.at, str(kill.victim)) for kill in dev.kills),
        restarts=dev.restarts,
        faults=tuple(one.kind.value for one in suffered),
        named_in_faults=tuple(text_of(one.request) for one in suffered),
    )


def _only_files(folder: str, names: list[str]) -> set[str]:
    """The database's own files and sockets are of no use to anybody."""
    return {name for name in names if name == "postgres" or not os.access(Path(folder) / name, os.R_OK)}


if __name__ == "__main__":
    main()
