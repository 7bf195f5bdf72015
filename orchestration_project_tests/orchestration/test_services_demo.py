"""The wiring of `leads demo --services`: real connectors, stand-ins for the services, each thing there once.

What one connector sends to its service is tested beside that connector; the command itself in `cli/`.
"""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from orchestration_project import connecting
from orchestration_project.cli.services_demo import SAMPLES, copy_playbook, fill, traffic
from orchestration_project.connectors.opened import KINDS
from orchestration_project.fake_services.google_drive import FOLDER_TYPE
from orchestration_project.fake_services.office import CONNECTIONS, Office
from orchestration_project.fake_services.openai import HONEST
from orchestration_project.installation import WORKING_COPY
from orchestration_project.ledger.lead_lines import LeadLine
from orchestration_project.offer import capabilities
from orchestration_project.playbook.load import load_playbook
from orchestration_project_tests.orchestration.conftest import World


def at_once(*_: object) -> float:
    """A place in the queue for a service: the stand-ins have no rate limit."""
    return 0.0


@pytest.fixture
def office(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """The services demo's playbook and stand-ins, for a world that can be looked into."""
    monkeypatch.setattr(connecting, "take_turn", at_once)
    shutil.rmtree(world.playbook_folder)
    copy_playbook(WORKING_COPY / "playbook", world.playbook_folder)
    with Office() as opened:
        for name, value in opened.environment.items():
            monkeypatch.setenv(name, value)
        fill(opened, load_playbook(world.playbook_folder, capabilities()))
        yield opened


def things_of(office: Office, lead: LeadLine) -> dict[str, int]:
    """How many of each there are that belong to this lead."""
    hubspot, ref = office.hubspot, lead.ref
    mails = [office.gmail.mails[mail_id].message for mail_id in office.gmail.drafts.values()]
    return {
        "contacts": sum(
            thing.properties.get("email") == (lead.email or "").lower() for thing in hubspot.all("contacts")
        ),
        "tasks": sum(ref in json.dumps(thing.properties) for thing in hubspot.all("tasks")),
        "drafts": sum(f"draft.{ref.lower()}@" in str(mail["Message-ID"]) for mail in mails),
        "events": sum(
            ref in json.dumps(event["extendedProperties"]) for event in office.calendar.events.values()
        ),
        "folders": sum(
            item.kind == FOLDER_TYPE and item.properties.get("leadKey") == ref
            for item in office.drive.items.values()
        ),
        "messages": sum(ref in json.dumps(message.metadata) for message in office.slack.messages),
    }


def test_the_sample_leads_leave_each_thing_once_however_often_they_are_submitted(
    world: World, office: Office
) -> None:
    payloads = [
        json.loads(line) for line in (SAMPLES / "submissions.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    world.submit(*payloads)
    world.run()
    leads = world.ledger.stories.list_leads()
    assert {lead.status for lead in leads} == {"done", "quarantined", "to_check"}
    # S-1014 wrote again: the lead before has what it would get
    priority = [
        lead
        for lead in leads
        if (lead.track, lead.status) == ("priority", "done") and lead.external_id != "S-1014"
    ]
    assert len(priority) >= 5
    for lead in priority:
        assert things_of(office, lead) == dict.fromkeys(things_of(office, lead), 1), lead.external_id
        assert {action.status for action in lead.actions} == {"done"}
        assert (lead.rationale or "").startswith(HONEST.format("OpenAI"))
    assert {lead.track for lead in leads if lead.status == "done"} == {"priority", "nurture", "not_fit"}
    before, asked = office.holdings(), len(office.gmail.requests)

    world.submit(*payloads)
    world.run()
    for lead in priority[:2]:  # also when some are gone through once more from the beginning
        world.ledger.by_hand.replay([lead.ref])
    world.run()
    assert {**office.holdings(), "OpenAI": None} == {**before, "OpenAI": None}
    assert len(office.gmail.requests) == asked


def test_every_service_of_the_demo_is_asked_and_what_it_was_asked_names_nobody(
    world: World, office: Office, priority_lead: dict[str, Any]
) -> None:
    world.submit(
        priority_lead, {**priority_lead, "id": "n1", "email": "zoë@cloverdental.example", "budget": ""}
    )
    world.run()
    rows = list(traffic(office))
    asked = Counter(dict.fromkeys(office.services, 0))
    for name, _, times in rows:
        asked[name] += times
    assert [name for name, times in asked.items() if not times] == ["Mailchimp"]  # for other tracks
    assert all("@" not in kind and ".example" not in kind and "%" not in kind for _, kind, _ in rows)
    assert ("Gmail", "POST /gmail/v1/users/me/drafts", 2) in rows
    assert ("Slack", "POST /api/chat.postMessage", 2) in rows


def test_the_demo_connects_a_service_for_every_kind_that_has_one() -> None:
    kinds = set(KINDS) - {"website"}
    assert set(CONNECTIONS) == kinds
