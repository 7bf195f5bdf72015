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
from orchestration_project.watch.erase.who import find_person
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

    def erase(self, *addresses: str, contact_too: bool = False, without: bool = False) -> Erasure:
        playbook = self.world.playbook()
        given = connector_context(playbook, self.world.home, self.world.ledger)
        eraser = Eraser(
            ledger=self.world.ledger,
            outside=Outside(self.world.ledger, playbook, given, contact_too),
            home=self.world.home,
            records=lambda runs, _terms: (self._delete(runs), ()),
            sleep=self._sleep,
            say=self.said.append,
        )
        return eraser.erase(find_person(self.world.ledger, playbook, addresses), without=without)

    def _delete(self, runs: Mapping[str, bool]) -> int:
        return sum(alone for alone in runs.values())

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
