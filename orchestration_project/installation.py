"""Where an installation keeps its state, and the database server behind it.

Everything an installation writes is under LEADS_HOME. Nothing here knows leads or dagster's objects.
"""

import os
import shutil
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from orchestration_project.embedded_server import EmbeddedServer
from orchestration_project.errors import InstallationError
from orchestration_project.ledger.engine import dagster_url, database_url, migrate, open_engine

WORKING_COPY = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Installation:
    home: Path
    playbook: Path
    own_database: str | None  # LEADS_DATABASE_URL, where a person has set it

    @property
    def dagster_home(self) -> Path:
        return self.home / "dagster"

    @property
    def server_folder(self) -> Path:
        return self.home / "postgres"


def locate(environment: Mapping[str, str]) -> Installation:
    """The installation that LEADS_HOME, LEADS_PLAYBOOK and LEADS_DATABASE_URL describe."""
    return Installation(
        home=_folder(environment, "LEADS_HOME", WORKING_COPY / ".leads"),
        playbook=_folder(environment, "LEADS_PLAYBOOK", WORKING_COPY / "playbook"),
        own_database=environment.get("LEADS_DATABASE_URL") or None,
    )


def make_home(installation: Installation) -> None:
    """Raises InstallationError when the folder cannot be written."""
    try:
        installation.dagster_home.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(WORKING_COPY / "dagster.yaml", installation.dagster_home / "dagster.yaml")
    except OSError as error:
        raise InstallationError(
            f"LEADS_HOME ({installation.home}) cannot be written: {error.strerror}. "
            "Give this user the right to write there, or set LEADS_HOME to another folder."
        ) from error


def _folder(environment: Mapping[str, str], name: str, default: Path) -> Path:
    try:
        return Path(environment.get(name) or default).expanduser().resolve()
    except RuntimeError as error:
        raise InstallationError(
            f"{name} begins with ~ and the name of a user who has no home folder here. Write the whole path."
        ) from error


@dataclass(frozen=True)
class Ready:
    """A database and a Dagster home, ready to be used by this process and its children."""

    environment: dict[str, str]
    server: EmbeddedServer | None  # None: a server of one's own, which others look after


@contextmanager
def ready(installation: Installation) -> Generator[Ready]:
    """The embedded server stops when the last process that uses it leaves.

    Raises InstallationError when the folder cannot be written or the server cannot be reached.
    """
    make_home(installation)
    if installation.own_database is not None:
        yield Ready(_prepare(installation, installation.own_database), None)
        return
    server = EmbeddedServer(installation.server_folder)
    server.start()
    try:
        yield Ready(_prepare(installation, server.url), server)
    finally:
        server.close()


@contextmanager
def running(installation: Installation) -> Generator[dict[str, str]]:
    """`ready` for those who only need the environment variables it sets."""
    with ready(installation) as place:
        yield place.environment


def _prepare(installation: Installation, url: str) -> dict[str, str]:
    engine = open_engine(url, pool_size=1)
    try:
        migrate(engine)
    finally:
        engine.dispose()
    environment = {
        "LEADS_HOME": str(installation.home),
        "LEADS_PLAYBOOK": str(installation.playbook),
        "LEADS_DATABASE_URL": database_url(url).render_as_string(hide_password=False),
        "LEADS_DAGSTER_DATABASE_URL": dagster_url(url),
        "DAGSTER_HOME": str(installation.dagster_home),
        # a backfill of history tells of thousands of partitions; one by one each takes a connection
        "DAGSTER_EVENT_BATCH_SIZE": os.environ.get("DAGSTER_EVENT_BATCH_SIZE", "200"),
    }
    os.environ.update(environment)
    return environment
