"""A shell with an installation of its own, for the tests of the command line."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy.pool import NullPool

from orchestration_project.installation import WORKING_COPY

LEADS = Path(sys.executable).with_name("leads")


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        return self.out + self.err


@dataclass(frozen=True)
class Shell:
    """Runs `leads`. Nothing of the developer's own environment reaches it, nor does his `.env`."""

    environment: dict[str, str]

    @property
    def home(self) -> Path:
        return Path(self.environment["LEADS_HOME"])

    @property
    def playbook(self) -> Path:
        return Path(self.environment["LEADS_PLAYBOOK"])

    def having(self, **environment: str) -> "Shell":
        return replace(self, environment={**self.environment, **environment})

    def start(self, *arguments: str, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [LEADS, *arguments],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment,
            cwd=WORKING_COPY,
        )

    def leads(self, *arguments: str, stdin: bytes = b"", before: Sequence[str | Path] = ()) -> Answer:
        done = subprocess.run(
            [*before, LEADS, *arguments],
            check=False,
            input=stdin,
            capture_output=True,
            env=self.environment,
            cwd=WORKING_COPY,
            timeout=120,
        )
        return Answer(done.returncode, done.stdout.decode(), done.stderr.decode())


@contextmanager
def open_shell(database: str) -> Generator[Shell]:
    """An installation in a folder that other users may enter: as root the embedded server is one."""
    folder = Path(tempfile.mkdtemp(prefix="leads-cli-"))
    playbook = Path(shutil.copytree(WORKING_COPY / "playbook", folder / "playbook"))
    connections = playbook / "connections.yaml"
    text = connections.read_text(encoding="utf-8")
    assert "website: {connector: reader}" in text
    # these processes have no guard against a look at the outside
    connections.write_text(
        text.replace("website: {connector: reader}", "website: {connector: none}"), encoding="utf-8"
    )
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "COLUMNS": "300",
        "LEADS_HOME": str(folder / "home"),
        "LEADS_PLAYBOOK": str(playbook),
        "LEADS_DATABASE_URL": database,  # empty: the embedded server, whatever a `.env` says
    }
    try:
        yield Shell(environment)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def shell(postgres: str) -> Iterator[Shell]:
    """The installation that these tests share, with a database of its own."""
    admin = sqlalchemy.create_engine(postgres, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with admin.connect() as connection:
        connection.exec_driver_sql("CREATE DATABASE cli")
    url = sqlalchemy.make_url(postgres).set(database="cli").render_as_string(hide_password=False)
    with open_shell(url) as opened:
        yield opened


@pytest.fixture
def embedded() -> Iterator[Shell]:
    """An installation with the embedded server."""
    with open_shell("") as opened:
        yield opened


@pytest.fixture
def other_embedded() -> Iterator[Shell]:
    with open_shell("") as opened:
        yield opened
