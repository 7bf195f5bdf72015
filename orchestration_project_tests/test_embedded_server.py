"""The embedded server comes back with its data, however it ended. A real one, which each test ends anew."""

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle
from pathlib import Path

import psutil
import pytest
import sqlalchemy
from sqlalchemy.exc import DBAPIError

from orchestration_project.cli.development import bring_back
from orchestration_project.cli.supervised import Supervised
from orchestration_project.embedded_server import PAUSES, EmbeddedServer
from orchestration_project.embedded_server.programs import find_programs
from orchestration_project.errors import InstallationError
from orchestration_project.ledger.engine import open_engine
from orchestration_project_tests.servers import copy_data


class Home:
    """A folder with an embedded server that keeps one row."""

    def __init__(self, folder: Path, server_data: Path) -> None:
        self.data = folder / "postgres"
        copy_data(server_data, self.data)
        self.server = EmbeddedServer(self.data)
        self.server.start()
        self.engine = open_engine(self.server.url)
        with self.engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE kept (what text)")
            connection.exec_driver_sql("INSERT INTO kept VALUES ('a lead')")

    @property
    def pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    @property
    def pid(self) -> int:
        return int(self.pid_file.read_text().split("\n")[0])

    def kill(self) -> None:
        process = psutil.Process(self.pid)
        process.kill()
        process.wait(10)

    def stop(self) -> None:
        """As another program would."""
        find_programs()._run("pg_ctl", "-w", "-m", "fast", "-D", str(self.data), "stop")

    def pretend(self, pid: int) -> None:
        """The dead server's process id is somebody else's, or was never buried."""
        _, _, rest = self.pid_file.read_text().partition("\n")
        self.pid_file.write_text(f"{pid}\n{rest}")
        (self.data / ".s.PGSQL.5432.lock").write_text(f"{pid}\n{rest}")

    def read(self) -> list[str]:
        self.engine.dispose()  # whether a connection still is there, nobody asks of one used a moment ago
        with self.engine.connect() as connection:
            return [*connection.exec_driver_sql("SELECT what FROM kept").scalars()]


@pytest.fixture(scope="module")
def shared_home(server_data: Path) -> Iterator[Home]:
    # not below pytest's own folder, which is shut for the user whom the server runs as
    with tempfile.TemporaryDirectory(prefix="leads-embedded-") as folder:
        home = Home(Path(folder), server_data)
        yield home
        home.engine.dispose()
        home.server.close()


@pytest.fixture
def home(shared_home: Home) -> Home:
    if not shared_home.server.is_alive():
        shared_home.server.bring_back()
    assert shared_home.read() == ["a lead"]
    return shared_home


@pytest.mark.parametrize("end", [Home.kill, Home.stop])
def test_a_server_that_has_ended_is_brought_back_at_its_address_with_its_data(
    home: Home, end: Callable[[Home], None]
) -> None:
    before, url = home.pid, home.server.url
    assert home.server.is_alive()
    end(home)
    assert not home.server.is_alive()
    with pytest.raises(DBAPIError):
        home.read()
    home.server.bring_back()
    assert home.server.is_alive()
    assert home.pid != before
    assert home.server.url == url
    assert home.read() == ["a lead"]


def test_a_session_that_outlives_its_server_is_ended_first(home: Home) -> None:
    """It is busy and does not look up; with the old one's memory in use no new server may start."""
    busy = home.engine.connect()
    (pid,) = busy.exec_driver_sql("SELECT pg_backend_pid()").one()

    def work() -> None:
        with pytest.raises(DBAPIError):
            busy.exec_driver_sql("SELECT count(*) FROM generate_series(1, 100000000000) AS a")

    thread = threading.Thread(target=work)
    thread.start()
    while "SELECT" not in " ".join(psutil.Process(pid).cmdline()):
        time.sleep(0.02)
    home.kill()
    assert psutil.pid_exists(pid)
    home.server.bring_back()
    thread.join(30)
    assert home.read() == ["a lead"]


