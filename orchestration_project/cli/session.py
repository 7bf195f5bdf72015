"""What a command needs before it can work: the installation, the playbook, the ledger.

How things are printed is in `view.py`.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError

from orchestration_project.cli.view import err
from orchestration_project.clock import utc_now
from orchestration_project.installation import Installation, here, no_database, ready
from orchestration_project.ledger import Ledger, open_ledger
from orchestration_project.ledger.engine import open_engine
from orchestration_project.offer import capabilities
from orchestration_project.playbook.load import load_playbook
from orchestration_project.playbook.model import Playbook


@dataclass(frozen=True)
class Session:
    """What a command works with: the installation and its open ledger."""

    installation: Installation
    ledger: Ledger


def read_playbook(installation: Installation) -> Playbook:
    """Raises PlaybookError, whose text lists every mistake."""
    return load_playbook(installation.playbook, capabilities())


def say_own_dagster(installation: Installation) -> None:
    if installation.own_dagster is not None:
        told = f"DAGSTER_HOME is set: Dagster keeps its records in {installation.own_dagster}, as set there."
        err.print(told, markup=False, soft_wrap=True)


@contextmanager
def session() -> Generator[Session]:
    """A running database with the newest tables, for as long as the command takes."""
    installation = here()
    try:
        with ready(installation) as place:
            ledger = open_ledger(open_engine(place.url), utc_now)
            try:
                yield Session(installation, ledger)
            finally:
                ledger.close()
    except DBAPIError as error:
        raise no_database(error) from error
