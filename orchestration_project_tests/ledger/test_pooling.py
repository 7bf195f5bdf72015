"""A pooler that lends sessions is told from one that keeps them, by what it does."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import pytest
import sqlalchemy

from orchestration_project.ledger import pooling
from orchestration_project.ledger.pooling import keeps_dagsters_schema, keeps_sessions
from orchestration_project_tests.fakes.pooler import fake_pooler

PGBOUNCER = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin")

Bouncer = Callable[..., AbstractContextManager[str]]


def server_folder(database: sqlalchemy.Engine) -> Path:
    host = database.url.query["host"]
    assert isinstance(host, str)
    return Path(host)


@pytest.fixture
def bouncer(database: sqlalchemy.Engine) -> Bouncer:
    """A real PgBouncer before the database of the test; answers its address."""
    if PGBOUNCER is None:
        pytest.skip("PgBouncer is not installed")
    program = PGBOUNCER

    @contextmanager
    def start(**settings: object) -> Generator[str]:
        with socket.socket() as probe, tempfile.TemporaryDirectory(prefix="leads-tests-") as folder:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
            probe.close()
            own: dict[str, object] = {
                "listen_addr": "127.0.0.1",
                "listen_port": port,
                "unix_socket_dir": "",
                "auth_type": "any",
            }
            lines = [f"{name} = {value}" for name, value in (own | settings).items()]
            ini = Path(folder, "pgbouncer.ini")
            ini.write_text(
                f"[databases]\n* = host={server_folder(database)} user=postgres\n[pgbouncer]\n"
                + "\n".join(lines)
            )
            Path(folder).chmod(0o755)
            # it refuses to be root; the server's own user may reach its socket
            user = "pgserver" if os.geteuid() == 0 else None
            process = subprocess.Popen([program, "-q", ini], user=user)
            try:
                while process.poll() is None:
                    with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                        break
                yield f"postgresql://postgres@127.0.0.1:{port}/{database.url.database}"
            finally:
                process.terminate()
                process.wait(20)

    return start


def test_a_direct_connection_keeps_its_session(database: sqlalchemy.Engine) -> None:
    url = database.url.render_as_string(hide_password=False)
    for _ in range(3):
        assert keeps_sessions(url)
    assert keeps_dagsters_schema(url)


@pytest.mark.parametrize("in_turn", [False, True])
@pytest.mark.parametrize("sessions", [1, 2, 3, 4, 5, 7, 20])
def test_a_pooler_that_lends_its_sessions_does_not(
    database: sqlalchemy.Engine, sessions: int, in_turn: bool
) -> None:
    assert database.url.database is not None
    with fake_pooler(
        server_folder(database), database.url.database, sessions=sessions, in_turn=in_turn
    ) as port:
        assert not keeps_sessions(f"postgresql://postgres@127.0.0.1:{port}/{database.url.database}")


@pytest.mark.parametrize("server_round_robin", [0, 1])
@pytest.mark.parametrize(("pool_mode", "keeps"), [("transaction", False), ("session", True)])
def test_pgbouncer_is_told_by_its_mode(
    bouncer: Bouncer, pool_mode: str, keeps: bool, server_round_robin: int
) -> None:
    with bouncer(pool_mode=pool_mode, server_round_robin=server_round_robin) as url:
        # the second time it has sessions to choose from
        assert [keeps_sessions(url), keeps_sessions(url)] == [keeps, keeps]


def test_the_lock_of_the_look_is_let_go_again(bouncer: Bouncer, database: sqlalchemy.Engine) -> None:
    held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
    with bouncer(pool_mode="transaction") as url:
        assert not keeps_sessions(url)
        with database.connect() as connection:
            assert connection.exec_driver_sql(held).scalar_one() == 0


def test_a_session_that_loses_its_locks_between_two_statements_is_not_kept(
    database: sqlalchemy.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As behind a proxy that resets the session it lends after each use."""
    forgets = sqlalchemy.text(f"SELECT pg_advisory_unlock_all() IS NULL, w.* FROM ({pooling._WHO.text}) AS w")
    monkeypatch.setattr(pooling, "_WHO", forgets)
    assert not keeps_sessions(database.url.render_as_string(hide_password=False))


@pytest.mark.parametrize("ignored", ["options", ""])
def test_a_pooler_that_drops_or_refuses_options_is_told(bouncer: Bouncer, ignored: str) -> None:
    with bouncer(pool_mode="session", ignore_startup_parameters=ignored) as url:
        assert keeps_sessions(url)
        assert not keeps_dagsters_schema(url)
