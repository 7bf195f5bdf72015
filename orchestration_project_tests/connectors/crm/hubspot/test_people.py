"""What HubSpot answers where people merge, delete and require, and where several leads ask at a time.

What it does for one lead alone is `test_contacts.py` and `test_entries.py`.
"""

import anyio
import httpx
import pytest

from orchestration_project.connectors.crm.hubspot import HubSpotCrm
from orchestration_project.connectors.hubspot_api import OBJECTS, OWNERS, PROPERTIES
from orchestration_project.errors import LeadRefusedError, SetupError, TransientServiceError
from orchestration_project.fake_services.base import answer_lost, status
from orchestration_project.fake_services.hubspot import FakeHubSpot
from orchestration_project.model import Contact
from orchestration_project_tests.connectors.crm.cases import ACME, JANE, OURS, TASK
from orchestration_project_tests.connectors.crm.hubspot.conftest import opened
from orchestration_project_tests.hand_clock import HandClock

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_waiting")]

CONTACTS = f"{OBJECTS}/contacts"


async def test_a_second_address_leads_to_its_contact(crm: HubSpotCrm, hubspot: FakeHubSpot) -> None:
    contact = await crm.create_contact(JANE, OURS, ACME)
    hubspot.things["contacts"][contact.id].emails.add("j.doe@acme.example")
    found = await crm.find_contact("J.Doe@acme.example")
    assert found is not None
    assert found.id == contact.id
    # also where HubSpot says so only when one is to be made
    hubspot.next_answer(status(404), to=f"GET {CONTACTS}/j.doe")
    again = await crm.create_contact({"email": "j.doe@acme.example"}, OURS)
    assert (again.id, len(hubspot.all("contacts"))) == (contact.id, 1)


async def test_a_contact_that_was_merged_is_followed(crm: HubSpotCrm, hubspot: FakeHubSpot) -> None:
    contact = await crm.create_contact(JANE, OURS, ACME)
    await crm.add_note(contact.id, "L-1", "score 9")
    kept = hubspot.enter_contact(email="jane.doe@private.example")
    hubspot.merge(kept, contact.id)
    found = await crm.get_contact(contact.id)
    assert found is not None
    assert found.id == kept
    # the note is found at its new place, and what is added goes there
    assert await crm.find_note(contact.id, "L-1")
    await crm.add_task(contact.id, TASK)
    assert {("tasks", task.id) for task in hubspot.all("tasks")} <= hubspot.things["contacts"][kept].linked
    assert (await crm.find_contact(JANE["email"])) == found


async def test_a_deleted_contact_is_told_with_its_id(crm: HubSpotCrm, hubspot: FakeHubSpot) -> None:
    contact = await crm.create_contact(JANE, OURS, ACME)
    hubspot.delete(contact.id)
    with pytest.raises(LeadRefusedError, match=rf"contact {contact.id} has this .* was deleted") as caught:
        await crm.create_contact(JANE, OURS, ACME)
    assert "Restore it" in caught.value.mend
    with pytest.raises(LeadRefusedError, match="is not there"):
        await crm.add_note(contact.id, "L-1", "score 9")


async def test_what_the_account_requires_of_every_contact_is_given_or_told(
    http: httpx.AsyncClient, hubspot: FakeHubSpot, clock: HandClock
) -> None:
    hubspot.required["contacts"] = {"jobtitle", "phone"}
    crm = opened(http, hubspot, clock)
    with pytest.raises(SetupError, match="wants jobtitle of every record") as setup:
        await crm.create_contact(JANE, {})
    assert "new_contacts" in setup.value.mend
    crm = opened(http, hubspot, clock, new_contacts={"jobtitle": "unknown"})
    contact = await crm.create_contact(JANE, OURS, ACME)
    assert hubspot.things["contacts"][contact.id].properties["jobtitle"] == "unknown"
    with pytest.raises(LeadRefusedError, match="wants phone of every record, and this lead has none"):
        await crm.create_contact({"email": "kim@beta.example"}, OURS)


@pytest.mark.parametrize("code", [423, 477])
async def test_a_locked_record_and_an_account_that_moves_pass_by_themselves(
    crm: HubSpotCrm, hubspot: FakeHubSpot, code: int
) -> None:
    hubspot.next_answer(*[status(code)] * 3)
    with pytest.raises(TransientServiceError):
        await crm.find_contact("jane@acme.example")


async def test_without_a_domain_a_company_is_linked_by_its_name_with_care(
    crm: HubSpotCrm, hubspot: FakeHubSpot
) -> None:
    acme = hubspot._make("companies", {"name": "ACME & Sons"})
    facebook = {"website": "https://facebook.com/acme", "company": "Acme & Sons Ltd"}
    jane = await crm.create_contact({"email": "jane@gmail.example", **facebook}, {})
    assert ("companies", acme.id) in hubspot.things["contacts"][jane.id].linked
    assert "by its name alone" in jane.remark
    joe = await crm.create_contact({"email": "joe@gmail.example", "company": "Acme & Suns Ltd"}, {})
    assert not hubspot.things["contacts"][joe.id].linked
    assert "% alike" in joe.remark
    await crm.create_contact({"email": "kim@gmail.example", "company": "N/A", "website": "N/A"}, {})
    assert hubspot.all("companies") == [acme]


