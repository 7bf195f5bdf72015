"""Where Dagster keeps its records of this installation; dagster.yaml names these classes.

So `leads dev`, `dg dev` and `dagster dev` work on the same runs. Where that is: `installation.py`.
"""

import logging
import os
import signal
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, Self

import click
import dagster as dg
import psutil
import sqlalchemy
import stamina
from dagster_postgres import DagsterPostgresStorage
from dagster_postgres.utils import DagsterPostgresException
from sqlalchemy.exc import OperationalError

from orchestration_project.errors import LeadsError
from orchestration_project.file_locks import Lock
from orchestration_project.installation import Installation, Ready, here, join, make_home
from orchestration_project.ledger.engine import dagster_url, look_before_use
from orchestration_project.orchestration.dagster_internals import (
    CODE_SERVER,
    STARTED_BY_DEV,
    CapturedLogContext,
    ConfigurableClassData,
    LocalArtifactStorage,
    LocalComputeLogManager,
    command_of,
    look_at_pools_every,
    serves_code,
    share_connections,
)
from orchestration_project.orchestration.own_output import into_file, is_passed_on_later

CONNECTIONS = 2
MOST_CONNECTIONS = 12
OF_A_RUN = "LEADS_PROCESS_OF_A_RUN"
"""Set where a run is executed: Dagster has its tables, or there would be no run; nobody has to look."""
DEV = "LEADS_DEV_PROCESS"
"""Number of the `dev` that has started this process."""
_LOOK_SECONDS = 1.0
_POOL_SECONDS = 1.0
"""A slot of a pool is free again after seconds; with Dagster's growing pauses it stood empty for five."""
_log = logging.getLogger("dagster")


class OwnStorage(DagsterPostgresStorage):
    """In the ledger's server, which is started where it does not run, and used until the process ends.

    With connections that are kept: by itself Dagster opens one for each statement, and a run of one lead has
    three hundred. A process keeps CONNECTIONS, and in a rush has up to MOST_CONNECTIONS."""

    def __init__(self, url: str, inst_data: ConfigurableClassData | None = None) -> None:
        engine = _kept(url) if serves_code() else _pool(url)
        known = OF_A_RUN in os.environ or (serves_code() and url in _has_tables) or _are_there(engine)
        super().__init__(url, not known, inst_data)
        _has_tables.add(url)
        share_connections(self, engine, keep=serves_code())
        look_at_pools_every(self, _POOL_SECONDS)

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: object) -> Self:  # noqa: ARG003 - dagster's signature
        for attempt in stamina.retry_context(on=(OperationalError, DagsterPostgresException), timeout=30.0):
            with attempt:
                # a server that dies meanwhile is back in a moment; the daemon would hang without a word
                return cls(dagster_url(_joined().url), inst_data=inst_data)
        raise AssertionError("The last attempt returns or raises.")


_has_tables: set[str] = set()
"""Where this process has looked, and made what was missing."""
TABLES = ["runs", "instance_info", "event_logs", "jobs"]
"""By which Dagster tells whether it has any. By itself it opens two connections for each storage, and lists
them all."""
_ARE_THERE = sqlalchemy.text("SELECT bool_and(to_regclass(name) IS NOT NULL) FROM unnest(:tables) AS name")


def _are_there(engine: sqlalchemy.Engine) -> bool:
    with engine.connect() as connection:
        return connection.execute(_ARE_THERE, {"tables": TABLES}).scalar_one()


def _pool(url: str) -> sqlalchemy.Engine:
    engine = sqlalchemy.create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        use_native_hstore=False,
        pool_size=CONNECTIONS,
        max_overflow=MOST_CONNECTIONS - CONNECTIONS,
        pool_use_lifo=True,
    )
    look_before_use(engine)
    return engine


_kept = cache(_pool)
"""One for all ticks of a process: four a second would each open connections anew."""


class OwnLogs(LocalComputeLogManager):
    """By itself Dagster starts four processes for each run, so that a terminal has at once what goes into the
    files. Nobody sits in front of a run's own process, nor has `leads run` anything to say before the run's
    end: there, what was printed is passed on then."""

    @contextmanager
    def capture_logs(self, log_key: Sequence[str]) -> Generator[CapturedLogContext, None, None]:
        if OF_A_RUN not in os.environ and not is_passed_on_later():
            with super().capture_logs(log_key) as captured:
                yield captured
            return
        printed, complained = (
            Path(self.get_captured_local_path(log_key, ending)) for ending in ("out", "err")
        )
        with into_file(1, printed), into_file(2, complained):
            yield CapturedLogContext(log_key)
        Path(self.complete_artifact_path(log_key)).touch()  # says that nothing more will come

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: object) -> Self:  # noqa: ARG003 - dagster's signature
        return cls(str(_folder() / "storage"), inst_data=inst_data)


