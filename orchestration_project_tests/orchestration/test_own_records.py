"""Whoever starts Dagster here works on the records of this installation: `dg`, `dagster`, from any folder."""

import logging
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import click
import dagster as dg
import psycopg2.extensions
import pytest
import sqlalchemy
from click.testing import CliRunner
from dagster._cli.dev import dev_command
from dagster._daemon.cli import run_command
from dagster_postgres import PostgresEventLogStorage, PostgresScheduleStorage
from sqlalchemy import event

from orchestration_project.errors import LeadsError
from orchestration_project.file_locks import Lock
from orchestration_project.installation import WORKING_COPY, here, make_home
from orchestration_project.orchestration import own_records
from orchestration_project.orchestration.own_records import insist_on_one_dagster, say_whose
from orchestration_project_tests import forking

BIN = Path(sys.executable).parent
PRINTING = "orchestration_project_tests.orchestration.printing_run"
ORPHAN = "orchestration_project_tests.orchestration.orphan:act"


@pytest.fixture
def own(tmp_path: Path, database_with_records: sqlalchemy.Engine, monkeypatch: pytest.MonkeyPatch) -> Path:
    """LEADS_HOME of an installation with a database of the tests."""
    monkeypatch.setenv("LEADS_HOME", str(tmp_path / "my home"))
    monkeypatch.setenv("LEADS_DATABASE_URL", database_with_records.url.render_as_string(hide_password=False))
    monkeypatch.setenv("LEADS_MIGRATED", "")
    make_home(here())
    for kept in (own_records._daemon_lock, own_records._say_once):
        kept.cache_clear()
    return tmp_path / "my home"


