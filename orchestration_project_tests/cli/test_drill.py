"""Drills with the live machinery: what somebody would be told of each service, and that all of it ends well.

One installation for all of them: what one drill leaves, such as contacts in a stand-in, is no news to the next.
"""

import itertools
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import stamina

from orchestration_project.cli import drill, drill_play
from orchestration_project.cli.drill import Clock, Kind, Play, stage
from orchestration_project.cli.services_demo import fill
from orchestration_project.connecting import UNPACED
from orchestration_project.connectors import form_source
from orchestration_project.connectors.opened import KINDS
from orchestration_project.errors import LeadsError
from orchestration_project.fake_services.drilled import FORMS, LINES, DrilledOffice
from orchestration_project.installation import locate
from orchestration_project.ledger import open_ledger
from orchestration_project.model import Delivery
from orchestration_project_tests.databases import HandedOn
from orchestration_project_tests.orchestration.conftest import World, open_world

PRIORITY = "Our bookkeeper has just left and the VAT deadline is next month. We are a team of {} and need "
PRIORITY += "somebody to take over the books in Xero and the monthly payroll as soon as possible."
NURTURE = "How does your bookkeeping service work for a small studio of {} people?"
OF_SEVERAL = ("openai", "claude", "peopledatalabs", "apollo")
"""A single answer of no use tells nothing of them."""
_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Drills:
    world: World
    office: DrilledOffice
    clock: Clock

    def play(self, kind: Kind, service: str) -> tuple[Play, list[str]]:
        """What was said of it, and how its leads stand at the end."""
        staged = stage(self.world.playbook(), service, self.office)
        drill.rewrite(self.world.playbook_folder, staged)
        self.clock.passed += timedelta(
            hours=3
        )  # what came and went within half an hour is not told each time
        for each in self.office.services.values():
            each.clock = self.clock
        ledger = open_ledger(self.world.ledger.engine, self.clock)
        place = locate(
            {"LEADS_HOME": str(self.world.home), "LEADS_PLAYBOOK": str(self.world.playbook_folder)}
        )
        play = Play(kind, service, staged.stand_in, self.clock, staged.form)
        leads = [a_lead(number) for number in range(6 if service in OF_SEVERAL else 3)]
        before = {line.ref for line in ledger.stories.list_leads()}
        drill_play.run(place, ledger, self.world.playbook(), play, leads)
        states = [line.status for line in ledger.stories.list_leads() if line.ref not in before]
        ledger.close()
        return play, states


def a_lead(number: int) -> Delivery:
    each = next(_NUMBERS)
    payload = {
        "id": f"d{each}",
        "name": f"Maeve O'Brien{'abcdefghij'[each % 10]}",
        "email": f"maeve@joinery-{each}.example",
        "company": f"Joinery {each} Ltd",
        "consent": True,
        "message": (PRIORITY if number % 2 else NURTURE).format(each + 10),
    }
    if number % 2:
        payload |= {"phone": "0117 496 0123", "budget": "600"}
    return Delivery(external_id=f"d{each}", raw=json.dumps(payload).encode())


@pytest.fixture(scope="module")
def drills(handed_on: HandedOn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drills]:
    folder = tmp_path_factory.mktemp("drills")
    with (
        pytest.MonkeyPatch.context() as patch,
        handed_on.lend() as engine,
        open_world(folder, engine) as world,
        DrilledOffice() as office,
        stamina.set_testing(True, attempts=1, cap=True),
    ):
        for name, value in {**office.environment, UNPACED: "yes"}.items():
            patch.setenv(name, value)
        patch.setattr(drill_play, "FAILS_FOR", timedelta(minutes=3))
        fill(office, world.playbook())
        with world.surroundings():
            yield Drills(world, office, Clock())


@pytest.mark.parametrize("kind", [*Kind])
@pytest.mark.parametrize("service", ["hubspot", "openai", "typeform"])
def test_x(drills: Drills, kind: Kind, service: str, capsys: pytest.CaptureFixture[str]) -> None:
    begun = time.process_time()
    play, states = drills.play(kind, service)
    with capsys.disabled():
        print(kind, service, [letter.title for letter in play.heard], states, time.process_time() - begun)
