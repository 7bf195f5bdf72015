"""Dagster's own commands, in processes of their own: they work on the installation that they are told of.

What makes them do so is tested in `test_own_records.py`.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil
import pytest
import sqlalchemy

from orchestration_project.embedded_server import EmbeddedServer
from orchestration_project.installation import WORKING_COPY
from orchestration_project.ledger.engine import open_engine
from orchestration_project_tests.cli.conftest import COLUMNS
from orchestration_project_tests.servers import copy_data

BIN = Path(sys.executable).parent


class Place:
    """A folder as people have them, with an installation that has the embedded server."""

    def __init__(self, folder: Path, used_data: Path) -> None:
        self.home = folder / "lead intake's ü"
        self.home.mkdir()
        copy_data(used_data, self.home / "postgres")
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "COLUMNS": COLUMNS}
        self.environment |= {"LEADS_HOME": str(self.home), "PYTHONPATH": str(WORKING_COPY)}
        self.environment |= {"PYTHON_DOTENV_DISABLED": "1", "LEADS_DATABASE_URL": ""}

    def run(self, *command: str, folder: Path = WORKING_COPY) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [BIN / command[0], *command[1:]],
            check=False,
            capture_output=True,
            text=True,
            env=self.environment,
            cwd=folder,
            timeout=120,
        )

    def end(self) -> None:
        for process in self.processes():
            process.kill()

    def processes(self) -> list[psutil.Process]:
        found: list[psutil.Process] = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                alive = process.status() != psutil.STATUS_ZOMBIE
                if alive and process.environ().get("LEADS_HOME") == str(self.home):
                    found.append(process)
        return found


@pytest.fixture(scope="module")
def places(used_data: Path) -> Iterator[Callable[[], Place]]:
    with ExitStack() as folders:

        def another() -> Place:
            folder = tempfile.TemporaryDirectory(prefix="leads dagster's way ")
            place = Place(Path(folders.enter_context(folder)), used_data)
            folders.callback(place.end)
            return place

        yield another


@pytest.fixture(scope="module")
def interruptible() -> Iterator[None]:
    """What is started has SIGINT as in a terminal. Where it is ignored, as behind the `&` of a script, the
    servers of Dagster take SIGTERM for the same, and end when nobody has spoken to them for a minute."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="module")
def dev(places: Callable[[], Place], interruptible: None) -> Place:
    """Where `dg dev` has handed out a lead, and was killed."""
    place = places()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    lead = (
        '{"id": "n1", "name": "Jane Doe", "email": "jane@larkfield.example", "message": "Payroll, please."}\n'
    )
    place.home.parent.joinpath("lead.jsonl").write_text(lead)
    assert place.run("leads", "submit", str(place.home.parent / "lead.jsonl")).returncode == 0
    dev = subprocess.Popen(
        [BIN / "dg", "dev", "--port", port, "--target-path", WORKING_COPY],
        env=place.environment,
        cwd=place.home.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    # until its daemon has begun and has handed out the lead; we look into the server that `dg` has started
    server = EmbeddedServer(place.home / "postgres")
    server.start()
    engine = open_engine(server.url)
    made = sqlalchemy.text("SELECT pg_sleep(0.2), to_regclass('dagster.runs')")
    runs = sqlalchemy.text("SELECT pg_sleep(0.2), (SELECT count(*) FROM dagster.runs)")
    until = time.monotonic() + 120
    with engine.connect() as connection:
        for look in (made, runs):
            while not connection.execute(look).one()[1]:
                assert dev.poll() is None and time.monotonic() < until
    engine.dispose()
    server.close()
    os.kill(dev.pid, signal.SIGKILL)
    dev.wait()
    return place


def test_dg_dev_hands_out_a_lead_of_the_same_installation(dev: Place) -> None:
    done = dev.run("leads", "list", "--json")
    assert done.returncode == 0, done.stderr
    (lead,) = json.loads(done.stdout)
    assert lead["status"] != "received"


IN_ONE_PROCESS = """
import sys
from dagster_dg_cli.cli import main
for command in ("check", "list"):
    sys.argv = ["dg", command, "defs", "--target-path", sys.argv[-1]]
    try:
        main()
    except SystemExit as end:
        if end.code:
            raise
"""
"""`dg` twice, without importing Dagster twice."""


def test_dg_finds_the_definitions_good_and_lists_them_from_another_folder(
    places: Callable[[], Place],
) -> None:
    """By what `dagster definitions validate` is. Meanwhile what the one before has started ends."""
    place = places()
    done = place.run("python", "-c", IN_ONE_PROCESS, str(WORKING_COPY), folder=place.home.parent)
    assert done.returncode == 0, done.stderr
    assert "All definitions loaded successfully." in done.stdout + done.stderr
    assert "lead_intake" in done.stdout and "dispatcher" in done.stdout
    assert (place.home / "postgres.keeper").exists(), "it is the installation that it was told of"
    assert psutil.wait_procs(place.processes(), timeout=30)[1] == [], "the server has ended, too"


def test_what_dg_dev_has_started_ends_when_it_is_killed(dev: Place) -> None:
    """What is asked of Dagster's code server is answered first, such as a tick of the dispatcher."""
    left = psutil.wait_procs(dev.processes(), timeout=45)[1]
    assert [process.cmdline() for process in left] == []
