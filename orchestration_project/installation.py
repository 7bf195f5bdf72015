"""Where an installation keeps its state, and the database server behind it.

Everything an installation writes is under LEADS_HOME. Nothing here knows leads or dagster's objects.
"""

import logging
import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from dotenv import load_dotenv
from sqlalchemy.exc import DBAPIError, OperationalError

from orchestration_project.embedded_server import EmbeddedServer
from orchestration_project.errors import InstallationError
from orchestration_project.file_locks import Lock, lock_folder
from orchestration_project.ledger.dump import dump
from orchestration_project.ledger.engine import (
    database_url,
    migrate,
    newest_version,
    open_engine,
    version_of,
)
from orchestration_project.private_files import shut, write_privately

WORKING_COPY = Path(__file__).resolve().parents[1]
CERTIFICATES = "erased"
"""The folder of LEADS_HOME with what was erased on request; there is none before that."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Installation:
    home: Path
    playbook: Path
    own_database: str | None  # LEADS_DATABASE_URL, where a person has set it
    own_dagster: Path | None = None  # DAGSTER_HOME, where a person has set it

    @property
    def dagster_home(self) -> Path:
        return self.own_dagster or self.embedded_dagster

    @property
    def embedded_dagster(self) -> Path:
        return self.home / "dagster"

    @property
    def server_folder(self) -> Path:
        return self.home / "postgres"

    def lock(self, name: str) -> Lock:
        """One of the whole installation. Raises InstallationError and OSError where none can be."""
        return Lock(lock_folder(self.server_folder) / f"{name}.lock")


def locate(environment: Mapping[str, str]) -> Installation:
    """The installation that LEADS_HOME, LEADS_PLAYBOOK, LEADS_DATABASE_URL and DAGSTER_HOME describe."""
    home = _folder(environment, "LEADS_HOME", WORKING_COPY / ".leads")
    dagster = _folder(environment, "DAGSTER_HOME", home / "dagster")
    return Installation(
        home=home,
        playbook=_folder(environment, "LEADS_PLAYBOOK", WORKING_COPY / "playbook"),
        own_database=environment.get("LEADS_DATABASE_URL") or None,
        own_dagster=dagster if dagster != home / "dagster" else None,
    )


def here() -> Installation:
    """The installation of this process: its environment, and `.env` of the working copy beneath it.

    Both folders are made known to its children by their whole names: those may work in another folder.
    """
    load_dotenv(WORKING_COPY / ".env", override=False)
    found = locate(os.environ)
    os.environ.update(LEADS_HOME=str(found.home), LEADS_PLAYBOOK=str(found.playbook))
    return found


def make_home(installation: Installation) -> None:
    """Nobody but its owner can read it from now on. Raises InstallationError when the folder cannot be
    written, or DAGSTER_HOME is none."""
    write_privately()
    ours = (WORKING_COPY / "dagster.yaml").read_bytes()
    settings = installation.embedded_dagster / "dagster.yaml"
    try:
        installation.embedded_dagster.mkdir(parents=True, exist_ok=True)
        # of root the embedded server is another user, who has to get to its folder
        pass_through = installation.own_database is None and os.geteuid() == 0
        if shut(installation.home, pass_through=pass_through, besides=installation.server_folder):
            _log.warning(
                "Other users of this machine could read LEADS_HOME (%s), where names and messages of people "
                "stand. It is readable by its owner only from now on.",
                installation.home,
            )
        if not settings.exists() or settings.read_bytes() != ours:
            # others may be reading it
            half = settings.with_name(f"dagster.yaml.{os.getpid()}")
            half.write_bytes(ours)
            half.replace(settings)
    except OSError as error:
        raise InstallationError(
            f"LEADS_HOME ({installation.home}) cannot be written: {error.strerror}. "
            "Give this user the right to write there, or set LEADS_HOME to another folder.",
            setting="LEADS_HOME",
        ) from error
    if installation.own_dagster is not None and not installation.own_dagster.is_dir():
        raise InstallationError(
            f"DAGSTER_HOME names {installation.own_dagster}, which is no folder. Make it, or leave "
            "DAGSTER_HOME unset: then Dagster's records are kept with the leads.",
            setting="DAGSTER_HOME",
        )


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

    installation: Installation
    url: str
    server: EmbeddedServer | None  # None: a server of one's own, which others look after

    @property
    def environment(self) -> dict[str, str]:
        """What a child has to be told. The embedded server it finds, and uses, by itself."""
        place = self.installation
        return {
            "LEADS_HOME": str(place.home),
            "LEADS_PLAYBOOK": str(place.playbook),
            "DAGSTER_HOME": str(place.dagster_home),
            _MIGRATED: self.url,
            # a backfill of history tells of thousands of partitions; one by one each takes a connection
            _EVENTS_AT_ONCE: os.environ.get(_EVENTS_AT_ONCE, "200"),
        }


_EVENTS_AT_ONCE = "DAGSTER_EVENT_BATCH_SIZE"
_MIGRATED = "LEADS_MIGRATED"
"""The database whose tables a process above this one has brought up to date: a run's need not look."""
_TOLD = ("LEADS_HOME", "LEADS_PLAYBOOK", _MIGRATED, _EVENTS_AT_ONCE)


