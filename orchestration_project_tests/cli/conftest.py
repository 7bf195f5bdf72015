"""A shell with an installation of its own, for the tests of the command line."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from orchestration_project.installation import WORKING_COPY
from orchestration_project_tests import forking
from orchestration_project_tests.databases import WITH_RECORDS, fresh_database
from orchestration_project_tests.forking import COLUMNS

LEADS = Path(sys.executable).with_name("leads")
_COMMAND = "orchestration_project_tests.cli.command"


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

    def program(self, *arguments: str, before: Sequence[str | Path] = ()) -> Answer:
        """The installed program, in an interpreter of its own."""
        done = subprocess.run(
            [*before, LEADS, *arguments],
            check=False,
            input=b"",
            capture_output=True,
            env=self.environment,
            cwd=WORKING_COPY,
            timeout=120,
        )
        return Answer(done.returncode, done.stdout.decode(), done.stderr.decode())

    def leads(self, *arguments: str, stdin: bytes = b"") -> Answer:
        """The same in a process forked from one in which the imports are done: in a fraction of the time."""
        (answer,) = self.all([Call(arguments, stdin=stdin)])
        return answer

    def all(self, calls: Sequence["Call"]) -> list[Answer]:
        """Some side by side, in no order."""
        with tempfile.TemporaryDirectory() as folder:
            asked: list[forking.Call] = []
            for number, call in enumerate(calls):
                streams = [Path(folder, f"{number}.{stream}") for stream in ("in", "out", "err")]
                for stream, content in zip(streams, (call.stdin, b"", b""), strict=True):
                    stream.write_bytes(content)
                command = [list(call.arguments), self.environment | call.environment]
                asked.append(forking.Call(call.act, command, [str(stream) for stream in streams]))
            return [
                Answer(code, *(Path(stream).read_text(encoding="utf-8") for stream in call.streams[1:]))
                for code, call in zip(forking.parent().ask(asked), asked, strict=True)
            ]


@dataclass(frozen=True)
class Call:
    arguments: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict[str, str])
    stdin: bytes = b""
    act: str = f"{_COMMAND}:leads"


@contextmanager
def open_shell(database: str) -> Generator[Shell]:
    """An installation in a folder that other users may enter: as root the embedded server is one. It has a
    name as people give them."""
    folder = Path(tempfile.mkdtemp(prefix="leads cli's 100 % ü "))
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
        "COLUMNS": COLUMNS,
        "LEADS_HOME": str(folder / "home"),
        "LEADS_PLAYBOOK": str(playbook),
        "LEADS_DATABASE_URL": database,  # empty: the embedded server, whatever a `.env` says
    }
    if "PYTHONPATH" in os.environ:  # of a working copy beside the installed one
        environment["PYTHONPATH"] = os.environ["PYTHONPATH"]
    try:
        yield Shell(environment)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def shell(postgres: str) -> Iterator[Shell]:
    """The installation that the tests of a file share, with a database of its own."""
    with fresh_database(postgres, WITH_RECORDS) as engine:
        url = engine.url.render_as_string(hide_password=False)
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
