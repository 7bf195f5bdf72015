"""`leads drill`: a service fails, on stand-ins and with the owner's own rules; what they would be told.

Which lines of connections.yaml lead where in it; how it is played is `drill_play.py`.
"""

import json
import os
import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import stamina
import typer

from orchestration_project.cli.drill_play import Clock, Kind, Play, run
from orchestration_project.cli.files import deliveries_in
from orchestration_project.cli.services_demo import INBOX, SAMPLES, fill, own_folder, surroundings
from orchestration_project.cli.session import here, read_playbook, session
from orchestration_project.cli.view import err
from orchestration_project.connecting import UNPACED
from orchestration_project.connectors.opened import KINDS
from orchestration_project.errors import LeadsError
from orchestration_project.fake_services.base import FakeService
from orchestration_project.fake_services.company import KnownCompany
from orchestration_project.fake_services.drilled import FORMS, LINES, DrilledOffice, line_of
from orchestration_project.fake_services.forms import Form
from orchestration_project.ledger import open_ledger
from orchestration_project.playbook.model import Playbook
from orchestration_project.private_files import copy_privately

SITE = "website"
"""What a form source is called that connections.yaml does not name."""
EMBEDDED = {
    "crm": "local",
    "company": "none",
    "ai": "offline",
    "mail": "outbox",
    "chat": "file",
    "calendar": "ics",
    "folder": "disk",
    "sequence": "local",
}
_AUTONOMY = re.compile(r"^autonomy:.*$", re.MULTILINE)


def drill(
    kind: Annotated[Kind, typer.Argument(help="What happens to it.")],
    service: Annotated[str, typer.Argument(help="As connections.yaml calls it, such as hubspot.")],
) -> None:
    """Play with stand-ins and your own rules that a service fails: what you would be told, what the leads
    would do, and how it ends. Nothing real is asked, nobody real is told."""
    if (kind, service) == (Kind.SCHEMA, "json_list"):
        raise LeadsError(
            "A JSON list may have any fields, so no reading of it fails when they change. What vanished or "
            "was renamed is told every morning (the schedule `forms_daily`), and not while a drill lasts."
        )
    installation = here()
    playbook = read_playbook(installation)
    with own_folder(installation, "drill") as folder, DrilledOffice() as office:
        staged = stage(playbook, service, office)
        copy_privately(installation.playbook, folder / "playbook")
        rewrite(folder / "playbook", staged)
        os.environ.update(office.environment | surroundings(folder) | {UNPACED: "yes"})
        err.print("An installation of its own is made for this; it takes about half a minute.")
        with session() as desk, no_pauses():
            fill(office, playbook)
            clock = Clock()
            for each in office.services.values():
                each.clock = clock
            ledger = open_ledger(desk.ledger.engine, clock)
            play = Play(kind, service, staged.stand_in, clock, staged.form)
            deliveries = deliveries_in((SAMPLES / "submissions.jsonl").read_bytes(), "the samples")
            run(desk.installation, ledger, read_playbook(desk.installation), play, deliveries)


@dataclass(frozen=True)
class Staged:
    """What is played with, and the lines of connections.yaml for it."""

    stand_in: FakeService
    lines: Mapping[str, Mapping[str, Any]]  # by kind
    sources: Mapping[str, Mapping[str, Any]]  # form sources, by name
    form: Form | None = None  # of a form service: through it the submissions come


def stage(playbook: Playbook, service: str, office: DrilledOffice) -> Staged:
    """The owner's lines with the ids that stand-ins know, and the service among them, be it that the owner
    has no such line. `office` has been started."""
    lists = [track.sequence for track in playbook.tracks if track.sequence]
    lines: dict[str, dict[str, Any]] = {}
    for kind in KINDS:
        own = getattr(playbook.connections, kind)
        found = line_of(kind, own.connector, lists)
        if kind == "website":
            found = {"connector": "none"}
        elif found is None and own.connector != EMBEDDED[kind]:
            err.print(f"For {own.connector} there is no stand-in; {EMBEDDED[kind]} takes its place here.")
        lines[kind] = found or {"connector": EMBEDDED[kind]}
    if service in FORMS:
        return _with_form(playbook, service, office, lines)
    kinds = [kind for kind, connector in LINES if connector == service]
    if not kinds:
        known = ", ".join(sorted({connector for _, connector in LINES} | {*FORMS}))
        raise LeadsError(f"There is no stand-in for {service!r} to play with; there are {known}.")
    kind = next((kind for kind in kinds if lines[kind]["connector"] == service), None)
    if kind is None:
        kind = kinds[0]
        _say_unnamed(service, f"{kind}:")
        lines[kind] = line_of(kind, service, lists) or {}
    # of a firm that it does not know it says so, in whatever shape
    for directory in (office.directory, office.apollo):
        directory.of_any_other, directory.credits = KnownCompany("A firm"), 1_000_000
    if kind == "ai":
        office.claude.models.append(playbook.ai.model)  # the rules may name another firm's
    return Staged(office.behind(kind, service), lines, {INBOX: {"connector": INBOX}})


def _with_form(
    playbook: Playbook, service: str, office: DrilledOffice, lines: Mapping[str, Mapping[str, Any]]
) -> Staged:
    sources = playbook.connections.form_sources
    name = next((name for name, line in sources.items() if line.connector == service), None)
    if name is None:
        _say_unnamed(service, f"form_sources: {SITE}:")
    # a path into a list's answer fits that list alone
    fields = sources[name].fields if name is not None and service != "json_list" else {}
    form = office.form(service, fields)
    line = {**form.line, "fields": {field: [*names] for field, names in fields.items()}}
    return Staged(
        form.service, lines, {INBOX: {"connector": INBOX}, name or SITE: line if fields else form.line}, form
    )


def _say_unnamed(service: str, line: str) -> None:
    told = f"connections.yaml names no {service}; it is played as if its line `{line}` did."
    err.print(told, soft_wrap=True)


def rewrite(folder: Path, staged: Staged) -> None:
    """In the copy: the stand-ins, and autonomy enough that something is written at all."""
    told: dict[str, Any] = {"form_sources": staged.sources}
    told |= {kind: {**line, "autonomy": "draft"} for kind, line in staged.lines.items()}
    # JSON is YAML, one line a kind
    text = "".join(f"{kind}: {json.dumps(line)}\n" for kind, line in told.items())
    (folder / "connections.yaml").write_text(text, encoding="utf-8")
    rules = folder / "playbook.yaml"
    rules.write_text(_AUTONOMY.sub("autonomy: draft", rules.read_text(encoding="utf-8")), encoding="utf-8")


@contextmanager
def no_pauses() -> Generator[None]:
    """What is asked again within one call is asked at once: the clock is not the real one."""
    with stamina.set_testing(True, attempts=2, cap=True):
        yield