@contextmanager
def ready(installation: Installation) -> Generator[Ready]:
    """The embedded server stops when the last process that uses it leaves.

    Raises InstallationError when the folder cannot be written or the server cannot be reached.
    """
    make_home(installation)
    if installation.own_database is not None:
        yield _prepare(Ready(installation, _full(installation.own_database), None))
        return
    server = _embedded(installation.server_folder)
    try:
        server.start()
        yield _prepare(Ready(installation, _full(server.url), server))
    finally:
        server.close()


def join() -> Ready:
    """The same for a process of Dagster's, until it ends. Each time it asks, a server that has died meanwhile
    is started again."""
    installation = here()
    make_home(installation)
    if installation.own_database is not None:
        found = Ready(installation, _full(installation.own_database), None)
    else:
        server = _embedded(installation.server_folder)
        server.start()
        found = Ready(installation, _full(server.url), server)
    return found if os.environ.get(_MIGRATED) == found.url else _prepare(found)


@cache
def _embedded(folder: Path) -> EmbeddedServer:
    """One for the whole process. The system notices when the process has ended."""
    return EmbeddedServer(folder)


def _prepare(found: Ready) -> Ready:
    engine = open_engine(found.url, pool_size=1)
    try:
        before = version_of(engine)
        if before != newest_version():
            if before is not None:
                _keep_a_copy(found, before)
            migrate(engine)
    except DBAPIError as error:
        raise no_database(error) from error
    finally:
        engine.dispose()
    # for what is asked here later, and for children
    os.environ.update({name: found.environment[name] for name in _TOLD})
    return found


def _keep_a_copy(found: Ready, before: str) -> None:
    """Before the tables of a ledger are changed. Raises InstallationError where none can be made."""
    folder = found.installation.home / "backups"
    folder.mkdir(exist_ok=True)
    to = folder / f"before-upgrade-from-{before}.dump"
    if not to.exists():
        dump(found.url, to)
        _log.warning("The ledger's tables are brought up to date; as they were they are kept in %s.", to)


def no_database(error: DBAPIError) -> InstallationError:
    """What to do about a database that does not do what it is asked."""
    what = (
        "The database does not answer. Start it, or look at LEADS_DATABASE_URL; unset, the embedded "
        "server is used."
        if isinstance(error, OperationalError)
        else "The database refuses. Look at LEADS_DATABASE_URL and at what its user may do there."
    )
    return InstallationError(f"{what} It says: {str(error.orig).strip().splitlines()[0]}")


def _full(url: str) -> str:
    return database_url(url).render_as_string(hide_password=False)
