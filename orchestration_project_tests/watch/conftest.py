"""The installation of the orchestration's tests, and an eraser for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from orchestration_project.connecting import connector_context
from orchestration_project.ledger.erasing import Erasure
from orchestration_project.watch.erase.erase import Eraser
from orchestration_project.watch.erase.outside import Outside
from orchestration_project.watch.erase.who import find_person
from orchestration_project_tests.orchestration.conftest import World, no_pauses, world

__all__ = ["no_pauses", "world"]


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