def test_records_logs_and_files_are_in_the_installation_though_dagster_stands_elsewhere(
    own: Path, tmp_path: Path, database_with_records: sqlalchemy.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it does without a DAGSTER_HOME: in a temporary folder, with the settings of the working copy."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    shutil.copyfile(WORKING_COPY / "dagster.yaml", temporary / "dagster.yaml")
    with dg.DagsterInstance.from_config(str(temporary)) as instance:
        monkeypatch.setenv(own_records.OF_A_RUN, "1")  # without processes that read along
        run_id = dg.execute_job(dg.reconstructable(nothing_job), instance).run_id
        assert instance.storage_directory() == str(own / "dagster" / "storage")
        assert len({session_of(instance) for _ in range(3)}) == 1, "connections are kept"
    with database_with_records.connect() as connection:
        runs = connection.exec_driver_sql("SELECT run_id FROM dagster.runs").scalars().all()
    assert runs == [run_id]
    assert list((own / "dagster" / "storage" / run_id).iterdir())


def test_an_instance_that_has_its_tables_begins_with_one_connection(own: Path) -> None:
    """A command takes as long as what it opens. Beside it is one for the version of the ledger."""
    opened: list[object] = []

    def count(connection: psycopg2.extensions.connection, _record: object) -> None:
        if "search_path=dagster" in connection.dsn:
            opened.append(connection)

    event.listen(sqlalchemy.Engine, "connect", count)
    try:
        with dg.DagsterInstance.from_config(str(own / "dagster")) as instance:
            assert instance.get_runs(limit=1) == []
            assert len(opened) == 1
    finally:
        event.remove(sqlalchemy.Engine, "connect", count)


def test_a_table_of_dagsters_that_is_missing_is_made(
    own: Path, database_with_records: sqlalchemy.Engine
) -> None:
    with database_with_records.begin() as connection:
        connection.exec_driver_sql("DROP TABLE dagster.instance_info")
    with dg.DagsterInstance.from_config(str(own / "dagster")), database_with_records.connect() as connection:
        assert connection.exec_driver_sql("SELECT to_regclass('dagster.instance_info')").scalar()


def session_of(instance: dg.DagsterInstance) -> object:
    assert isinstance(instance.event_log_storage, PostgresEventLogStorage)
    with instance.event_log_storage._connect() as connection:
        return connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()


@dg.op
def nothing() -> None: ...


@dg.job(executor_def=dg.in_process_executor)
def nothing_job() -> None:
    nothing()


def test_an_instance_of_ones_own_is_used_and_told_once(
    own: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_records, "_log", logging.getLogger("told"))
    with dg.DagsterInstance.from_config(str(own / "dagster")) as ours:
        say_whose(ours)
    say_whose(dg.DagsterInstance.ephemeral())
    assert caplog.messages == []
    (tmp_path / "other").mkdir()
    with dg.DagsterInstance.local_temp(str(tmp_path / "other")) as other:
        say_whose(other)
        say_whose(other)
    (told,) = caplog.messages
    assert str(own) in told and str(tmp_path / "other") in told and "set DAGSTER_HOME to" in told


def test_a_second_daemon_is_refused_in_a_sentence(
    own: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def leave(_status: int) -> None:
        raise SystemExit

    monkeypatch.setattr(own_records.os, "_exit", leave)
    other = Lock(own / "daemon.lock")
    assert other.take_as_holder() is None
    with click.Context(run_command), pytest.raises(SystemExit):
        own_records._joined()
    told = capsys.readouterr().err
    assert told.startswith(f"Error: A Dagster daemon (process {os.getpid()}) is at work on {own} already")
    other.let_go()
    with click.Context(run_command):
        own_records._joined()
    assert Lock(own / "daemon.lock").take_as_holder() == os.getpid(), "ours now, to the end of the process"
    own_records._daemon_lock(here()).let_go()


@pytest.mark.filterwarnings("ignore:Function `dev_command` is superseded")
def test_a_second_dev_is_refused_before_it_starts_anything(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole command, which `dg dev` starts; in this process, so it sets up no signals and no loggers."""
    for name in ("setup_interrupt_handlers", "configure_loggers"):
        monkeypatch.setattr(f"dagster._cli.dev.{name}", _set_up_nothing)
    monkeypatch.setattr("dagster._cli.dev.open_ipc_subprocess", _start_nothing)
    shutil.copyfile(WORKING_COPY / "dagster.yaml", tmp_path / "dagster.yaml")
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    daemon = Lock(own / "daemon.lock")
    assert daemon.take_as_holder() is None
    done = CliRunner().invoke(dev_command, ["--python-file", __file__])
    daemon.let_go()
    assert done.exit_code == 1
    assert f"Error: A Dagster daemon (process {os.getpid()}) is at work on {own} already" in done.output
    assert Lock(own / "daemon.lock").take_as_holder() is None, "it holds nothing itself"


def _set_up_nothing(**_: object) -> None: ...


def _start_nothing(*_: object, **__: object) -> subprocess.Popen[bytes]:
    raise AssertionError("it has started a process")


def test_two_dagsters_with_records_of_their_own_do_not_both_hand_out_leads(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither daemon sees the other's records; the code server of each knows whose leads they are."""
    monkeypatch.setattr(own_records, "serves_code", lambda: True)
    first = Lock(own / "daemon.lock")
    with dg.DagsterInstance.from_config(str(own / "dagster")) as ours:
        assert first.take_as_holder() is None
        insist_on_one_dagster(ours)  # its daemon has the lock
    (tmp_path / "other").mkdir()
    with dg.DagsterInstance.local_temp(str(tmp_path / "other")) as other:
        with pytest.raises(LeadsError, match=rf"process {os.getpid()}\) is at work on .* already"):
            insist_on_one_dagster(other)
        first.let_go()
        insist_on_one_dagster(other)
        insist_on_one_dagster(other)
    assert Lock(own / "daemon.lock").take_as_holder() == os.getpid(), "ours now, to the end of the process"
    own_records._daemon_lock(here()).let_go()


def test_what_is_wrong_with_the_installation_is_told_in_a_sentence(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEADS_DATABASE_URL", "postgresql://127.0.0.1:1/leads")
    command = click.Command("validate", callback=print)
    with click.Context(command), pytest.raises(click.ClickException) as told:
        own_records._joined()
    assert "The database does not answer." in told.value.message


def test_a_daemon_does_not_list_all_tables_at_each_tick(own: Path, tmp_path: Path) -> None:
    shutil.copyfile(WORKING_COPY / "dagster.yaml", tmp_path / "dagster.yaml")
    asked: list[str] = []
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        schedules = instance.schedule_storage
        assert isinstance(schedules, PostgresScheduleStorage)

        def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            asked.append(statement)

        assert instance.get_instigator_state("origin", "selector") is None
        event.listen(schedules._engine, "before_cursor_execute", note)
        assert instance.get_instigator_state("origin", "selector") is None
        event.remove(schedules._engine, "before_cursor_execute", note)
    assert len(asked) == 1, "for the state itself"


def test_an_op_that_waits_for_a_pool_looks_again_after_a_second_however_often_it_has_looked(
    own: Path, tmp_path: Path
) -> None:
    shutil.copyfile(WORKING_COPY / "dagster.yaml", tmp_path / "dagster.yaml")
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        storage = instance.event_log_storage
        storage.set_concurrency_slots("chat", 1)
        assert storage.claim_concurrency_slot("chat", "run", "first").is_claimed
        for _ in range(20):
            waiting = storage.claim_concurrency_slot("chat", "run", "second")
            assert (waiting.is_claimed, waiting.sleep_interval) == (False, 1.0)
        storage.free_concurrency_slot_for_step("run", "first")
        assert storage.claim_concurrency_slot("chat", "run", "second").is_claimed


@pytest.mark.parametrize("act", ["act", "act_as_command"])
def test_a_process_of_a_run_prints_into_files_and_says_it_again_at_the_end(tmp_path: Path, act: str) -> None:
    """With no process beside it; and one that carries out the next run afterwards, as in a cluster, can."""
    streams = [tmp_path / stream for stream in ("said", "complained")]
    for stream in streams:
        stream.touch()
    call = forking.Call(f"{PRINTING}:{act}", str(tmp_path), [os.devnull, *map(str, streams)])
    assert forking.parent().ask([call]) == [0], streams[1].read_text()
    for number in (1, 2):
        printed = (tmp_path / "run" / f"{number}.out").read_text()
        assert sorted(printed.splitlines()) == [f"by a program {number}", f"printed {number}"]
        assert (tmp_path / "run" / f"{number}.err").read_text() == f"complained {number}\n"
        assert (tmp_path / "run" / f"{number}.complete").exists()
    said = streams[0].read_text().splitlines()
    assert said[0] == "before"
    assert said[3] == "between"
    assert said[-1] == "0 beside"
    assert sorted(said[1:3]) == ["by a program 1", "printed 1"]
    assert streams[1].read_text() == "complained 1\ncomplained 2\n"


def test_a_service_ends_whose_dev_was_killed_while_it_started(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as dev:
        dev.wait()
    assert forking.parent().run(ORPHAN, str(dev.pid), tmp_path / "told") == -signal.SIGTERM


@pytest.mark.filterwarnings("ignore:Function `dev_command` is superseded")
def test_a_dev_tells_what_it_starts_who_it_is(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(own_records.DEV, "of a dev that has started this one")
    with click.Context(dev_command):
        own_records._joined()
    assert os.environ[own_records.DEV] == str(os.getpid())


def test_where_a_person_may_look_what_is_printed_is_there_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Dagster does it: into the file and, by a process that reads along, to the terminal."""
    entered: list[list[str]] = []

    @contextmanager
    def as_dagster_does(_self: object, log_key: list[str]) -> Generator[None]:
        entered.append(log_key)
        yield

    monkeypatch.delenv(own_records.OF_A_RUN, raising=False)
    monkeypatch.setattr(own_records.LocalComputeLogManager, "capture_logs", as_dagster_does)
    with own_records.OwnLogs(str(tmp_path)).capture_logs(["run", "one"]):
        pass
    assert entered == [["run", "one"]]
