"""What a command needs before it can work: the installation, the playbook, the ledger.

How things are printed is in `view.py`.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError

from orchestration_project.cli.view import err
from orchestration_project.clock import utc_now
from orchestration_project.installation import Installation, here, no_database, ready
from orchestration_project.ledger import Ledger, open_ledger
from orchestration_project.ledger.engine import open_engine
from orchestration_project.playbook.kept import kept_time_zone
from orchestration_project.timezones import is_zone, zone

if TYPE_CHECKING:
    from orchestration_project.playbook.model import Playbook


@dataclass(frozen=True)
class Session:
    """What a command works with: the installation and its open ledger."""

    installation: Installation
    ledger: Ledger


def read_playbook(installation: Installation) -> "Playbook":
    """Raises PlaybookError, whose text lists every mistake."""
    # a tenth of a second, for commands that need the rules
    from orchestration_project.offer import capabilities  # noqa: PLC0415
    from orchestration_project.playbook.kept import read_kept  # noqa: PLC0415

    return read_kept(installation.playbook, installation.home, capabilities())


def say_own_dagster(installation: Installation) -> None:
    if installation.own_dagster is not None:
        told = f"DAGSTER_HOME is set: Dagster keeps its records in {installation.own_dagster}, as set there."
        err.print(told, markup=False, soft_wrap=True)


def owners_zone(installation: Installation) -> tzinfo:
    """By whose clocks times are shown and read. Neither a mistake elsewhere in the playbook nor a missing one
    keeps a person from looking at leads: then it is this machine's."""
    kept = kept_time_zone(installation.playbook, installation.home)
    if kept is not None and is_zone(kept):
        return zone(kept)
    # not the whole playbook, which takes longer than all else that these commands do
    from orchestration_project.playbook.yaml_file import read_yaml  # noqa: PLC0415

    rules, _mistakes = read_yaml(installation.playbook / "playbook.yaml", "playbook.yaml")
    business = rules.data.get("business") if rules else None
    name = business.get("time_zone") if isinstance(business, dict) else None
    if isinstance(name, str) and is_zone(name):
        return zone(name)
    return utc_now().astimezone().tzinfo or UTC


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
