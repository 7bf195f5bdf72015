"""`leads demo --history`: a year of made-up leads through all that history can do, and a report at its end.

Each step is what its own command does; the leads are made up in `fake_services/made_leads.py`.
"""

import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from shlex import quote

import anyio

from orchestration_project.cli.import_rows import import_rows
from orchestration_project.cli.processing import materialise, tell_rescored
from orchestration_project.cli.services_demo import own_folder, surroundings
from orchestration_project.cli.session import Session, here, read_playbook, session
from orchestration_project.cli.view import err, out
from orchestration_project.connectors.form_source.csv_file import open_csv
from orchestration_project.connectors.form_source.csv_mapping import read_mapping
from orchestration_project.decision.offline import OfflineScorer
from orchestration_project.fake_services.made_leads import made_leads, write_csv
from orchestration_project.history.comparing import compare
from orchestration_project.history.days import day_of, keep_beginning
from orchestration_project.history.evaluation.compare import Comparison
from orchestration_project.history.evaluation.page import comparison_page
from orchestration_project.history.evaluation.terminal import comparison_view
from orchestration_project.history.releasing.judging import judge
from orchestration_project.history.releasing.release import Refused, promote
from orchestration_project.history.rescoring.purse import TrialPurse
from orchestration_project.history.rescoring.rescore import Rescoring, Tally
from orchestration_project.history.rescoring.rules import LIVE, rules_called
from orchestration_project.ledger.rescored import Wanted
from orchestration_project.ledger.sides import Side
from orchestration_project.model import Context
from orchestration_project.offer import capabilities
from orchestration_project.playbook.model import Playbook
from orchestration_project.private_files import copy_privately
from orchestration_project.timezones import zone

LEADS = 2_000
DAYS = 365
STRICTER, RECOMMENDED = "stricter", "recommended"
MAPPING = """\
source: enquiry book
outcome:
  column: outcome
  won: [won]
  lost: [lost]
  at: closed_at
  value: value
"""
_RECOMMENDED_LINE = (
    "    - {points: 2, why: was recommended to us, any_of: [recommended you, were recommended]}\n"
)


def history_demo() -> None:
    """Each run begins with an empty installation of its own."""
    installation = here()
    with own_folder(installation, "history-demo") as folder:
        copy_privately(installation.playbook, folder / "playbook")
        _write_candidates(folder / "playbook")
        os.environ.update(surroundings(folder))
        with session() as desk:
            _import(desk, folder)
            _materialise(desk)
            for name in (LIVE, STRICTER, RECOMMENDED):
                _rescore(desk, name)
            pages = [_compare_and_promote(desk, folder, name) for name in (STRICTER, RECOMMENDED)]
    _say_what_next(folder, pages)


@contextmanager
def _step(told: str) -> Generator[None]:
    begun = time.monotonic()
    out.print(f"\n[bold]{told}[/]")
    yield
    out.print(f"[dim]{time.monotonic() - begun:.1f} s[/]")


def _write_candidates(playbook: Path) -> None:
    """One that a cautious owner might think of, and one that somebody who reads the answers would."""
    rules = (playbook / "playbook.yaml").read_text(encoding="utf-8")
    marker = "  signals:\n"
    changed = {
        STRICTER: rules.replace("{score: {from: 8}}", "{score: {from: 10}}").replace(
            "{score: {from: 4, to: 7}}", "{score: {from: 4, to: 9}}"
        ),
        RECOMMENDED: rules.replace(marker, marker + _RECOMMENDED_LINE, 1),
    }
    for name, text in changed.items():
        place = playbook / "candidates" / name
        place.mkdir(parents=True, exist_ok=True)
        (place / "playbook.yaml").write_text(text, encoding="utf-8")


def _import(desk: Session, folder: Path) -> None:
    file, mapping = folder / "leads.csv", folder / "mapping.yaml"
    now = datetime.now(UTC)
    write_csv(file, list(made_leads(LEADS, until=now, days=DAYS)))
    mapping.write_text(MAPPING, encoding="utf-8")
    with _step(f"1. A year of leads from a CSV file, with what became of them: {file.name}"):
        csv_file = open_csv(file)
        mapped = read_mapping(mapping, csv_file)
        done = import_rows(desk, csv_file, mapped.fields, mapped.source or "", None, _quietly, mapped)
        out.print(f"{done.new} leads imported, {done.outcomes} outcomes. Nothing was done for any of them.")


