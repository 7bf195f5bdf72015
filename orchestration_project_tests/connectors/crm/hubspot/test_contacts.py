"""Contacts in HubSpot with their properties and companies: written once, found, and refused in words.

Notes, tasks and calls are `test_entries.py`; what people do there is `test_people.py`.
"""

import json

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration_project.connectors.crm.hubspot import HubSpotCrm
from orchestration_project.errors import (
    LeadRefusedError,
    PermanentServiceError,
    SetupError,
    TransientServiceError,
    UnknownAnswerError,
)
from orchestration_project.fake_services.base import (
    Fault,
    Reply,
    answer_lost,
    status,
)
from orchestration_project.fake_services.hubspot import FakeHubSpot
from orchestration_project_tests.connectors.crm.cases import ACME, JANE, OURS
from orchestration_project_tests.connectors.crm.hubspot.conftest import opened
from orchestration_project_tests.connectors.services import naughty_texts
from orchestration_project_tests.hand_clock import HandClock

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_waiting")]


CONTACTS = "/crm/objects/2026-09/contacts"


async def test_a_new_contact_is_there_at_once_with_all_its_fields(crm: HubSpotCrm) -> None:
    created = await crm.create_contact(JANE, OURS, ACME)
    found = await crm.find_contact("JANE@acme.example")
    assert found == created
    assert {name: getattr(found, name) for name in JANE} == JANE
    assert found is not None
    assert found.properties == OURS
    assert found.url == f"https://app-eu1.hubspot.com/contacts/4711/record/0-1/{found.id}"
    assert await crm.get_contact(found.id) == found


async def test_an_update_changes_what_is_named_and_nothing_else(crm: HubSpotCrm) -> None:
    contact = await crm.create_contact(JANE | {"phone": ""}, OURS)
    after = await crm.update_contact(contact.id, {"phone": "+442079460000"}, {"lead_score": ""})
    assert (after.name, after.phone) == (JANE["name"], "+442079460000")
    assert after.properties == {name: value for name, value in OURS.items() if name != "lead_score"}


def values_refused(*values: dict[str, str]) -> Fault:
    """As HubSpot says it: the list in the message is JSON in a text."""
    message = f"Property values were not valid: {json.dumps([{'isValid': False, **one} for one in values])}"
    return status(400, {"status": "error", "message": message, "category": "VALIDATION_ERROR"})


@pytest.mark.parametrize(
    ("value", "kind", "told"),
    [
        ({"error": "INVALID_EMAIL", "name": "email"}, LeadRefusedError, r"email of this .*\(INVALID"),
        ({"error": "INVALID_ALPHA", "name": "firstname"}, LeadRefusedError, "firstname of this lead"),
        ({"error": "INVALID_OPTION", "name": "lead_track"}, SetupError, "into lead_track"),
        ({"error": "INVALID_OPTION"}, PermanentServiceError, "answered 400"),
        ({"error": "x y", "name": "jane@acme.example"}, PermanentServiceError, "answered 400"),
    ],
)
async def test_a_refused_value_says_whose_matter_it_is(
    crm: HubSpotCrm, hubspot: FakeHubSpot, value: dict[str, str], kind: type[Exception], told: str
) -> None:
    said = {**value, "message": f"{JANE['email']} is invalid"}
    hubspot.next_answer(*[values_refused(said)] * 2, to=f"POST {CONTACTS}")
    with pytest.raises(PermanentServiceError, match=told) as caught:
        await crm.create_contact(JANE, OURS, ACME)
    assert type(caught.value) is kind
    assert JANE["email"] not in str(caught.value)
    assert not hubspot.all("contacts")


async def test_an_address_that_is_none_is_asked_once_and_adds_no_property(
    crm: HubSpotCrm, hubspot: FakeHubSpot
) -> None:
    hubspot.next_answer(values_refused({"error": "INVALID_EMAIL", "name": "email"}), to=f"POST {CONTACTS}")
    with pytest.raises(LeadRefusedError):
        await crm.create_contact({"email": "x@y.con"}, OURS)
    assert len(hubspot.asked(f"POST {CONTACTS}")) == 1
    assert not hubspot.asked("POST /crm/properties/2026-09")


async def test_a_missing_property_is_made_also_where_the_address_is_refused_beside_it(
    crm: HubSpotCrm, hubspot: FakeHubSpot
) -> None:
    both = values_refused(
        {"error": "INVALID_EMAIL", "name": "email"}, {"error": "PROPERTY_DOESNT_EXIST", "name": "lead_ref"}
    )
    hubspot.next_answer(both, to=f"POST {CONTACTS}")
    await crm.create_contact(JANE, OURS, ACME)
    assert hubspot.asked("POST /crm/properties/2026-09")


async def test_a_property_that_cannot_be_made_is_a_matter_of_set_up(
    crm: HubSpotCrm, hubspot: FakeHubSpot
) -> None:
    hubspot.next_answer(status(400), to="POST /crm/properties/2026-09/contacts")
    with pytest.raises(SetupError, match="does not let the property lead_ref"):
        await crm.create_contact({"email": "kim@beta.example"}, OURS)


async def test_a_write_with_an_answer_in_an_unknown_shape_is_not_repeated(
    crm: HubSpotCrm, hubspot: FakeHubSpot
) -> None:
    contact = await crm.create_contact(JANE, OURS, ACME)
    hubspot.requests.clear()
    hubspot.next_answer(*[Fault(Reply(201, {"object": {"id": 7}}), acts=True)] * 3)
    with pytest.raises(UnknownAnswerError) as caught:
        await crm.update_contact(contact.id, {"phone": "+442079460000"}, OURS)
    assert caught.value.effect_unknown
    with pytest.raises(UnknownAnswerError):
        await crm.add_note(contact.id, "L-1", "score 9")
    with pytest.raises(UnknownAnswerError):
        await crm.create_contact({"email": "kim@beta.example"}, OURS)
    assert len(hubspot.requests) == 3