class OwnArtifacts(LocalArtifactStorage):
    @classmethod
    def config_type(cls) -> dict[str, Any]:
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: object) -> Self:  # noqa: ARG003 - dagster's signature
        return cls(str(_folder()), inst_data=inst_data)


def say_whose(instance: dg.DagsterInstance) -> None:
    """Dagster may keep its records elsewhere: in a DAGSTER_HOME of one's own, or for an hour in a temporary
    folder, as when it was started in another folder than this working copy."""
    if _is_elsewhere(instance):
        _say_once(instance.root_directory)


def insist_on_one_dagster(instance: dg.DagsterInstance) -> None:
    """For who hands out leads. A daemon that keeps its records with the leads has said so as it began; of one
    that keeps them elsewhere this is the first we hear, and its code server says it until it ends.

    Each would take the other's runs for runs that never came. Raises LeadsError where another is at work."""
    if serves_code() and _is_elsewhere(instance):
        _insist_on_one_daemon(here(), keep=True)


def _is_elsewhere(instance: dg.DagsterInstance) -> bool:
    if not instance.is_persistent:
        return False
    storage = instance.get_ref().storage_data
    return storage is not None and storage.module_name != __name__


@cache
def _say_once(folder: str) -> None:
    place = here()
    _log.warning(
        "The leads are those of LEADS_HOME (%s), but Dagster keeps its own records in %s. To keep them with "
        "the leads, set DAGSTER_HOME to %s.",
        place.home,
        folder,
        place.embedded_dagster,
    )


def _folder() -> Path:
    """Not DAGSTER_HOME, which is a temporary folder where Dagster was started without."""
    place = here()
    make_home(place)
    return place.embedded_dagster


def _joined() -> Ready:
    """In a command of Dagster's, what is wrong is told in its sentence, without a traceback."""
    context = click.get_current_context(silent=True)
    try:
        place = join()
        command = command_of(context) if context is not None else None
        if command in ("dev", "daemon"):
            _insist_on_one_daemon(place.installation, keep=command == "daemon")
        if command in ("daemon", "webserver") and (dev := os.environ.get(DEV)):
            # not just whose child this is: of a `dev` that was killed meanwhile it is none any more
            _end_with(int(dev), tells_code_servers=command == "daemon")
        if command == "dev":
            os.environ[DEV] = str(os.getpid())
            home = place.installation.home
            _log.info("Dagster's records are those of LEADS_HOME (%s), as with `leads dev`.", home)
    except LeadsError as error:
        if context is None:
            raise
        if command_of(context) == "daemon":
            # on an exception its own way out waits for a word from `dagster dev`, which waits for its end
            click.echo(f"Error: {error}", err=True)
            os._exit(1)
        raise click.ClickException(str(error)) from error
    return place


@cache
def _end_with(parent: int, *, tells_code_servers: bool) -> None:
    """Dagster ends these when its `dev` ends, but not when that was killed. One of the two tells the code
    servers: told twice, they break off their own end, and are there for another minute."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_SECONDS)
        for server in _code_servers() if tells_code_servers else ():
            with suppress(psutil.Error):
                server.terminate()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


def _code_servers() -> list[psutil.Process]:
    """Those of the same `dev`: by themselves they would notice some minutes later."""
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError):
            same = os.getpgid(process.pid) == os.getpgrp() and process.environ().get(STARTED_BY_DEV)
            if same and CODE_SERVER in process.cmdline():
                found.append(process)
    return found


def _insist_on_one_daemon(installation: Installation, *, keep: bool) -> None:
    lock = _daemon_lock(installation)
    holder = lock.take_as_holder()
    if holder is not None:
        raise LeadsError(two_daemons(installation, holder))
    if not keep:
        lock.let_go()


@cache
def _daemon_lock(installation: Installation) -> Lock:
    """One for the process, so that it is kept until its end."""
    return installation.lock("daemon")


def two_daemons(installation: Installation, holder: int) -> str:
    return (
        f"A Dagster daemon (process {holder}) is at work on {installation.home} already; a second one would "
        "start every run twice. Use that one, or stop it first, or set LEADS_HOME to another folder for a "
        "second installation."
    )
