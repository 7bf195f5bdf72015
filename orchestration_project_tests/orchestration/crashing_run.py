"""Processes that do one thing with a world and end at a crash point on the way.

Where they end, and what comes of it, is the tests' part.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
import stamina

from orchestration_project import connecting
from orchestration_project.intake import take_in
from orchestration_project.ledger import open_ledger
from orchestration_project.ledger.engine import open_engine
from orchestration_project.ledger.sources import Reading
from orchestration_project.model import Delivery
from orchestration_project_tests.orchestration.conftest import MovedClock, World
from orchestration_project_tests.orchestration.quick_dagster import in_memory, on_disk

Payload = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    what: Literal["read", "run"]
    point: str
    database: str
    folder: str
    on_disk: bool = False
    """Whether Dagster's own records outlive the process."""
    passed: float = 0.0
    """Seconds by which the clock of the process is ahead."""
    page: list[Payload] = field(default_factory=list[Payload])
    """What the source delivers."""
    environment: dict[str, str] = field(default_factory=dict[str, str])


def read_page(world: World, page: list[Payload]) -> None:
    """The source's only page, as far as it has not been read."""
    cursor = world.ledger.sources.cursor("inbox")
    deliveries = [Delivery(external_id=each["id"], raw=json.dumps(each).encode()) for each in page]
    reading = Reading(source="inbox", before=cursor, after="1")
    take_in(world.ledger, world.playbook(), "inbox", [] if cursor == "1" else deliveries, reading)


def act(argument: dict[str, Any]) -> None:
    asked = Asked(**argument)
    folder, clock = Path(asked.folder), MovedClock()
    clock.forward(seconds=asked.passed)
    ledger = open_ledger(open_engine(asked.database), clock)
    with (
        pytest.MonkeyPatch.context() as environment,
        stamina.set_testing(True, attempts=3, cap=True),
        (on_disk if asked.on_disk else in_memory)(folder / "dagster") as instance,
    ):
        for name, value in {**asked.environment, "LEADS_CRASH_AT": asked.point}.items():
            environment.setenv(name, value)
        hurry(environment)
        world = World(folder / "home", folder / "playbook", ledger, instance, clock)
        if asked.what == "read":
            read_page(world, asked.page)
        else:
            world.run()


def at_once(*_: object) -> float:
    """A turn of a service that nobody else asks."""
    return 0.0


def hurry(patch: pytest.MonkeyPatch) -> None:
    """Nobody else asks the services."""
    patch.setattr(connecting, "take_turn", at_once)
