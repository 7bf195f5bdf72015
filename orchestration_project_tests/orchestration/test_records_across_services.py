"""Two CRMs, a mailing list and a calendar over stand-ins: the record's word reaches all copies once they
answer, and a consent that is withdrawn anywhere ends the sequence."""

import shutil
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import stamina

from orchestration_project import connecting
from orchestration_project.cli.services_demo import copy_playbook, fill
from orchestration_project.data.records import differences
from orchestration_project.fake_services import pipedrive
from orchestration_project.fake_services.base import status
from orchestration_project.fake_services.in_memory import in_memory
from orchestration_project.fake_services.office import Office
from orchestration_project.fake_services.pipedrive import FakePipedrive
from orchestration_project.installation import WORKING_COPY
from orchestration_project.model import Context, Ref
from orchestration_project.model.records import Difference
from orchestration_project_tests.orchestration.conftest import World
from orchestration_project_tests.orchestration.following import follow, tick

TOM = "tom@rees-studio.example"
ANN = "ann@other.example"


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=1, cap=True):
        yield


def at_once(*_: object) -> float:
    """A place in the queue for a service: the stand-ins have no rate limit."""
    return 0.0


class Firm:
    """An office, perhaps with another CRM in it, and what its people do there."""

    def __init__(self, world: World, office: Office, other_crm: FakePipedrive | None) -> None:
        self.world, self.office, self.pipedrive = world, office, other_crm

    def rename(self, ref: Ref, first: str, last: str, *, opted_out: bool = False) -> None:
        self.world.clock.forward(minutes=11)
        contact = self.world.ledger.receipts.read([ref])[ref]["crm_contact"].external_id or ""
        if self.pipedrive is None:
            out = {"hs_email_optout": "true"} if opted_out else {}
            self.office.hubspot.change_contact(contact, firstname=first, lastname=last, **out)
        else:
            out = {"marketing_status": "unsubscribed"} if opted_out else {}
            self.pipedrive.change_person(int(contact), name=f"{first} {last}", **out)

    def title_of_hold(self) -> str:
        (hold,) = [event for event in self.office.calendar.events.values() if "extendedProperties" in event]
        return hold["summary"]

    def receipts(self, ref: Ref) -> dict[str, str]:
        return {
            name: receipt.status.value
            for name, receipt in self.world.ledger.receipts.read([ref])[ref].items()
        }

    def differing(self) -> list[Difference]:
        leads = self.world.ledger.held.perhaps_different(100)
        return [each for _, held in leads for each in differences(held, self.world.playbook().records)]


@pytest.fixture(params=["hubspot", "pipedrive"])
def firm(world: World, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Firm:
    office, other = Office(), FakePipedrive() if request.param == "pipedrive" else None
    services = [*office.services.values(), *([other] if other else [])]
    transport = in_memory(*services)
    monkeypatch.setattr(connecting, "take_turn", at_once)
    monkeypatch.setattr(connecting, "http_client", lambda: httpx.AsyncClient(transport=transport))
    shutil.rmtree(world.playbook_folder)
    copy_playbook(WORKING_COPY / "playbook", world.playbook_folder)
    environment = office.environment
    if other is not None:
        path = world.playbook_folder / "connections.yaml"
        lines = path.read_text().replace("hubspot", "pipedrive")
        path.write_text(lines)
        environment |= {"PIPEDRIVE_TOKEN": pipedrive.TOKEN, "PIPEDRIVE_BASE_URL": other.base_url}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for service in services:
        service.clock = world.clock
    fill(office, world.playbook())
    return Firm(world, office, other)


def test_what_the_crm_says_reaches_list_and_calendar_and_an_opt_out_ends_the_sequence(
    firm: Firm, priority_lead: dict[str, Any], nurture_lead: dict[str, Any]
) -> None:
    world, mailchimp = firm.world, firm.office.mailchimp
    priority, tom, ann = world.submit(
        priority_lead, nurture_lead, nurture_lead | {"id": "n2", "name": "Ann Ray", "email": ANN}
    )
    world.run()
    assert follow(world) is None and firm.differing() == []

    # the record is changed while the calendar is away, and a person has corrected a name in the list
    firm.rename(priority, "Maeve", "van Byrne")
    firm.rename(tom, "Thomas", "Rees")
    firm.rename(ann, "Anna", "Ray")
    mailchimp.change(ANN, FNAME="Annie")
    firm.office.calendar.next_answer(status(503), to="PATCH")
    follow(world)
    assert firm.title_of_hold().startswith("Hold: call with Maeve O'Brien")
    assert mailchimp.member(TOM)["merge_fields"]["FNAME"] == "Thomas"
    assert mailchimp.member(ANN)["merge_fields"]["FNAME"] == "Annie", "a person's edit is left"
    lead = world.ledger.facts.read(Context, [priority])[priority].lead
    assert (lead.person.given_name, lead.person.family_name) == ("Maeve", "van Byrne")
    world.clock.forward(minutes=11)
    follow(world)
    assert firm.title_of_hold().startswith("Hold: call with Maeve van Byrne"), "it waited, and healed"
    (difference,) = firm.differing()
    said = (difference.ref, difference.copy_in, difference.right.split(), difference.other.split())
    assert said == (ann, "sequence", ["Anna", "Ray"], ["Annie", "Ray"])

    # one says so in the CRM, the other in the list
    firm.rename(tom, "Thomas", "Rees", opted_out=True)
    mailchimp.change(ANN, "unsubscribed")
    follow(world)
    assert mailchimp.member(TOM)["status"] == "unsubscribed"
    assert [firm.receipts(ref)["sequence_stop"] for ref in (tom, ann)] == ["done", "done"]
    world.clock.forward(days=2)
    (again,) = world.submit(nurture_lead | {"id": "n3", "message": "And what does your payroll cost?"})
    world.run()
    assert firm.receipts(again)["sequence"] == "skipped"
    assert "consent was withdrawn" in world.ledger.receipts.read([again])[again]["sequence"].note
    follow(world)  # the contact's opt-out is told in the new lead's story, too
    assert "sequence_stop" not in firm.receipts(again)
    assert follow(world) is None and "Nothing changed" in str(tick(world).skip_reason)
