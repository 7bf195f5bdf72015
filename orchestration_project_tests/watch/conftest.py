"""The installation of the orchestration's tests, an eraser for it, and a look of the watch at a ledger."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from orchestration_project.connecting import connector_context
from orchestration_project.installation import WORKING_COPY
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.erasing import Erasure
from orchestration_project.playbook.alerts import AlertRules
from orchestration_project.watch.causes.base import Seen
from orchestration_project.watch.erase.erase import Eraser
from orchestration_project.watch.erase.outside import Outside
from orchestration_project.watch.erase.records import erase_records
from orchestration_project.watch.erase.who import find_person, with_what_was_begun
from orchestration_project.watch.opening import open_seen
from orchestration_project_tests.orchestration.conftest import World, no_pauses, world

__all__ = ["no_pauses", "world"]

Watching = Callable[..., Seen]


@dataclass
class Forgetting:
    """A person at the command line who has somebody erased."""

    world: World
    said: list[str] = field(default_factory=list[str])
    slept: list[float] = field(default_factory=list[float])
    dagster_home: Path | None = None
    """Where Dagster keeps its records; None: nobody looks there."""

    def erase(self, *addresses: str, contact_too: bool = False, without: bool = False) -> Erasure:
        playbook = self.world.playbook()
        given = connector_context(playbook, self.world.home, self.world.ledger)
        eraser = Eraser(
            ledger=self.world.ledger,
            outside=Outside(self.world.ledger, playbook, given, contact_too),
            home=self.world.home,
            records=self._records,
            sleep=self._sleep,
            say=self.said.append,
        )
        person, _ = with_what_was_begun(
            self.world.ledger, find_person(self.world.ledger, playbook, addresses)
        )
        return eraser.erase(person, without=without)

    def _records(self, runs: Mapping[str, bool], terms: tuple[str, ...]) -> tuple[int, tuple[str, ...]]:
        if self.dagster_home is None:
            return sum(runs.values()), ()
        done = erase_records(self.dagster_home, self.world.ledger.engine, runs, terms)
        return done.erased, done.under_way

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.world.clock.forward(seconds=seconds)


@pytest.fixture
def forgetting(world: World) -> Forgetting:
    return Forgetting(world)


@pytest.fixture
def rules_folder(tmp_path: Path) -> Path:
    return shutil.copytree(WORKING_COPY / "playbook", tmp_path / "playbook")


@pytest.fixture
def watching(ledger: Ledger, tmp_path: Path) -> Watching:
    """What a look sees now. With `rules`, whom it tells."""

    def seen(rules: AlertRules | None = None, folder: Path | None = None) -> Seen:
        found = open_seen(ledger, tmp_path, folder or WORKING_COPY / "playbook")
        if rules is not None:
            found.audience = found.audience.model_copy(update={"rules": rules})
        return found

    return seen
