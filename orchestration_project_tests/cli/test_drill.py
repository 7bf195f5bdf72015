"""A drill with the live machinery: what somebody would be told, that it ends well, and for which services."""

import json
from collections.abc import Iterator

import pytest
import stamina

from orchestration_project.cli import drill
from orchestration_project.cli.drill import Clock, Kind, Play
from orchestration_project.cli.services_demo import fill
from orchestration_project.connecting import UNPACED
from orchestration_project.errors import LeadsError
from orchestration_project.fake_services.drilled import LINES, DrilledOffice
from orchestration_project.installation import locate
from orchestration_project.ledger import open_ledger
from orchestration_project.model import Delivery
from orchestration_project_tests.orchestration.conftest import World, world
from orchestration_project_tests.watch.test_erase import LEAD, LETTER

__all__ = ["world"]


@pytest.fixture
def office(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[DrilledOffice]:
    with DrilledOffice() as office, stamina.set_testing(True, attempts=1, cap=True):
        for name, value in {**office.environment, UNPACED: "yes"}.items():
            monkeypatch.setenv(name, value)
        yield office


def played(world: World, office: DrilledOffice, kind: Kind, service: str) -> tuple[Play, list[str]]:
    lines, of_kind = drill.lines_of(world.playbook(), service)
    drill.rewrite(world.playbook_folder, lines)
    clock = Clock()
    for each in office.services.values():
        each.clock = clock
    ledger = open_ledger(world.ledger.engine, clock)
    fill(office, world.playbook())
    place = locate({"LEADS_HOME": str(world.home), "LEADS_PLAYBOOK": str(world.playbook_folder)})
    play = Play(kind, service, office.behind(of_kind, service), clock)
    leads = [Delivery(external_id=str(each["id"]), raw=json.dumps(each).encode()) for each in (LEAD, LETTER)]
    with world.surroundings():
        drill.run(place, ledger, world.playbook(), play, leads)
    states = [line.status for line in ledger.stories.list_leads()]
    ledger.close()
    return play, states


def test_a_refused_credential_is_told_once_with_what_to_renew_and_so_is_its_end(
    world: World, office: DrilledOffice, capsys: pytest.CaptureFixture[str]
) -> None:
    play, states = played(world, office, Kind.CREDENTIAL, "hubspot")
    titles = [letter.title for letter in play.heard]
    assert titles == [
        "URGENT: CRM (hubspot) refuses our credential.",
        "Over: CRM (hubspot) refuses our credential.",
    ]
    assert "Renew HUBSPOT_TOKEN" in play.heard[0].body
    assert states == ["done", "done"]
    told = capsys.readouterr().out
    assert "2 waiting (waiting: 2 for crm)" in told and "You would have had 2 messages." in told


def test_where_the_only_way_to_tell_goes_through_what_fails_the_drill_says_so_and_it_is_told_later(
    world: World, office: DrilledOffice, capsys: pytest.CaptureFixture[str]
) -> None:
    play, states = played(world, office, Kind.SCHEMA, "slack")
    assert "nobody could be told: all ways of `alerts: tell:` go through it" in capsys.readouterr().out
    assert play.heard, "what was missed comes once it is back"
    assert set(states) == {"done"}


def test_every_stand_in_can_be_played_with_and_others_are_named(world: World) -> None:
    for kind, connector in LINES:
        lines, of_kind = drill.lines_of(world.playbook(), connector)
        assert of_kind == kind and lines[kind]["connector"] == connector
        drill.rewrite(world.playbook_folder, lines)
        assert getattr(world.playbook().connections, kind).connector == connector
    with pytest.raises(LeadsError, match=r"no stand-in for 'imap'.* hubspot"):
        drill.lines_of(world.playbook(), "imap")
