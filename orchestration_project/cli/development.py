"""`leads dev` and `leads demo`: the whole thing on one machine, and the sample leads through it."""

import json
import os
import signal
import socket
import sys
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from typing import Annotated

import anyio
import typer

from orchestration_project.cli.alert_lines import AlertLines
from orchestration_project.cli.files import deliveries_in
from orchestration_project.cli.leftovers import end_leftovers, note
from orchestration_project.cli.session import Session, here, read_playbook, say_own_dagster, session
from orchestration_project.cli.submit import INBOX
from orchestration_project.cli.supervised import Supervised
from orchestration_project.cli.told import Told
from orchestration_project.cli.view import leads_table, out
from orchestration_project.clock import utc_now
from orchestration_project.connecting import connector_context
from orchestration_project.connectors.crm.local import LocalCrm
from orchestration_project.embedded_server import EmbeddedServer
from orchestration_project.errors import LeadsError
from orchestration_project.history.days import keep_beginning
from orchestration_project.installation import WORKING_COPY, Installation, make_home, ready
from orchestration_project.intake import take_in
from orchestration_project.ledger import open_ledger
from orchestration_project.ledger.engine import open_engine
from orchestration_project.ledger.history import HistoryReader
from orchestration_project.playbook.model import Playbook
from orchestration_project.watch.opening import open_seen
from orchestration_project.watch.silence import tell_end

_LAST_PORT = 65_535
_SELDOM = {"FRESHNESS_DAEMON_INTERVAL_SECONDS": "300"}
"""Of Dagster's: what is to be made once a day need not be looked at every half minute."""
_ONE_HEAP = {"MALLOC_ARENA_MAX": "1"}
"""By itself the C library gives each thread a heap of its own, whose gaps no other can use; of Python's
threads only one is at work at a time, and without them a burst takes 35 MB less."""
SAMPLES = WORKING_COPY / "samples"


def dev(
    port: Annotated[
        int, typer.Option(min=1, max=_LAST_PORT, help="Of the Dagster UI, on this machine only.")
    ] = 3000,
) -> None:
    """Dagster UI, daemon and sensors on this machine. Ctrl-C stops all of it."""
    installation = here()
    playbook = read_playbook(installation)
    say_own_dagster(installation)
    with _only_one(installation):
        end_leftovers(installation)
        _serve(installation, playbook, port)


def _serve(installation: Installation, playbook: Playbook, port: int) -> None:
    _insist_on_free(port)
    with ready(installation) as place:
        _keep_beginning(installation, playbook, place.url)
        # for links in messages; whoever reaches the UI by another address says so in `.env`
        os.environ.setdefault("LEADS_UI_URL", f"http://127.0.0.1:{port}")
        out.print(f"Dagster UI: http://127.0.0.1:{port}   playbook version {playbook.version}")
        out.print("Sensors are on: `leads submit FILE` in another terminal starts a run at once.\n")
        command = [sys.executable, "-m", "orchestration_project.serving", str(port)]
        ledger = open_ledger(open_engine(place.url, pool_size=2), utc_now)
        opened = partial(open_seen, ledger, installation.home, installation.playbook)
        lines = AlertLines(ledger, opened, playbook.business.time_zone)
        supervised = Supervised(
            partial(_look_after, place.server, lines),
            show=Told(installation.home / "dev.log").show,
            begun=partial(note, installation),
        )
        environment = {**_SELDOM, **_ONE_HEAP, **os.environ, **place.environment}
        status = supervised.run(command, installation.dagster_home, environment)
        words = "" if supervised.was_stopped else _end(status)
        if words:
            tell_end(opened(), words)
        ledger.close()
    if words:
        raise LeadsError(f"{words} What it said is above.")


def _end(status: int) -> str:
    """Empty: it was stopped by somebody's wish."""
    wished = status in (-signal.SIGTERM, 128 + signal.SIGTERM)
    return "" if wished else f"Dagster stopped with status {status}."


def _keep_beginning(installation: Installation, playbook: Playbook, url: str) -> None:
    """History begins with the oldest lead there is now."""
    engine = open_engine(url, pool_size=1)
    try:
        oldest = HistoryReader(engine, playbook.business.time_zone, {}).first_day()
    finally:
        engine.dispose()
    if oldest is not None:
        keep_beginning(installation.home, oldest)


