"""`leads dev` under fire: started, killed piece by piece, started again when it ends.

Only processes of the session that was started here are ever killed, and only sessions of its own database.
"""

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Self

import psutil
import sqlalchemy
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from orchestration_project.cli.supervised import members
from orchestration_project.embedded_server import pid_file
from orchestration_project.ledger.engine import database_url

LEADS = str(Path(sys.executable).with_name("leads"))
STARTS_WITHIN = 90.0
STOPS_WITHIN = 90.0


class Victim(StrEnum):
    WORKER = "run worker"
    DAEMON = "daemon"
    CODE_SERVER = "code server"
    BACKEND = "database session"


ODDS = {Victim.WORKER: 6, Victim.DAEMON: 1, Victim.CODE_SERVER: 1, Victim.BACKEND: 2}
_NAMES = {
    "dagster daemon": Victim.DAEMON,
    "dagster code-server": Victim.CODE_SERVER,
}
_SERVING = "orchestration_project.serving"
_SPARED = (_SERVING, "dagster web server")
"""What works on no lead."""
# the lock session above all: with it a run's claim on its leads is gone while the run lives
_A_SESSION = """SELECT pid, coalesce(application_name, '') AS name FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
    ORDER BY (pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory')) DESC, random() LIMIT 5"""


@dataclass(frozen=True)
class Kill:
    at: datetime
    victim: Victim


@dataclass
class Dev:
    """`leads dev` on the LEADS_HOME of the environment."""

    home: Path
    log: Path
    restarts: int = 0
    kills: list[Kill] = field(default_factory=list[Kill])
    _process: subprocess.Popen[bytes] | None = None
    _sessions: set[int] = field(default_factory=set[int])
    _over: threading.Event = field(default_factory=threading.Event)
    _keeper: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._start()
        until = time.monotonic() + STARTS_WITHIN
        while not self._daemon_runs():
            if time.monotonic() > until:
                self.__exit__()
                raise SystemExit(f"`leads dev` did not start within {STARTS_WITHIN:.0f} s: {self.log}")
            time.sleep(1)
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._keeper.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._keeper is not None:
            self._keeper.join()
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(STOPS_WITHIN)
            if self._process.poll() is None:
                self._process.kill()
        self._bury()

    def kill(self, victim: Victim, rng: random.Random, patience: float = 15.0) -> Victim | None:
        """Kills one of these, and if none lives within `patience` seconds, any other; None: there is none."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            if victim is Victim.BACKEND and self._end_a_session(rng):
                return self._noted(victim)
            if targets := self._living().get(victim):
                target = rng.choice(targets)
                # at any moment of its life, and not only at its birth
                time.sleep(rng.uniform(0, 4) if victim is Victim.WORKER else 0)
                with suppress(psutil.NoSuchProcess):
                    target.kill()
                    return self._noted(victim)
            time.sleep(0.2)
        for other, targets in self._living().items():
            with suppress(psutil.NoSuchProcess):
                rng.choice(targets).kill()
                return self._noted(other)
        return None

    def engine(self) -> sqlalchemy.Engine | None:
        """The embedded server, while it runs."""
        server = pid_file.read(self.home / "postgres")
        if server is None:
            return None
        return sqlalchemy.create_engine(database_url(server.url), poolclass=NullPool)

    def _noted(self, victim: Victim) -> Victim:
        self.kills.append(Kill(datetime.now(UTC), victim))
        return victim

    def _start(self) -> None:
        with self.log.open("ab") as log:
            command = [LEADS, "dev", "--port", str(_free_port())]
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)

    def _keep(self) -> None:
        """As a supervisor of the operating system would: what has ended is started again."""
        while not self._over.wait(1.0):
            self._note_session()
            if self._process is not None and self._process.poll() is not None:
                self.restarts += 1
                self._bury()
                self._start()

    def _note_session(self) -> None:
        """What `leads dev` starts is a session of its own, in which all that it starts stays."""
        if self._process is None:
            return
        with suppress(psutil.NoSuchProcess, ProcessLookupError):
            for child in psutil.Process(self._process.pid).children():
                session = os.getsid(child.pid)
                if session == child.pid and _SERVING in " ".join(child.cmdline()):
                    self._sessions.add(session)

    def _bury(self) -> None:
        """Two daemons on one installation would start every run twice."""
        for session in self._sessions:
            for process in members(session):
                with suppress(psutil.NoSuchProcess):
                    process.kill()

    def _living(self) -> dict[Victim, list[psutil.Process]]:
        self._note_session()
        found: dict[Victim, list[psutil.Process]] = {}
        for session in self._sessions:
            for process in members(session):
                with suppress(psutil.NoSuchProcess):
                    words = " ".join(process.cmdline())
                    if words and not any(spared in words for spared in _SPARED):
                        victim = next((is_ for name, is_ in _NAMES.items() if name in words), Victim.WORKER)
                        found.setdefault(victim, []).append(process)
        return found

    def _daemon_runs(self) -> bool:
        return bool(self._living().get(Victim.DAEMON))

    def _end_a_session(self, rng: random.Random) -> bool:
        engine = self.engine()
        if engine is None:
            return False
        try:
            with engine.connect() as connection:
                sessions = connection.execute(sqlalchemy.text(_A_SESSION)).all()
                if not sessions:
                    return False
                ended = {"pid": rng.choice(sessions).pid}
                return bool(connection.scalar(sqlalchemy.text("SELECT pg_terminate_backend(:pid)"), ended))
        except OperationalError:
            return False  # the server is away itself
        finally:
            engine.dispose()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
