"""What the assets of history work with: the ledger's reader, the store, the business they speak of.

Built when a run starts; pandas is imported when the store is first asked for.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from orchestration_project.history.reader import reader_of
from orchestration_project.installation import here
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.history import HistoryReader
from orchestration_project.model import Clock
from orchestration_project.playbook.model import Playbook

if TYPE_CHECKING:
    from orchestration_project.history.store import Store


@dataclass(frozen=True)
class History:
    """Reads the ledger, keeps frames. `home` is the installation's folder, `folder` the live playbook's, in
    which the candidates are."""

    ledger: Ledger
    reader: HistoryReader
    playbook: Playbook
    home: Path
    folder: Path

    @property
    def clock(self) -> Clock:
        return self.ledger.clock

    @property
    def store(self) -> "Store":
        from orchestration_project.history.store import Store, base_of  # noqa: PLC0415 - pandas

        return Store(base_of(os.environ, self.home))


class HistoryResource(dg.ConfigurableResource[History]):
    home: str = ""
    """Empty: that of the installation."""
    folder: str = ""
    """The same."""
    playbook: dg.ResourceDependency[Playbook]
    ledger: dg.ResourceDependency[Ledger]

    def create_resource(self, context: dg.InitResourceContext) -> History:  # noqa: ARG002 - dagster's signature
        return open_history(
            self.ledger,
            self.playbook,
            home_of(self.home),
            Path(self.folder) if self.folder else here().playbook,
        )


def home_of(given: str) -> Path:
    return Path(given) if given else here().home


def open_history(ledger: Ledger, playbook: Playbook, home: Path, folder: Path) -> History:
    return History(ledger, reader_of(ledger.engine, playbook), playbook, home, folder)
