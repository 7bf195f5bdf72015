"""A whole installation for a test: playbook, ledger, a Dagster instance, the embedded connectors."""

import json
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import sqlalchemy

from orchestration_project.clock import utc_now
from orchestration_project.connecting import connector_context
from orchestration_project.connectors import chat
from orchestration_project.definitions import build_definitions
from orchestration_project.installation import WORKING_COPY
from orchestration_project.intake import take_in
from orchestration_project.ledger import Ledger, open_ledger
from orchestration_project.ledger.claims import Claim
from orchestration_project.ledger.lead_lines import LeadLine
from orchestration_project.ledger.locks import LEASE_CLASS
from orchestration_project.model import Delivery, Ref
from orchestration_project.orchestration import stage
from orchestration_project.orchestration.dispatch import Dispatcher, run_config, run_tags
from orchestration_project.orchestration.local_run import execute, process_pending
from orchestration_project.orchestration.resources import open_workbench
from orchestration_project.playbook.model import Playbook
from orchestration_project_tests import spare_sessions
from orchestration_project_tests.databases import end_sessions
from orchestration_project_tests.fakes.flaky import FlakyChat, Script
from orchestration_project_tests.orchestration import one_job, quick_dagster

NO_END = timedelta(minutes=20)
NO_WAVE = "burst: 1000000"


class MovedClock:
    """The real time, and what a test has let pass at once."""

    def __init__(self) -> None:
        self._passed = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self._passed

    def forward(self, **time: float) -> None:
        self._passed += timedelta(**time)