async def together(crm: HubSpotCrm, emails: list[str]) -> dict[str, Contact | Exception]:
    """What eight leads of a burst do at the same time."""
    done: dict[str, Contact | Exception] = {}

    async def one(email: str) -> None:
        domain = email.rpartition("@")[2]
        try:
            found = await crm.find_contact(email)
            done[email] = found or await crm.create_contact({"email": email, "company": domain}, OURS, domain)
            contact = done[email]
            assert isinstance(contact, Contact)
            if not await crm.find_note(contact.id, f"L-{email}"):
                await crm.add_note(contact.id, f"L-{email}", "score 9")
            await crm.add_task(contact.id, TASK.model_copy(update={"key": f"L-{email}"}))
        except LeadRefusedError as error:
            done[email] = error

    async with anyio.create_task_group() as group:
        for email in emails:
            group.start_soon(one, email)
    return done


async def test_leads_of_a_burst_share_their_requests(crm: HubSpotCrm, hubspot: FakeHubSpot) -> None:
    await together(crm, ["first@x0.example"])  # the properties are there from now on
    hubspot.requests.clear()
    emails = [f"kim@x{number}.example" for number in range(1, 9)]
    done = await together(crm, emails)
    assert {email: contact.email for email, contact in done.items() if isinstance(contact, Contact)} == {
        email: email for email in emails
    }
    assert [len(hubspot.all(kind)) for kind in ("contacts", "companies", "notes", "tasks")] == [9] * 4
    for contact in hubspot.all("contacts"):
        assert sorted(kind for kind, _id in contact.linked) == ["companies", "notes", "tasks"]
    assert len(hubspot.requests) <= 8 * 9 / 2  # each alone takes nine


async def test_contacts_without_any_note_are_asked_about_together(
    crm: HubSpotCrm, hubspot: FakeHubSpot
) -> None:
    """Of these HubSpot lists none; asked for one after another, a burst stood still."""
    contacts = [await crm.create_contact({"email": f"k{number}@x.example"}, {}) for number in range(20)]
    hubspot.requests.clear()

    async def look(contact: Contact) -> None:
        assert await crm.find_note(contact.id, "L-1") is None

    async with anyio.create_task_group() as group:
        for contact in contacts:
            group.start_soon(look, contact)
    _first, *others = hubspot.requests
    assert len(others) <= 3, "of all but the first: their notes, and whether they were merged"


async def test_what_a_new_account_lacks_is_made_once_for_all_of_a_burst(
    crm: HubSpotCrm, hubspot: FakeHubSpot
) -> None:
    done = await together(crm, [f"kim@x{number}.example" for number in range(8)])
    assert all(isinstance(contact, Contact) for contact in done.values())
    made = [request.body["name"] for request in hubspot.asked(f"POST {PROPERTIES}/contacts")]
    assert len(made) == len(set(made))
    # a write that was refused before the others had made them may look once more
    assert len(hubspot.asked(f"GET {PROPERTIES}/contacts")) <= 3
    assert len(hubspot.asked(f"GET {OWNERS}")) == 1


async def test_a_property_that_somebody_removes_is_made_again(crm: HubSpotCrm, hubspot: FakeHubSpot) -> None:
    await crm.create_contact({"email": "a@x.example"}, OURS)
    for name in OURS:
        del hubspot.custom["contacts"][name]
    await crm.create_contact({"email": "b@x.example"}, OURS)
    assert set(OURS) <= set(hubspot.custom["contacts"])


async def test_one_bad_lead_of_a_burst_costs_the_others_nothing(
    crm: HubSpotCrm, hubspot: FakeHubSpot
) -> None:
    await together(crm, ["first@x0.example"])
    gone = await crm.create_contact({"email": "gone@x1.example"}, {})
    hubspot.delete(gone.id)
    emails = ["a@x2.example", "gone@x1.example", "b@x3.example", "c@x4.example"]
    done = await together(crm, emails)
    assert isinstance(done["gone@x1.example"], LeadRefusedError)
    assert [isinstance(done[email], Contact) for email in emails] == [True, False, True, True]
    assert len(hubspot.all("notes")) == 4


async def test_a_batch_whose_answer_is_lost_is_found_and_not_made_twice(
    crm: HubSpotCrm, hubspot: FakeHubSpot
) -> None:
    contacts = [await crm.create_contact({"email": f"{name}@x.example"}, {}) for name in "abc"]
    hubspot.next_answer(answer_lost(), answer_lost(), to=f"POST {OBJECTS}/notes")
    lost: list[Exception] = []

    async def add(contact: Contact) -> None:
        try:
            await crm.add_note(contact.id, f"L-{contact.id}", "score 9")
        except TransientServiceError as error:
            lost.append(error)

    async with anyio.create_task_group() as group:
        for contact in contacts:
            group.start_soon(add, contact)
    assert len(lost) == 3
    assert len(hubspot.all("notes")) == 3
    for contact in contacts:
        assert await crm.find_note(contact.id, f"L-{contact.id}")
