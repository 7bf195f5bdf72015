"""The embedded server starts in any folder, is shared by all who use it, and ends with the last of them.

How it comes back when it has ended by itself is `test_embedded_server.py`.
"""

import errno
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from orchestration_project.embedded_server import EmbeddedServer
from orchestration_project.errors import InstallationError
from orchestration_project.ledger.engine import open_engine
from orchestration_project_tests.servers import copy_data
from orchestration_project_tests.test_file_locks import refuse_locks

USE = """if True:
    import sys, pathlib
    from orchestration_project.embedded_server import EmbeddedServer
    EmbeddedServer(pathlib.Path(sys.argv[1])).start()
    print("used", flush=True)
    sys.stdin.read()
"""


def use(data: Path) -> subprocess.Popen[str]:
    """Another process that uses the server."""
    process = subprocess.Popen(
        [sys.executable, "-c", USE, str(data)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stdout.readline() == "used\n"
    return process


@pytest.fixture
def data() -> Iterator[Path]:
    """The data folder of a server that is yet to be made; it has ended when the test has."""
    with tempfile.TemporaryDirectory(prefix="leads-embedded-") as folder:
        yield Path(folder) / "postgres"
        for process in psutil.process_iter():
            assert f"{folder}/" not in " ".join(_command(process)), "it was left running"


@pytest.fixture
def made(data: Path, server_data: Path) -> Path:
    """The same, and it is made."""
    copy_data(server_data, data)
    return data


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def test_the_last_one_that_uses_it_stops_it_though_another_was_killed(made: Path) -> None:
    server = EmbeddedServer(made)
    server.start()
    other = use(made)
    other.kill()
    other.communicate()
    server.close()
    assert not server.is_alive()


def test_it_stays_for_others_and_when_all_of_them_were_killed_it_ends(made: Path) -> None:
    server = EmbeddedServer(made)
    server.start()
    other = use(made)
    server.close()
    process = psutil.Process(int((made / "postmaster.pid").read_text().split("\n")[0]))
    assert server.is_alive()
    other.kill()
    other.communicate()
    process.wait(30)
    EmbeddedServer(made).close()


def test_one_that_has_lost_its_keeper_gets_another(made: Path) -> None:
    server = EmbeddedServer(made)
    server.start()
    keeper = server._keeper
    assert keeper is not None
    keeper.kill()
    keeper.wait()
    assert server.is_alive()
    second = EmbeddedServer(made)
    second.start()
    assert second.url == server.url
    second.close()
    server.close()
    assert not server.is_alive()


LONG = "/".join(["a folder with a long name"] * 5)


@pytest.mark.parametrize("name", ["My Projects/lead intake's", 'Büro "100 %", Ωmega: $HOME', LONG], ids=ascii)
def test_it_lives_in_any_folder(name: str) -> None:
    """Or its sockets elsewhere: where the path is too long for one, or would be taken for two hosts."""
    with tempfile.TemporaryDirectory(prefix="leads-embedded-") as folder:
        data = Path(folder) / name / "postgres"
        data.parent.mkdir(parents=True)
        server = EmbeddedServer(data)
        server.start()
        engine = open_engine(server.url)
        try:
            with engine.connect() as connection:
                assert connection.exec_driver_sql("SHOW data_directory").scalar() == str(data)
        finally:
            engine.dispose()
            server.close()


def test_ports_and_languages_of_the_shell_mean_nothing_to_it(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"PGPORT": "6543", "PGHOST": "nowhere", "LANG": "xx_XX", "LC_ALL": "yy_YY"}.items():
        monkeypatch.setenv(name, value)
    server = EmbeddedServer(data)
    server.start()
    engine = open_engine(server.url)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT lower('ÄΩ')").scalar() == "äω"
    engine.dispose()
    server.close()


def test_on_a_file_system_without_sockets_and_locks_they_are_elsewhere(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.socket.bind

    def refuse(self: socket.socket, address: str) -> None:
        if self.family is socket.AF_UNIX and str(address).startswith(str(data)):
            raise OSError(errno.EOPNOTSUPP, "Operation not supported")
        real(self, address)

    monkeypatch.setattr(socket.socket, "bind", refuse)
    refuse_locks(monkeypatch, data.parent)
    server = EmbeddedServer(data)
    server.start()
    engine = open_engine(server.url)
    with engine.connect() as connection:
        where = connection.exec_driver_sql("SHOW unix_socket_directories").scalar()
    engine.dispose()
    assert isinstance(where, str) and str(data) not in where
    assert [path.name for path in data.parent.iterdir()] == ["postgres"]
    server.close()
    assert not server.is_alive()


def test_data_of_another_version_is_told_in_a_sentence(data: Path) -> None:
    data.mkdir()
    (data / "PG_VERSION").write_text("9.6\n")
    with pytest.raises(InstallationError, match=r"made by PostgreSQL 9\.6, and this one is 18"):
        EmbeddedServer(data).start()


def test_a_folder_with_other_things_in_it_is_left_alone(data: Path) -> None:
    data.mkdir()
    (data / "letter.txt").write_text("mine")
    with pytest.raises(InstallationError, match=r"made by PostgreSQL nobody"):
        EmbeddedServer(data).start()
    assert [path.name for path in data.iterdir()] == ["letter.txt"]


def test_what_a_start_that_was_killed_has_half_made_is_made_anew(data: Path) -> None:
    half = data.with_name("postgres.new")
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    server = EmbeddedServer(data)
    server.start()
    assert not half.exists()
    server.close()
