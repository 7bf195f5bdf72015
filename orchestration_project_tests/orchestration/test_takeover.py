"""A new version takes over leads that the old one had begun: a ledger dumped in mid-flight is finished."""

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy

from orchestration_project.clock import utc_now
from orchestration_project.fake_services.checker import Submitted, check_home
from orchestration_project.ledger.engine import migrate
from orchestration_project.model import Ref
from orchestration_project_tests.ledger import mid_flight
from orchestration_project_tests.orchestration.conftest import World, open_world

PRIORITY = ("crm_contact", "task", "draft", "folder", "calendar_hold", "chat")
NURTURE = ("crm_contact", "draft", "chat")
ACTIONS = {
    "planned": ("crm_contact", "task", "draft", "folder", "chat"),
    "away": PRIORITY,
    "refused": PRIORITY,
    "begun-not-acted": PRIORITY,
    "begun-acted": PRIORITY,
    "chat-begun": NURTURE,
    "through": ("crm_contact", "draft"),
    "queued": PRIORITY,
}
"""What must exist once in the end, of leads whose track is known from what they were."""


def test_what_the_older_version_had_begun_is_finished_once(
    tmp_path: Path, empty_database: sqlalchemy.Engine
) -> None:
    (tmp_path / "world").mkdir()
    refs = {lead.id: lead.ref for lead in mid_flight.LEADS}
    with open_world(tmp_path / "world", empty_database) as world:
        mid_flight.load(empty_database, world.home)
        mid_flight.bring_to(empty_database, utc_now() - timedelta(minutes=1))
        migrate(empty_database)

        world.run(patience=3600)

        status = {name: world.lead(ref).status for name, ref in refs.items()}
        assert status == {
            "imported": "imported",
            "stopped": "needs_person",
            "planned": "done",
            "duplicate": "quarantined",
            "spam": "quarantined",
            "away": "done",
            "wrote-again": "quarantined",
            "refused": "needs_person",
            "begun-not-acted": "done",
            "begun-acted": "done",
            "chat-begun": "done",
            "through": "done",
            "given-back": "done",
            "queued": "done",
            "pending": "done",
            "not-introduced": "done",
        }
        assert _wrong(world.home, empty_database, world, refs) == [
            f"There is no draft of {refs['refused']}.",
            f"There is no chat message of {refs['refused']}.",
        ]

        world.ledger.by_hand.replay([refs["refused"], refs["stopped"]])
        world.run()

        assert {world.lead(refs[name]).status for name in ("refused", "stopped")} == {"done"}
        assert _wrong(world.home, empty_database, world, refs) == []


def _wrong(home: Path, database: sqlalchemy.Engine, world: World, refs: dict[str, Ref]) -> list[str]:
    tracks = {"priority": PRIORITY, "nurture": NURTURE, "not_fit": ("crm_contact", "draft")}
    lines = {line.ref: line for line in world.ledger.stories.list_leads()}
    submitted = [
        Submitted(
            ref=ref,
            email=lines[ref].email or "",
            actions=ACTIONS.get(name)
            or (tracks[lines[ref].track or ""] if lines[ref].status == "done" else ()),
        )
        for name, ref in refs.items()
    ]
    return [finding.told for finding in check_home(home, database, submitted)]


@pytest.mark.parametrize("name", ["begun-acted", "begun-not-acted"])
def test_what_it_had_begun_is_not_looked_for_before_the_service_has_settled(
    tmp_path: Path, empty_database: sqlalchemy.Engine, name: str
) -> None:
    (tmp_path / "world").mkdir()
    with open_world(tmp_path / "world", empty_database) as world:
        mid_flight.load(empty_database, world.home)
        mid_flight.bring_to(empty_database, utc_now() - timedelta(seconds=10))
        migrate(empty_database)
        ref = next(lead.ref for lead in mid_flight.LEADS if lead.id == name)
        world.run(patience=1)
        line = world.lead(ref)
        assert line.status == "waiting"
        assert "begun" in {action.status for action in line.actions}