@dataclass
class World:
    """An installation in a temporary folder. Change `playbook_folder`, then `run`."""

    home: Path
    playbook_folder: Path
    ledger: Ledger
    instance: dg.DagsterInstance
    clock: MovedClock
    said: list[str] = field(default_factory=list[str])  # by the dispatcher
    built: tuple[Playbook, dg.Definitions] | None = None

    def playbook(self) -> Playbook:
        return one_job.playbook_in(self.playbook_folder)

    def definitions(self) -> dg.Definitions:
        """Built anew when the playbook has changed."""
        playbook = self.playbook()
        if self.built is None or self.built[0] != playbook:
            definitions = build_definitions(
                playbook=playbook,
                database_url=self.database_url,
                home=str(self.home),
                folder=str(self.playbook_folder),
                clock=self.clock,
            )
            self.built = playbook, definitions
        return self.built[1]

    @property
    def database_url(self) -> str:
        return self.ledger.engine.url.render_as_string(hide_password=False)

    def submit(self, *payloads: dict[str, Any]) -> tuple[Ref, ...]:
        deliveries = [
            Delivery(external_id=payload.get("id"), raw=json.dumps(payload).encode()) for payload in payloads
        ]
        return tuple(item.ref for item in take_in(self.ledger, self.playbook(), "inbox", deliveries))

    def run(self, *, patience: float = 300.0, own_executor: bool = False) -> tuple[Ref, ...]:
        """Until nothing is left to do within `patience` seconds, which pass at once. What is away for good is
        asked once a minute: with more patience than that it never ends."""
        begun = self.clock()

        def sleep(seconds: float) -> None:
            self.clock.forward(seconds=max(seconds, 0.05))
            assert self.clock() - begun < NO_END + timedelta(seconds=patience), (
                "something is asked again and again"
            )

        with self.dispatcher() as dispatcher:
            return process_pending(
                dispatcher,
                sleep=sleep,
                execute=execute if own_executor else self.execute,
                patience=patience,
            )

    @contextmanager
    def dispatcher(self) -> Generator[Dispatcher]:
        """What the dispatching sensor does, for a test that wants to do it by hand."""
        playbook = self.playbook()
        with self.surroundings():
            context = connector_context(playbook, self.home, self.ledger)
            with open_workbench(playbook, context) as workbench:
                yield Dispatcher(self.ledger, self.instance, playbook, workbench, self.said.append)

    @contextmanager
    def surroundings(self) -> Generator[None]:
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("LEADS_HOME", str(self.home))
            environment.setenv("LEADS_PLAYBOOK", str(self.playbook_folder))
            environment.setenv("LEADS_DATABASE_URL", self.database_url)
            yield

    def run_once(self) -> list[str]:
        """All that can be taken now, and nothing of what comes of it. Answers the runs."""
        before = self.instance.get_runs_count()
        with self.dispatcher() as dispatcher:
            for claim in dispatcher.claims():
                self.execute(claim)
        return [run.run_id for run in self.instance.get_runs(limit=self.instance.get_runs_count() - before)]

    def execute(self, claim: Claim, instance: dg.DagsterInstance | None = None) -> dg.ExecuteInProcessResult:
        """The run of a claim, with this world's clock, which a job that Dagster builds anew has not."""
        place = one_job.Place(self.home, self.database_url, self.clock)
        with one_job.running_at(place, self.playbook()) as job:
            return job.execute_in_process(
                run_config=run_config(claim, console="CRITICAL"),
                instance=instance or self.instance,
                tags=run_tags(claim),
                raise_on_error=False,
            )

    def lead(self, ref: Ref) -> LeadLine:
        return self.ledger.stories.list_leads(refs=[ref])[0]

    def sql(self, statement: str, *values: object) -> list[dict[str, Any]]:
        """What a person or another program does to the database, or what stands in it."""
        with self.ledger.engine.begin() as connection:
            result = connection.exec_driver_sql(statement, values or None)
            return [dict(row) for row in result.mappings()] if result.returns_rows else []

    def bury(self) -> None:
        """Ends the sessions that dead processes held leases with: the server itself notices a moment later.
        Only where no process lives that has one."""
        holders = self.sql(
            "SELECT DISTINCT pid FROM pg_locks JOIN pg_database ON database = pg_database.oid "
            "WHERE datname = current_database() AND locktype = 'advisory' AND objsubid = 2 AND classid = %s",
            LEASE_CLASS,
        )
        with self.ledger.engine.connect() as connection:
            end_sessions(connection, [row["pid"] for row in holders])

    def edit_playbook(self, file: str, old: str, new: str) -> None:
        _edit(self.playbook_folder / file, old, new)

    def files(self) -> set[str]:
        """Everything the connectors have written to disk."""
        return {str(path.relative_to(self.home)) for path in self.home.rglob("*") if path.is_file()}


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@contextmanager
def open_world(folder: Path, engine: sqlalchemy.Engine, *, on_disk: bool = False) -> Generator[World]:
    """Dagster's own records are in memory, which is quicker; `on_disk` other processes see them too."""
    for name in ("home", "dagster"):
        (folder / name).mkdir()
    shutil.copytree(WORKING_COPY / "playbook", folder / "playbook")
    # the leads of a test write the same few texts, and are no wave of spam
    _edit(folder / "playbook" / "playbook.yaml", "hold_from: 0.9", f"hold_from: 0.9\n  {NO_WAVE}")
    clock = MovedClock()
    ledger = open_ledger(engine, clock)
    opened = quick_dagster.on_disk if on_disk else quick_dagster.in_memory
    with spare_sessions.handed_on(), opened(folder / "dagster") as instance:
        yield World(folder / "home", folder / "playbook", ledger, instance, clock)
    ledger.locks.release()  # and the sessions stay: one is handed on


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """An op that has lost the database is done again at once."""
    monkeypatch.setattr(stage, "PAUSES", (0.0,) * len(stage.PAUSES))


@pytest.fixture
def world(tmp_path: Path, database: sqlalchemy.Engine) -> Iterator[World]:
    with open_world(tmp_path, database) as opened:
        yield opened


@pytest.fixture
def priority_lead() -> dict[str, Any]:
    """A submission that the sample playbook scores 8 or more."""
    return {
        "id": "p1",
        "name": "Maeve O'Brien",
        "email": "maeve@harbour-joinery.example",
        "phone": "0117 496 0123",
        "company": "Harbour Joinery Ltd",
        "budget": "£600",
        "consent": True,
        "message": "Our bookkeeper has just left and the VAT deadline is next month. We are a team of 14 and "
        "need somebody to take over the books in Xero and the monthly payroll as soon as possible.",
    }


@pytest.fixture
def nurture_lead() -> dict[str, Any]:
    return {
        "id": "n1",
        "name": "Tom Rees",
        "email": "tom@rees-studio.example",
        "message": "How does your bookkeeping service work for a small studio?",
        "consent": True,
    }


@pytest.fixture
def flaky_chat(world: World, monkeypatch: pytest.MonkeyPatch) -> Script:
    monkeypatch.setitem(chat.TABLE, "flaky", "orchestration_project_tests.fakes.flaky:FlakyChat")
    monkeypatch.setattr(FlakyChat, "script", Script())
    world.edit_playbook("connections.yaml", "chat: {connector: file}", "chat: {connector: flaky}")
    return FlakyChat.script
