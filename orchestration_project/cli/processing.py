"""Running the job in this process with progress shown. Imports dagster, so only commands that run do."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from datetime import date

import dagster as dg
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from orchestration_project.cli.session import Session, read_playbook, say_own_dagster
from orchestration_project.cli.view import err
from orchestration_project.connecting import connector_context
from orchestration_project.definitions import build_definitions
from orchestration_project.errors import LeadsError
from orchestration_project.history.learning import tell_learned
from orchestration_project.history.rescored import tell_made
from orchestration_project.history.tables import TABLES
from orchestration_project.installation import Installation
from orchestration_project.intake import take_in
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.own_words import Version
from orchestration_project.ledger.rescored import Wanted
from orchestration_project.model import OPEN, Ref
from orchestration_project.orchestration.dispatch import run_config, run_tags
from orchestration_project.orchestration.graph import JOB
from orchestration_project.orchestration.local_run import local_dispatcher, process_pending
from orchestration_project.orchestration.own_output import passed_on_later
from orchestration_project.orchestration.resources import open_workbench
from orchestration_project.orchestration.sources import Reader, crm_reader, form_reader
from orchestration_project.playbook.model import Playbook


def process(desk: Session, *, services: bool = False) -> tuple[Ref, ...]:
    """Runs the real job on the persisted instance until nothing is left to do now; answers its leads. With
    `services` those that form services list are taken in first, as their sensors would."""
    playbook = read_playbook(desk.installation)
    say_own_dagster(desk.installation)
    _read_sources(desk, playbook, services=services)
    if not _open_leads(desk.ledger) and not desk.ledger.second_looks.any_due():
        return ()
    home = desk.installation.home
    with (
        dg.DagsterInstance.from_config(str(desk.installation.dagster_home)) as instance,
        local_dispatcher(desk.ledger, instance, playbook, home, err.print) as dispatcher,
        _progress(desk.ledger),
    ):
        desk.ledger.connections.ask_now()
        return process_pending(dispatcher)


def tell_rescored(desk: Session, candidate: str, wanted: Wanted) -> None:
    """So that the data team finds in the UI what was scored again by a command."""
    where = read_playbook(desk.installation).business.time_zone
    with dg.DagsterInstance.from_config(str(desk.installation.dagster_home)) as instance:
        tell_made(instance, desk.ledger, candidate, wanted, where)


def tell_own_words(desk: Session, version: Version) -> None:
    """The same, of what was learned from people's words."""
    with dg.DagsterInstance.from_config(str(desk.installation.dagster_home)) as instance:
        tell_learned(instance, desk.ledger, version)


@contextmanager
def played(ledger: Ledger, playbook: Playbook, installation: Installation) -> Generator[Callable[[], int]]:
    """The live machinery in this process, on the ledger's clock: called, it does what can be done now, and
    answers how many runs that took."""
    job = build_definitions(
        playbook=playbook,
        database_url=ledger.engine.url.render_as_string(hide_password=False),
        home=str(installation.home),
        folder=str(installation.playbook),
        clock=ledger.clock,
    ).get_job_def(JOB)
    # its own records are of no interest afterwards
    with (
        dg.DagsterInstance.ephemeral(settings={"telemetry": {"enabled": False}}) as instance,
        local_dispatcher(ledger, instance, playbook, installation.home) as dispatcher,
    ):
        bench = dispatcher.workbench
        sources = [
            name for name in bench.connected.form_sources if not bench.connected.form_sources.embedded(name)
        ]
        readers = [form_reader(name, bench, ledger, playbook) for name in sources]
        readers += [] if bench.connected.embedded("crm") else [crm_reader(bench, ledger, playbook)]

        def go_on() -> int:
            for reader in readers:
                with suppress(LeadsError):  # its connection knows
                    reader.read()
            dispatcher.keep_going()
            claims = dispatcher.claims()
            for claim in claims:
                job.execute_in_process(
                    run_config=run_config(claim, console="CRITICAL"),
                    instance=instance,
                    tags=run_tags(claim),
                    raise_on_error=False,
                )
            return len(claims)

        yield go_on


def materialise(desk: Session, playbook: Playbook, first: date, last: date) -> int:
    """Makes history's tables for all these days, in one run as a backfill does; answers how many tables."""
    job = build_definitions(playbook=playbook).resolve_implicit_global_asset_job_def()
    with dg.DagsterInstance.from_config(str(desk.installation.dagster_home)) as instance, passed_on_later():
        job.execute_in_process(
            instance=instance,
            asset_selection=[dg.AssetKey(name) for name in TABLES],
            tags={
                "dagster/asset_partition_range_start": first.isoformat(),
                "dagster/asset_partition_range_end": last.isoformat(),
            },
            run_config={"loggers": {"console": {"config": {"log_level": "ERROR"}}}},
        )
    return len(TABLES)


def _read_sources(desk: Session, playbook: Playbook, *, services: bool) -> None:
    """What waits in files and at services for a sensor; here this command is the sensor. How far a service
    was read is in the ledger, for whoever reads it next; one that cannot be read is told, and the others go
    on."""
    given = connector_context(playbook, desk.installation.home, desk.ledger)
    with open_workbench(playbook, given) as workbench:
        sources = workbench.connected.form_sources
        for name in sources:
            if not sources.embedded(name):
                if services:
                    _read(name, lambda name=name: form_reader(name, workbench, desk.ledger, playbook))
                continue
            source = sources[name]
            page = workbench.run(lambda source=source: source.fetch(None))
            if page.deliveries:
                take_in(desk.ledger, playbook, name, page.deliveries)
            workbench.run(lambda source=source, page=page: source.stored(page))
        if services and not workbench.connected.embedded("crm"):
            _read("crm", lambda: crm_reader(workbench, desk.ledger, playbook))


def _read(name: str, reader: Callable[[], Reader]) -> None:
    try:
        reader().read()
    except LeadsError as error:  # its connection knows, and so does `leads doctor`
        err.print(f"{name} could not be read. {error}", markup=False)


def _open_leads(ledger: Ledger) -> int:
    counts = ledger.stories.count()
    return sum(counts.get(status, 0) for status in OPEN)


@contextmanager
def _progress(ledger: Ledger) -> Generator[None]:
    """A bar fed by the ledger, since that is where the run's steps leave their trace."""
    total = _open_leads(ledger)
    closed_before = sum(ledger.stories.count().values()) - total
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
        transient=True,
    )
    over = threading.Event()

    def watch() -> None:
        task = bar.add_task("starting", total=total)
        while not over.wait(0.2):
            counts = ledger.stories.count()
            closed = sum(counts.values()) - sum(counts.get(status, 0) for status in OPEN) - closed_before
            bar.update(task, completed=closed, description=ledger.stories.newest_event() or "working")

    with bar:
        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
