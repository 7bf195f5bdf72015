"""`leads demo --services`: the sample leads through the real connectors, against stand-ins in this process.

How the stand-ins answer is in `fake_services/`; nothing here is used when real accounts are connected.
"""

import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote

from rich.table import Table
from rich.text import Text

from orchestration_project.cli.files import deliveries_in
from orchestration_project.cli.session import Session, here, read_playbook, session
from orchestration_project.cli.view import err, leads_table, out
from orchestration_project.errors import InstallationError, LeadsError
from orchestration_project.fake_services.base import Request
from orchestration_project.fake_services.company import KnownCompany
from orchestration_project.fake_services.office import CONNECTIONS, Office
from orchestration_project.file_locks import Lock, lock_folder
from orchestration_project.installation import WORKING_COPY, Installation, locate
from orchestration_project.intake import take_in
from orchestration_project.playbook.model import Playbook
from orchestration_project.private_files import copy_privately, write_privately

SAMPLES = WORKING_COPY / "samples"
INBOX = "inbox"
COMPANIES = {
    "harbourlight.example": KnownCompany("Harbourlight Design Ltd", industry="design", employees=14),
    "obrienroofing.example": KnownCompany("O'Brien & Daughters Roofing", industry="roofing", employees=22),
    "cloverdental.example": KnownCompany("Clover Dental Practice Ltd", industry="dentistry", employees=19),
}
"""What People Data Labs knows; of all others it says that it has never heard."""


def services_demo() -> None:
    """Each run has new stand-ins, whose accounts are empty, so it has a new installation too."""
    installation = here()
    with own_folder(installation, "services-demo") as folder:
        err.print(
            "Stand-ins for HubSpot, Gmail, Slack and others answer on this machine. The connectors keep to "
            "the real ones' rate limits, so this takes about half a minute."
        )
        with Office() as office:
            copy_playbook(installation.playbook, folder / "playbook")
            os.environ.update(office.environment | surroundings(folder))
            with session() as desk:
                playbook = read_playbook(desk.installation)
                fill(office, playbook)
                run_samples(desk, playbook)
            _show_traffic(office)
        _say_what_next(folder)


def copy_playbook(source: Path, target: Path) -> None:
    """The owner's rules, with the stand-ins as connections."""
    try:
        copy_privately(source, target)
    except (OSError, shutil.Error) as error:
        raise InstallationError(f"The playbook in {source} cannot be copied to {target}. {error}") from error
    (target / "connections.yaml").write_text(_connections_yaml(), encoding="utf-8")


def fill(office: Office, playbook: Playbook) -> None:
    """What the services know before the first lead comes."""
    office.hubspot.owners[playbook.business.owner.email.casefold()] = "7002"
    office.directory.known |= COMPANIES
    lines = (SAMPLES / "crm_contacts.jsonl").read_text(encoding="utf-8").splitlines()
    office.know(json.loads(line) for line in lines)


def run_samples(desk: Session, playbook: Playbook) -> None:
    from orchestration_project.cli.processing import process  # noqa: PLC0415 - dagster is slow to import

    file = SAMPLES / "submissions.jsonl"
    stored = take_in(desk.ledger, playbook, INBOX, deliveries_in(file.read_bytes(), str(file)))
    refs = tuple(dict.fromkeys(item.ref for item in stored))
    out.print(f"{len(stored)} submissions of {len(refs)} leads, through the real connectors.\n")
    process(desk)
    out.print(leads_table(desk.ledger.stories.list_leads(refs=refs)))


def traffic(office: Office) -> Iterator[tuple[str, str, int]]:
    """Service, kind of request, and how many there were of it."""
    for name, service in office.services.items():
        for asked, times in Counter(_kind(request) for request in service.requests).most_common():
            yield name, asked, times


def _connections_yaml() -> str:
    lines = {
        "form_sources": {INBOX: {"connector": INBOX}},
        # the sample firms have no websites
        "website": {"connector": "none"},
        **{kind: {**options, "autonomy": "draft"} for kind, options in CONNECTIONS.items()},
    }
    # JSON is YAML, one line a kind
    return "".join(f"{kind}: {json.dumps(line)}\n" for kind, line in lines.items())


def surroundings(folder: Path) -> dict[str, str]:
    """For this process: an installation of its own, and no proxy between the connectors and the stand-ins."""
    direct = ",".join(filter(None, (os.environ.get("no_proxy") or os.environ.get("NO_PROXY"), "127.0.0.1")))
    return {
        "LEADS_HOME": str(folder / "home"),
        "LEADS_PLAYBOOK": str(folder / "playbook"),
        "LEADS_DATABASE_URL": "",  # the embedded one: these leads and real ones must never meet
        "DAGSTER_HOME": "",
        "NO_PROXY": direct,
        "no_proxy": direct,
    }


@contextmanager
def own_folder(installation: Installation, name: str) -> Generator[Path]:
    """A folder of that demo's. What the last one left goes only now, so that it could be looked at."""
    write_privately()
    folder = installation.home / name
    home = folder / "home"
    try:
        home.mkdir(parents=True, exist_ok=True)
        running = Lock(lock_folder(home) / "running.lock")
        dev = locate({"LEADS_HOME": str(home)}).lock("dev")
        if not (running.take() and dev.take()):
            raise LeadsError(
                f"This demo, or `leads dev` on what it left, is running in {folder}. End that one first: "
                "each run of it begins with an empty installation."
            )
        shutil.rmtree(home)
        dev.let_go()
        if (folder / "playbook").exists():
            shutil.rmtree(folder / "playbook")
    except OSError as error:
        raise InstallationError(f"{folder} cannot be emptied: {error.strerror}.") from error
    try:
        yield folder
    finally:
        running.let_go()


def _kind(request: Request) -> str:
    """Without ids and addresses, so that requests of one kind look the same."""
    parts = (part if _is_fixed(part) else "…" for part in request.segments)
    return f"{request.method} /{'/'.join(parts)}"


def _is_fixed(part: str) -> bool:
    """A word of the API, a method of Slack's, or a version such as v3, 3.0 and 2026-09: not an id, not an
    address."""
    version = r"v\d|\d\.\d|20\d\d-\d\d"
    return re.fullmatch(rf"[A-Za-z][A-Za-z_-]*|(chat|conversations)\.\w+|{version}", part) is not None


def _show_traffic(office: Office) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("service", no_wrap=True)
    table.add_column("was asked")
    table.add_column("times", justify="right")
    last = ""
    for service, asked, times in traffic(office):
        table.add_row(Text(service if service != last else ""), Text(asked), str(times))
        last = service
    out.print("\n[bold]What the services were asked[/]")
    out.print(table)
    out.print("\n[bold]What exists there now[/]")
    held = Table(box=None, pad_edge=False, show_header=False)
    for service, things in office.holdings().items():
        held.add_row(Text(service), Text(", ".join(f"{count} {name}" for name, count in things.items())))
    out.print(held)


def _say_what_next(folder: Path) -> None:
    home = folder / "home"
    out.print(
        "\nAll of it was made up, in the memory of this process: no account was touched, the scores come "
        "from a stand-in that counts words, and links lead nowhere. The next `leads demo --services` begins "
        "anew.\n"
    )
    out.print("[bold]Next[/]")
    out.print("  the whole story of one lead, until the next demo of the services:")
    out.print(f"    LEADS_HOME={quote(str(home))} .venv/bin/leads show REF", soft_wrap=True, markup=False)
    out.print("  your own accounts: docs/connectors/README.md")