def test_a_dead_server_that_nobody_has_buried_is_known_to_be_dead(home: Home) -> None:
    home.kill()
    unburied = subprocess.Popen([sys.executable, "-c", ""])
    while psutil.Process(unburied.pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.02)
    home.pretend(unburied.pid)
    assert not home.server.is_alive()
    home.server.bring_back()
    assert home.read() == ["a lead"]
    unburied.wait()


def test_the_process_id_of_a_dead_server_may_be_another_programs_by_now(home: Home) -> None:
    home.kill()
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    home.pretend(other.pid)
    assert not home.server.is_alive()
    # the first start of a command meets it as well, after a power cut
    started = EmbeddedServer(home.data)
    started.start()
    assert started.url == home.server.url
    assert home.read() == ["a lead"]
    assert other.poll() is None
    other.communicate(b"\n")


def test_a_server_that_does_not_start_again_is_given_up_after_growing_pauses(home: Home) -> None:
    pauses: list[float] = []
    server = EmbeddedServer(home.data, sleep=pauses.append)
    server.start()
    home.stop()
    control = home.data / "global" / "pg_control"
    aside = control.rename(control.with_name("aside"))
    with pytest.raises(InstallationError, match=r"does not start again") as raised:
        server.bring_back()
    assert str(home.data / "log") in str(raised.value)
    assert pauses == list(PAUSES) == sorted(PAUSES)
    with pytest.raises(InstallationError, match=r"does not start \("):
        EmbeddedServer(home.data).start()
    aside.rename(control)


def test_a_program_that_is_looked_after_goes_on_when_its_server_was_killed(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str], restored_handlers: None
) -> None:
    program = """if True:
        import sys, time, psycopg2
        def ask():
            with psycopg2.connect(sys.argv[1]) as connection, connection.cursor() as cursor:
                cursor.execute("SELECT what FROM kept")
                return cursor.fetchall()
        ask()
        open("ready", "w").close()
        away = False
        while True:
            time.sleep(0.02)
            try:
                if ask() and away: break
            except (psycopg2.OperationalError, psycopg2.InterfaceError):
                away = True
    """
    url = (
        sqlalchemy.make_url(home.server.url)
        .set(drivername="postgresql")
        .render_as_string(hide_password=False)
    )
    supervised = Supervised(partial(_kill_once_then_look_after, home, tmp_path / "ready", []))
    assert supervised.run([sys.executable, "-c", program, url], tmp_path) == 0
    assert "runs again" in capsys.readouterr().out


def _kill_once_then_look_after(home: Home, ready: Path, killed: list[bool]) -> None:
    if ready.exists() and not killed:
        killed.append(True)
        home.kill()
    bring_back(home.server)


@pytest.fixture
def restored_handlers() -> Iterator[None]:
    import signal

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


SPOILED = {
    "empty": "",
    "a word": "what?",
    "a number": "12",
    "no numbers": "\n".join("abcdefgh"),
    "a line short": "1\n/x\n3\n5432\n/x\n\n7",
}


# each with a server that lives or one that is dead, in turn
@pytest.mark.parametrize(
    ("content", "alive"), [*zip(SPOILED.values(), cycle((True, False)), strict=False)], ids=SPOILED.keys()
)
def test_a_spoiled_process_file_is_got_over(home: Home, content: str, alive: bool) -> None:
    """A server that lives is stopped first: its place is nowhere written any more."""
    before = home.pid
    if not alive:
        home.kill()
    home.pid_file.write_text(content)
    home.server.bring_back()
    assert home.pid != before
    assert not psutil.pid_exists(before) or psutil.Process(before).status() == psutil.STATUS_ZOMBIE
    assert home.read() == ["a lead"]


def test_it_says_why_it_does_not_start(home: Home) -> None:
    home.stop()
    settings = home.data / "postgresql.auto.conf"
    before = settings.read_text()
    settings.write_text("shared_buffers = 'a lot'\n")
    with pytest.raises(InstallationError, match=r"postgresql\.auto\.conf. contains errors"):
        EmbeddedServer(home.data).start()
    settings.write_text(before)