async def test_properties_the_account_lacks_are_made_once(crm: HubSpotCrm, hubspot: FakeHubSpot) -> None:
    contact = await crm.create_contact(JANE, OURS, ACME)
    await crm.update_contact(contact.id, {}, {"lead_first_source": "google"})
    await crm.update_contact(contact.id, {}, {"lead_first_source": "bing"})
    assert set(hubspot.custom["contacts"]) == {*OURS, "lead_first_source"}
    assert hubspot.custom["contacts"]["lead_score"]["type"] == "number"
    assert len(hubspot.asked("POST /crm/properties/2026-09/contacts")) == len(OURS) + 1


async def test_properties_that_another_lead_has_just_added_are_no_failure(
    crm: HubSpotCrm, hubspot: FakeHubSpot
) -> None:
    await crm.create_contact(JANE, OURS, ACME)
    hubspot.next_answer(status(400), to="POST /crm/objects/2026-09/contacts")  # from before they were there
    contact = await crm.create_contact({"email": "kim@beta.example"}, OURS)
    assert contact.properties["lead_ref"] == OURS["lead_ref"]


async def test_a_refusal_for_another_reason_is_told_as_it_is(crm: HubSpotCrm) -> None:
    await crm.create_contact(JANE, OURS, ACME)
    with pytest.raises(PermanentServiceError, match="not a valid number"):
        await crm.create_contact({"email": "kim@beta.example"}, {"lead_score": "nine"})


async def test_a_new_contact_belongs_to_the_company_of_its_website(
    crm: HubSpotCrm, hubspot: FakeHubSpot
) -> None:
    hubspot.search_lags = True
    await crm.create_contact(JANE, OURS, ACME)
    await crm.create_contact(JANE | {"email": "joe@acme.example"}, OURS, ACME)
    [company] = hubspot.all("companies")
    assert (company.properties["name"], company.properties["domain"]) == (JANE["company"], "acme.example")
    assert {("companies", company.id)} == {link for each in hubspot.all("contacts") for link in each.linked}


async def test_a_company_that_a_person_entered_is_taken_and_left_as_it_is(
    crm: HubSpotCrm, hubspot: FakeHubSpot
) -> None:
    theirs = hubspot._make("companies", {"domain": "acme.example", "name": "ACME"})
    await crm.create_contact(JANE, OURS, ACME)
    assert hubspot.all("companies") == [theirs]
    assert theirs.properties["name"] == "ACME"


async def test_companies_can_be_left_to_hubspot(
    http: httpx.AsyncClient, hubspot: FakeHubSpot, clock: HandClock
) -> None:
    await opened(http, hubspot, clock, companies=False).create_contact(JANE, OURS, ACME)
    assert not hubspot.all("companies")


async def test_a_company_made_in_between_by_another_run_is_taken(
    crm: HubSpotCrm, hubspot: FakeHubSpot
) -> None:
    await crm.create_contact(JANE, OURS, ACME)
    hubspot.search_lags = True
    hubspot.all("companies")[0].indexed = False
    # what this run sees when it looks is that there is none yet
    hubspot.next_answer(status(404), to="GET /crm/objects/2026-09/companies")
    await crm.create_contact(JANE | {"email": "joe@acme.example"}, OURS, ACME)
    assert len(hubspot.all("companies")) == 1


async def test_a_contact_made_before_a_crash_is_found_and_not_made_twice(
    crm: HubSpotCrm, hubspot: FakeHubSpot
) -> None:
    await crm.create_contact({"email": "first@acme.example"}, OURS)  # the properties are there from now on
    hubspot.search_lags = True
    hubspot.next_answer(answer_lost(), to=f"POST {CONTACTS}")
    with pytest.raises(TransientServiceError):
        await crm.create_contact(JANE, OURS, ACME)
    there = await crm.find_contact(JANE["email"])
    assert there == await crm.create_contact(JANE, OURS, ACME)
    assert len(hubspot.all("contacts")) == 2
    assert len(hubspot.all("companies")) == 1


WILD = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=80)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=WILD, company=WILD, local=st.from_regex(r"[^\s@\0/?#%]{1,20}", fullmatch=True), text=WILD)
async def test_names_addresses_and_notes_in_any_script_survive(
    crm: HubSpotCrm, hubspot: FakeHubSpot, name: str, company: str, local: str, text: str
) -> None:
    hubspot.things.clear()
    email = f"{local}@例え.example"
    contact = await crm.create_contact({"email": email, "name": name, "company": company}, {})
    assert contact.name == (name.strip() or None)
    assert contact.company == (company or None)
    assert await crm.find_contact(email) == contact
    written = await crm.add_note(contact.id, "L-1", text)
    assert await crm.find_note(contact.id, "L-1") == written


async def test_naughty_strings_survive(crm: HubSpotCrm, hubspot: FakeHubSpot) -> None:
    for number, text in enumerate(naughty_texts(3)):
        email = f"{number}@x.example"
        contact = await crm.create_contact({"email": email, "name": text, "company": text}, {})
        assert contact.name == (text.strip() or None)
        await crm.add_note(contact.id, f"L-{number}", text)
        assert await crm.find_note(contact.id, f"L-{number}")