def _look_after(server: EmbeddedServer | None, alerts: AlertLines) -> None:
    bring_back(server)
    alerts.look()


def bring_back(server: EmbeddedServer | None) -> None:
    """Dagster's processes and the runs ask again when the database is away; bringing it back is ours."""
    if server is not None and not server.is_alive():
        server.bring_back()
        out.print("The embedded PostgreSQL had ended. It runs again, with all that was in it.")


def _insist_on_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError as error:
            raise LeadsError(
                f"Port {port} may not be used by this user. Choose one above 1023: leads dev --port 3000"
            ) from error
        except OSError as error:
            raise LeadsError(
                f"Port {port} is taken by another program: {error.strerror}. Stop that one, or choose "
                f"another port: leads dev --port {port + 1 if port < _LAST_PORT else port - 1}"
            ) from error


@contextmanager
def _only_one(installation: Installation) -> Generator[None]:
    """Two daemons on one installation would start every run twice."""
    make_home(installation)
    lock = installation.lock("dev")
    if (holder := lock.take_as_holder()) is not None:
        raise LeadsError(
            f"`leads dev` is running already for {installation.home} (process {holder}). Use that one, or "
            "set LEADS_HOME to another folder for a second installation."
        )
    try:
        yield
    finally:
        lock.let_go()


def demo(
    services: Annotated[
        bool, typer.Option("--services", help="Through HubSpot, Gmail, Slack and others, as stand-ins here.")
    ] = False,
    history: Annotated[
        bool, typer.Option("--history", help="A year of made-up leads: re-scored, compared, promoted.")
    ] = False,
) -> None:
    """Send the sample leads through the real job: into files, or with --services into stand-ins."""
    if services:
        from orchestration_project.cli.services_demo import services_demo  # noqa: PLC0415 - of no other command

        services_demo()
        return
    if history:
        from orchestration_project.cli.history_demo import history_demo  # noqa: PLC0415 - pandas and dagster

        history_demo()
        return
    from orchestration_project.cli.processing import process  # noqa: PLC0415 - dagster is slow to import

    with session() as desk:
        playbook = read_playbook(desk.installation)
        _seed_crm(desk, playbook)
        samples = SAMPLES / "submissions.jsonl"
        stored = take_in(desk.ledger, playbook, INBOX, deliveries_in(samples.read_bytes(), str(samples)))
        new = {item.ref for item in stored if item.new}
        repeated = len(stored) - len(new)
        out.print(f"{len(stored)} submissions: {len(new)} new, {repeated} delivered again and kept once.\n")
        processed = process(desk)
        out.print(leads_table(desk.ledger.stories.list_leads(refs=[item.ref for item in stored])))
        if not processed:
            out.print("\nEverything here was done before: nothing was done twice.")
        _say_what_next(desk)


def _seed_crm(desk: Session, playbook: Playbook) -> None:
    """The sample firm has customers already. Only the embedded CRM is ever filled with them."""
    if playbook.connections.crm.connector != "local":
        return
    crm = LocalCrm.open(
        playbook.connections.crm, connector_context(playbook, desk.installation.home, desk.ledger)
    )
    for line in (SAMPLES / "crm_contacts.jsonl").read_text(encoding="utf-8").splitlines():
        contact = json.loads(line)

        async def seed(contact: dict[str, str] = contact) -> None:
            if await crm.find_contact(contact["email"]) is None:
                await crm.create_contact(contact, {})

        anyio.run(seed)


def _say_what_next(desk: Session) -> None:
    home = desk.installation.home
    out.print("\n[bold]The drafts wait for you here[/], as files your mail program opens:")
    out.print(f"  {home / 'outbox' / 'to review and send'}", soft_wrap=True)
    out.print(f"Sent one? Move its file to {home / 'outbox' / 'sent'}: then it is logged.", soft_wrap=True)
    out.print(f"Folders, calendar holds and the chat line are in {home}.\n", soft_wrap=True)
    out.print("[bold]Next[/]")
    out.print("  .venv/bin/leads show REF         the whole story of one lead")
    out.print("  make dev                         the Dagster UI with this run, live sensors")
    out.print("  playbook/playbook.yaml           the rules; change one, then:")
    out.print("  .venv/bin/leads check-playbook   what is wrong with them, if anything")