def _quietly(_read: int) -> None:
    """No bar: it takes seconds."""


def _materialise(desk: Session) -> None:
    playbook = read_playbook(desk.installation)
    where = playbook.business.time_zone
    today = day_of(desk.ledger.clock(), where)
    first = today - timedelta(days=DAYS)
    keep_beginning(desk.installation.home, first)
    with _step(f"2. History as assets: {DAYS + 1} days of every table, in one Dagster run"):
        tables = materialise(desk, playbook, first, today)
        out.print(f"{tables} tables, as Parquet files in {desk.installation.home / 'history'}.")


def _rescore(desk: Session, name: str) -> None:
    playbook = _called(desk, name)
    wanted = Wanted(playbook_version=playbook.version, scorer="offline")
    purse = TrialPurse(desk.ledger.spend, None, Decimal(0))
    with _step(f"3. Scored again under the rules `{name}`: leads rescore {name} --offline"):
        tally: Tally = anyio.run(
            Rescoring(
                scorer=OfflineScorer(),
                asked=wanted.scorer,
                playbook=playbook,
                purse=purse,
                clock=desk.ledger.clock,
                read=lambda refs: desk.ledger.facts.read(Context, refs),
                keep=desk.ledger.rescored.keep,
            ).run,
            desk.ledger.rescored.todo(wanted),
        )
        desk.ledger.playbooks.keep(playbook.version, playbook.files)
        tell_rescored(desk, name, wanted)
        out.print(f"{tally.scored} scores. Nothing acts on them.")


def _compare_and_promote(desk: Session, folder: Path, name: str) -> Path:
    live, candidate = _called(desk, LIVE), _called(desk, name)
    now = desk.ledger.clock()
    with _step(f"4. What `{name}` would change: leads compare {name}"):
        found = compare(
            desk.ledger.sides,
            Side(otherwise=live.version),
            Side(version=candidate.version),
            names=("decided live", name),
            tracks=[track.name for track in live.tracks],
            since=None,
            until=None,
            now=now,
        )
        out.print(comparison_view(found.model_copy(update={"moves": found.moves[:3]})))
        page = _write_page(folder, name, found, live, now)
    with _step(f"5. May it go live? leads playbook promote {name}"):
        against = anyio.run(
            partial(
                judge,
                desk.ledger.sides,
                name,
                live,
                candidate,
                folder=desk.installation.playbook,
                now=now,
            )
        )
        try:
            release = promote(
                name,
                live,
                candidate,
                against,
                folder=desk.installation.playbook,
                kept=desk.ledger.playbooks,
                releases=desk.ledger.releases,
                who="the demo",
            )
        except Refused as refused:
            out.print(str(refused), style="yellow", markup=False)
        else:
            for sentence in release.changes:
                out.print(f"· {sentence}", markup=False)
            out.print(f"`{name}` is live, as version {release.after}.", style="green")
    return page


def _write_page(folder: Path, name: str, found: Comparison, live: Playbook, now: datetime) -> Path:
    page = folder / f"{name}.html"
    made_at = now.astimezone(zone(live.business.time_zone))
    page.write_text(comparison_page(found, business=live.business.name, made_at=made_at), encoding="utf-8")
    return page


def _called(desk: Session, name: str) -> Playbook:
    live = read_playbook(desk.installation)
    return rules_called(name, live, desk.installation.playbook, desk.ledger.playbooks, capabilities())


def _say_what_next(folder: Path, pages: list[Path]) -> None:
    home, playbook = folder / "home", folder / "playbook"
    out.print("\n[bold]The reports, as pages for the owner[/]")
    for page in pages:
        out.print(f"  {page}", soft_wrap=True, markup=False)
    out.print("\n[bold]Next[/]: the same installation in the Dagster UI, with its lineage, tables and plots")
    here = f"LEADS_HOME={quote(str(home))} LEADS_PLAYBOOK={quote(str(playbook))}"
    out.print(f"  {here} .venv/bin/leads dev", soft_wrap=True, markup=False)
    err.print("All of it was made up. The next `leads demo --history` begins anew.")
