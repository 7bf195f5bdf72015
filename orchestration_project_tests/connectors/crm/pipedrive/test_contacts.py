"""Persons in Pipedrive with their fields and organizations: written once, found, and refused in words.

Notes, tasks and calls are `test_entries.py`.
"""

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration_project.connectors.crm.companies import company_name
from orchestration_project.connectors.crm.lead_properties import LEAD_PROPERTIES
from orchestration_project.connectors.crm.pipedrive import PipedriveCrm
from orchestration_project.errors import (
    LeadRefusedError,
    PermanentServiceError,
    SetupError,
    TransientServiceError,
)
from orchestration_project.fake_services.base import (
    answer_lost,
    status,
)
from orchestration_project.fake_services.pipedrive import FakePipedrive
from orchestration_project_tests.connectors.crm.cases import ACME, JANE, OURS, TASK
from orchestration_project_tests.connectors.crm.pipedrive.conftest import opened
from orchestration_project_tests.connectors.services import naughty_texts
from orchestration_project_tests.hand_clock import HandClock

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_waiting")]


async def test_a_new_contact_is_there_with_all_its_fields(
    crm: PipedriveCrm, pipedrive: FakePipedrive
) -> None:
    created = await crm.create_contact(JANE, OURS, ACME)
    found = await crm.find_contact("JANE@acme.example")
    assert found == created
    assert {name: getattr(found, name) for name in JANE} == JANE
    assert found is not None
    assert found.properties == OURS
    assert found.url == f"https://larkfield.pipedrive.com/person/{found.id}"
    assert await crm.get_contact(found.id) == found
    [person] = pipedrive.all("persons")
    assert person["custom_fields"][pipedrive.field_code("Lead fit score")] == 9


async def test_a_deleted_person_is_not_there(crm: PipedriveCrm, pipedrive: FakePipedrive) -> None:
    contact = await crm.create_contact(JANE, OURS, ACME)
    pipedrive.all("persons")[0]["is_deleted"] = True
    assert await crm.get_contact(contact.id) is None


async def test_somebody_without_a_name_has_none(crm: PipedriveCrm) -> None:
    created = await crm.create_contact({"email": "kim@beta.example"}, {})
    assert created.name is None
    named = await crm.update_contact(created.id, {"name": "Kim"}, {})
    assert named.name == "Kim"


async def test_an_update_changes_what_is_named_and_nothing_else(crm: PipedriveCrm) -> None:
    contact = await crm.create_contact({"email": JANE["email"], "name": JANE["name"]}, OURS)
    after = await crm.update_contact(
        contact.id,
        {name: JANE[name] for name in ("phone", "company", "website")},
        {"lead_score": "", "lead_track": "nurture"},
    )
    assert {name: getattr(after, name) for name in JANE} == JANE
    assert after.properties == {name: value for name, value in OURS.items() if name != "lead_score"} | {
        "lead_track": "nurture"
    }
    assert await crm.get_contact(contact.id) == after


async def test_a_blank_website_of_the_organization_is_filled(crm: PipedriveCrm) -> None:
    contact = await crm.create_contact(JANE | {"website": ""}, {})
    after = await crm.update_contact(contact.id, {"website": JANE["website"]}, {})
    assert after.website == JANE["website"]


async def test_a_person_that_was_merged_into_another_is_a_refusal_of_this_one(
    crm: PipedriveCrm, pipedrive: FakePipedrive
) -> None:
    contact = await crm.create_contact(JANE, OURS, ACME)
    pipedrive.rows["persons"][contact.id]["is_deleted"] = True
    pipedrive.next_answer(status(400), to="POST /api/v2/activities")
    with pytest.raises(LeadRefusedError, match="merged"):
        await crm.add_task(contact.id, TASK)


async def test_a_person_field_that_somebody_deleted_is_told_and_made_anew_at_the_next_write(
    crm: PipedriveCrm, pipedrive: FakePipedrive
) -> None:
    contact = await crm.create_contact(JANE, OURS, ACME)
    del pipedrive.person_fields[0]
    with pytest.raises(SetupError, match="no longer"):
        await crm.update_contact(contact.id, {}, OURS)
    after = await crm.update_contact(contact.id, {}, OURS)
    assert after.properties == OURS


async def test_person_fields_are_made_once_for_all(
    http: httpx.AsyncClient, pipedrive: FakePipedrive, clock: HandClock
) -> None:
    for email in ("jane@acme.example", "kim@beta.example"):
        await opened(http, pipedrive, clock).create_contact({"email": email}, OURS)
    made = [each["field_name"] for each in pipedrive.person_fields]
    assert made == ["Lead record", "Lead fit score", "Lead track"]


async def test_a_refused_value_is_told(crm: PipedriveCrm) -> None:
    with pytest.raises(PermanentServiceError, match="must be a number"):
        await crm.create_contact({"email": "kim@beta.example"}, {"lead_score": "nine"})


