"""The whole ledger as one file, and back: by pg_dump, pg_restore and psql, as the embedded wheel brings them.

They speak to older servers, too. What goes along, where files are and how many stay is `watch/backup/`.
"""

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, NamedTuple, cast

import sqlalchemy
from sqlalchemy import text
from sqlalchemy.pool import NullPool

from orchestration_project.embedded_server.programs import environment, find_programs, last_words
from orchestration_project.errors import InstallationError
from orchestration_project.ledger.engine import database_url

LEDGER = ("leads", "local_crm")
RUNS = "dagster"
_OF_NEWER_SERVERS, PREAMBLE = b"SET transaction_timeout = 0;", 40
"""It says what holds anyway."""


def dump(url: str, to: Path, schemas: Sequence[str] = LEDGER) -> None:
    """As it is at one moment, whatever is written meanwhile. Raises InstallationError."""
    half = to.with_name(f".{to.name}.part")
    chosen = [f"--schema={schema}" for schema in schemas]
    try:
        _run("pg_dump", url, "--format=custom", "--no-owner", "--no-privileges", f"--file={half}", *chosen)
        half.chmod(0o600)
        half.replace(to)
    finally:
        with suppress(OSError):
            half.unlink(missing_ok=True)


def load(url: str, dumped: Path, replacing: Sequence[str] = ()) -> None:
    """All of it or nothing; in the place of these schemas, with whatever stands in them. Raises
    InstallationError.

    As a script and through psql: by itself pg_restore drops only what the dump knows, and sets what servers
    before PostgreSQL 17 have not heard of.
    """
    read = _command("pg_restore", None, "--no-owner", "--no-privileges", "--file=-", str(dumped))
    write = _command("psql", url, "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1")
    with tempfile.TemporaryFile() as told_reading, tempfile.TemporaryFile() as told_writing:
        writing = subprocess.Popen(  # noqa: S603 - our own words
            [*write.words, "--file=-"],
            env=write.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=told_writing,
        )
        reading = subprocess.Popen(  # noqa: S603 - our own words
            read.words, env=read.environment, stdout=subprocess.PIPE, stderr=told_reading
        )
        try:
            whole = _hand_on(reading, writing, replacing)
        finally:
            reading.kill()
            with suppress(BrokenPipeError):
                cast("IO[bytes]", writing.stdin).close()
            writing.wait()
        _check("pg_restore", reading.wait() if whole else 0, told_reading)
        _check("psql", writing.wait(), told_writing)


def _hand_on(
    reading: "subprocess.Popen[bytes]", writing: "subprocess.Popen[bytes]", replacing: Sequence[str]
) -> bool:
    """Whether all was taken; else the one that takes has ended, and says why. Without the last word it keeps
    nothing, also when this process is killed."""
    source, sink = cast("IO[bytes]", reading.stdout), cast("IO[bytes]", writing.stdin)
    try:
        sink.write(b"BEGIN;\n")
        for schema in replacing:
            sink.write(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE;\n'.encode())
        sink.writelines(for_any_server(itertools.islice(source, PREAMBLE)))
        shutil.copyfileobj(source, sink)
        if reading.wait() == 0:
            sink.write(b"COMMIT;\n")
            sink.flush()
    except BrokenPipeError:
        return False
    return True


def for_any_server(preamble: Iterable[bytes]) -> Iterator[bytes]:
    """The first lines of a script, as servers before PostgreSQL 17 take them."""
    return (line for line in preamble if line.strip() != _OF_NEWER_SERVERS)


def beside(url: str, name: str) -> str:
    """Another database of the same server."""
    return database_url(url).set(database=name).render_as_string(hide_password=False)


def make_database(url: str, name: str) -> None:
    """Raises a DBAPIError where this user may not."""
    _alone(url, f'CREATE DATABASE "{name}"')


def drop_database(url: str, name: str) -> None:
    _alone(url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _alone(url: str, statement: str) -> None:
    engine = sqlalchemy.create_engine(database_url(url), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(statement))


def _run(program: str, url: str, *arguments: str) -> None:
    command = _command(program, url, *arguments)
    with tempfile.TemporaryFile() as told:
        done = subprocess.run(  # noqa: S603 - our own words
            command.words, env=command.environment, check=False, stdout=subprocess.DEVNULL, stderr=told
        )
        _check(program, done.returncode, told)


class _Command(NamedTuple):
    words: list[str]
    environment: dict[str, str]


def _command(program: str, url: str | None, *arguments: str) -> _Command:
    """Without the driver's name; and with the password in the environment, since a command line can be read
    by others."""
    words = [os.fspath(find_programs().folder / program)]
    if url is None:
        return _Command([*words, *arguments], environment())
    address = database_url(url).set(drivername="postgresql")
    told = {"PGPASSWORD": address.password} if address.password else {}
    shown = address.set(password=None).render_as_string(hide_password=False)
    return _Command([*words, f"--dbname={shown}", "--no-password", *arguments], environment() | told)


def _check(program: str, ended: int, told: IO[bytes]) -> None:
    if ended:
        told.seek(0)
        words = told.read().decode(errors="replace")
        said = last_words(words) or (words.strip().splitlines() or ["without a word"])[-1]
        raise InstallationError(f"{program} ended with {ended}: {said}")