async def test_a_field_that_an_account_has_of_its_own_is_used_and_the_others_share_one(
    crm: PipedriveCrm, pipedrive: FakePipedrive
) -> None:
    pipedrive._add_field({"field_name": "Lead first source", "field_type": "varchar"})
    first = {"lead_first_source": "google", "lead_first_medium": "cpc", "lead_ref": "L-1"}
    contact = await crm.create_contact({"email": "kim@beta.example"}, first)
    after = await crm.update_contact(contact.id, {}, {"lead_ref": "L-2", "lead_first_medium": ""})
    assert after.properties == {"lead_first_source": "google", "lead_ref": "L-2"}
    custom = pipedrive.all("persons")[0]["custom_fields"]
    assert custom[pipedrive.field_code("Lead first source")] == "google"
    assert custom[pipedrive.field_code("Lead record")] == '{"lead_ref":"L-2"}'
    pipedrive.all("persons")[0]["custom_fields"][pipedrive.field_code("Lead record")] = "mine"
    assert (await crm.get_contact(contact.id)).properties == {"lead_first_source": "google"}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("company", "domain", "theirs", "made", "remark"),
    [
        ("Acme Ltd", "acme.example", {"name": "ACME", "website": "https://www.acme.example"}, False, ""),
        ("Acme Limited", None, {"name": "Acme Ltd."}, False, "by its name alone"),
        ("Acme", None, {"name": "Acme", "website": "https://facebook.com/acme"}, False, "by its name alone"),
        ("Acme", "acme.example", {"name": "Acme", "website": "https://other.example"}, True, ""),
        ("Johnson Brothers", None, {"name": "Jonson Brothers"}, False, "% alike"),
        ("Johnson Brothers", "jb.example", {"name": "Jonson Brothers"}, True, "% alike"),
        ("N/A", None, {"name": "N/A"}, False, ""),
        ("-", None, {"name": "Acme"}, False, ""),
    ],
)
async def test_an_organization_is_matched_with_care_and_says_how_sure_that_is(
    crm: PipedriveCrm,
    pipedrive: FakePipedrive,
    company: str,
    domain: str | None,
    theirs: dict[str, str],
    made: bool,
    remark: str,
) -> None:
    there = pipedrive._make("organizations", theirs)
    fields = {"email": "kim@beta.example", "company": company}
    contact = await crm.create_contact(fields, {}, domain)
    linked = pipedrive.rows["persons"][contact.id]["org_id"]
    assert len(pipedrive.all("organizations")) == 1 + made
    assert remark in contact.remark
    assert (linked == there["id"]) == (not made and remark != "% alike" and company not in ("N/A", "-"))


async def test_people_of_one_firm_share_an_organization(crm: PipedriveCrm, pipedrive: FakePipedrive) -> None:
    pipedrive.search_lags = True
    await crm.create_contact(JANE, OURS, ACME)
    await crm.create_contact(JANE | {"email": "joe@acme.example"}, OURS, ACME)
    assert len(pipedrive.all("organizations")) == 1


async def test_two_firms_of_one_name_stay_two(crm: PipedriveCrm, pipedrive: FakePipedrive) -> None:
    await crm.create_contact(JANE, OURS, ACME)
    await crm.create_contact(
        JANE | {"email": "joe@other.example", "website": "https://other.example"}, OURS, "other.example"
    )
    assert len(pipedrive.all("organizations")) == 2


async def test_a_contact_made_before_a_crash_is_found_and_not_made_twice(
    crm: PipedriveCrm, pipedrive: FakePipedrive
) -> None:
    pipedrive.search_lags = True
    pipedrive.next_answer(answer_lost(), to="POST /api/v2/persons")
    with pytest.raises(TransientServiceError):
        await crm.create_contact({**JANE}, {})
    assert (await crm.create_contact(JANE, {})).email == JANE["email"]
    assert (len(pipedrive.all("persons")), len(pipedrive.all("organizations"))) == (1, 1)


WILD = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=80)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=WILD, company=WILD, local=st.from_regex(r"[^\s@\0]{1,20}", fullmatch=True), text=WILD)
async def test_names_addresses_and_notes_in_any_script_survive(
    crm: PipedriveCrm, pipedrive: FakePipedrive, name: str, company: str, local: str, text: str
) -> None:
    pipedrive.rows.clear()
    email = f"{local}@例え.example"
    contact = await crm.create_contact({"email": email, "name": name, "company": company}, {})
    assert contact.name == (name.strip() or None)
    assert contact.company == (company_name(company) or None)
    assert await crm.find_contact(email) == contact
    written = await crm.add_note(contact.id, "L-1", text)
    assert await crm.find_note(contact.id, "L-1") == written


async def test_naughty_strings_survive(crm: PipedriveCrm) -> None:
    for number, text in enumerate(naughty_texts(3)):
        contact = await crm.create_contact({"email": f"{number}@x.example", "name": text}, {})
        assert contact.name == (text.strip() or None)
        await crm.add_note(contact.id, f"L-{number}", text)
        assert await crm.find_note(contact.id, f"L-{number}")


def test_the_properties_are_those_that_the_action_writes() -> None:
    from orchestration_project.action.crm_contact import contact_properties
    from orchestration_project.action.merge import WRITTEN
    from orchestration_project_tests.action.briefs import a_brief

    assert set(LEAD_PROPERTIES) == {*contact_properties(a_brief()), WRITTEN}
