"""HubSpotCrm against an account in memory that keeps HubSpot's rules."""

import json
from collections.abc import Generator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration_project.connectors.crm.hubspot import HubSpotCrm
from orchestration_project.connectors.crm.lead_properties import LEAD_PROPERTIES
from orchestration_project.errors import (
    CredentialError,
    LeadRefusedError,
    LeadsError,
    PermanentServiceError,
    SetupError,
    TransientServiceError,
    UnknownAnswerError,
)
from orchestration_project.fake_services.base import (
    Fault,
    Reply,
    answer_lost,
    inside_200,
    rate_limited,
    silence,
    status,
    truncated,
    web_page,
)
from orchestration_project.fake_services.hubspot import TOKEN, FakeHubSpot
from orchestration_project.ledger import tables
from orchestration_project.playbook.model import Connection
from orchestration_project_tests.conftest import HandClock
from orchestration_project_tests.connectors.crm.cases import ACME, CALL, JANE, MAIL, OURS, TASK
from orchestration_project_tests.connectors.services import Watched, naughty_strings, violations
from orchestration_project_tests.connectors.services import given as connector_context

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_waiting")]

CONTACTS = "/crm/objects/2026-09/contacts"


@pytest.fixture
def hubspot(clock: HandClock) -> Generator[FakeHubSpot]:
    with FakeHubSpot(clock) as running:
        yield running


@pytest.fixture
def crm(http: httpx.AsyncClient, hubspot: FakeHubSpot, clock: HandClock) -> HubSpotCrm:
    return opened(http, hubspot, clock)


def opened(
    http: httpx.AsyncClient, hubspot: FakeHubSpot, clock: HandClock, token: str = TOKEN, **options: Any
) -> HubSpotCrm:
    environment = {"HUBSPOT_TOKEN": token, "HUBSPOT_BASE_URL": hubspot.base_url}
    connection = Connection(connector="hubspot", options=options)
    return HubSpotCrm.open(connection, connector_context(http, environment, clock=clock))


async def test_a_new_contact_is_there_at_once_with_all_its_fields(crm: HubSpotCrm) -> None:
    created = await crm.create_contact(JANE, OURS, ACME)
    found = await crm.find_contact("JANE@acme.example")
    assert found == created
    assert {name: getattr(found, name) for name in JANE} == JANE
    assert found is not None
    assert found.properties == OURS
    assert found.url == f"https://app-eu1.hubspot.com/contacts/4711/record/0-1/{found.id}"
    assert await crm.get_contact(found.id) == found


async def test_somebody_unknown_is_none(crm: HubSpotCrm) -> None:
    assert await crm.find_contact("nobody@acme.example") is None
    assert await crm.find_contact(" ") is None
    assert await crm.get_contact("99") is None
    assert await crm.get_contact("id/of another CRM") is None


async def test_an_email_that_exists_gives_that_contact_unchanged(
    crm: HubSpotCrm, hubspot: FakeHubSpot
) -> None:
    first = await crm.create_contact(JANE, OURS, ACME)
    assert (
        await crm.create_contact({"email": "Jane@Acme.example", "name": "J."}, {"lead_score": "1"}) == first
    )
    assert len(hubspot.all("contacts")) == 1


async def test_an_update_changes_what_is_named_and_nothing_else(crm: HubSpotCrm) -> None:
    contact = await crm.create_contact(JANE | {"phone": ""}, OURS)
    after = await crm.update_contact(contact.id, {"phone": "+442079460000"}, {"lead_score": ""})
    assert (after.name, after.phone) == (JANE["name"], "+442079460000")
    assert after.properties == {name: value for name, value in OURS.items() if name != "lead_score"}


async def test_a_contact_that_is_not_there_is_a_refusal_of_this_one(crm: HubSpotCrm) -> None:
    with pytest.raises(LeadRefusedError, match="contact 99 is not there"):
        await crm.update_contact("99", {"name": "Jane"}, {})
    with pytest.raises(LeadRefusedError, match="contact 99 is not there"):
        await crm.add_note("99", "L-1", "score 9")
    with pytest.raises(LeadRefusedError, match="contact 99 is not there"):
        await crm.add_task("99", TASK)


async def test_an_entry_that_is_refused_for_another_reason_is_told_as_it_is(
    crm: HubSpotCrm, hubspot: FakeHubSpot
) -> None:
    contact = await crm.create_contact(JANE, OURS, ACME)
    hubspot.next_answer(status(400), to="POST /crm/objects/2026-09/notes")
    with pytest.raises(PermanentServiceError, match="scripted 400") as caught:
        await crm.add_note(contact.id, "L-1", "score 9")
    assert type(caught.value) is PermanentServiceError


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


async def test_a_note_shows_its_text_and_is_found_by_its_key(crm: HubSpotCrm, hubspot: FakeHubSpot) -> None:
    contact = await crm.create_contact(JANE, OURS, ACME)
    assert await crm.find_note(contact.id, "L-1") is None
    written = await crm.add_note(contact.id, "L-1", "score 9\n<script>alert(1)</script>")
    assert await crm.find_note(contact.id, "L-1") == written
    assert await crm.find_note(contact.id, "L-12") is None
    assert await crm.find_note("99", "L-1") is None
    [note] = hubspot.all("notes")
    assert "score 9<br>&lt;script&gt;" in note.properties["hs_note_body"]


async def test_a_note_that_a_person_edited_is_still_found(crm: HubSpotCrm, hubspot: FakeHubSpot) -> None:
    contact = await crm.create_contact(JANE, OURS, ACME)
    written = await crm.add_note(contact.id, "L-1", "score 9")
    [note] = hubspot.all("notes")
    body = note.properties["hs_note_body"]
    note.properties["hs_note_body"] = (
        f"<div><p>{body.replace('intake ', 'intake&nbsp;')}</p><p>Rang.</p></div>"
    )
    assert await crm.find_note(contact.id, "L-1") == written


async def test_a_note_is_found_among_hundreds(crm: HubSpotCrm, hubspot: FakeHubSpot) -> None:
    contact = await crm.create_contact(JANE, OURS, ACME)
    for number in range(620):
        note = hubspot._make("notes", {"hs_note_body": f"theirs {number}"})
        hubspot.things["contacts"][contact.id].linked.add(("notes", note.id))
    written = await crm.add_note(contact.id, "L-1", "score 9")
    assert await crm.find_note(contact.id, "L-1") == written
    assert await crm.find_note(contact.id, "L-2") is None


async def test_a_task_goes_to_its_owner_and_is_found_by_its_key(
    crm: HubSpotCrm, hubspot: FakeHubSpot
) -> None:
    contact = await crm.create_contact(JANE, OURS, ACME)
    assert await crm.find_task(contact.id, TASK.key) is None
    written = await crm.add_task(contact.id, TASK)
    assert await crm.find_task(contact.id, TASK.key) == written
    [task] = hubspot.all("tasks")
    assert task.properties["hubspot_owner_id"] == "7001"
    assert task.properties["hs_timestamp"] == "2026-11-24T17:30:00+00:00"
    assert "&lt;b&gt;bold&lt;/b&gt; &amp; clear" in task.properties["hs_task_body"]


async def test_a_task_for_somebody_hubspot_does_not_know_says_so(
    crm: HubSpotCrm, hubspot: FakeHubSpot
) -> None:
    contact = await crm.create_contact(JANE, OURS, ACME)
    hubspot.owners.clear()
    written = await crm.add_task(contact.id, TASK)
    assert "assigned to nobody" in written.note
    assert "hubspot_owner_id" not in hubspot.all("tasks")[0].properties


async def test_a_call_and_a_mail_are_logged_and_found(crm: HubSpotCrm, hubspot: FakeHubSpot) -> None:
    contact = await crm.create_contact(JANE, OURS, ACME)
    assert await crm.find_activity(contact.id, CALL.key) is None
    for activity in (CALL, MAIL):
        written = await crm.log_activity(contact.id, activity)
        assert await crm.find_activity(contact.id, activity.key) == written
    [call] = hubspot.all("calls")
    assert call.properties["hs_call_duration"] == "900000"
    assert call.properties["hs_timestamp"] == "2026-11-24T11:00:00+00:00"
    [note] = hubspot.all("notes")
    assert note.properties["hs_note_body"].startswith("E-mail sent: Your bookkeeping<br>")


async def test_a_mail_can_be_logged_as_a_mail(
    http: httpx.AsyncClient, hubspot: FakeHubSpot, clock: HandClock
) -> None:
    crm = opened(http, hubspot, clock, log_mail_as="email")
    contact = await crm.create_contact(JANE, OURS, ACME)
    written = await crm.log_activity(contact.id, MAIL)
    assert await crm.find_activity(contact.id, MAIL.key) == written
    [mail] = hubspot.all("emails")
    assert mail.properties["hs_email_subject"] == "Your bookkeeping"


async def test_the_sensor_gets_what_people_entered_from_now_on(
    crm: HubSpotCrm, hubspot: FakeHubSpot, clock: HandClock
) -> None:
    hubspot.enter_contact(email="old@acme.example")
    clock.forward(minutes=1)
    first = await crm.contacts_entered_since(None)
    assert first.contacts == ()
    clock.forward(minutes=1)
    await crm.create_contact(JANE, OURS, ACME)
    hubspot.enter_contact(source="IMPORT", email="imported@acme.example")
    entered = hubspot.enter_contact(email="kim@beta.example", firstname="Kim", message="Call me")
    second = await crm.contacts_entered_since(first.cursor)
    assert second.contacts == (
        {
            "id": entered,
            "crm_contact_id": entered,
            "submitted_at": "2026-11-24T09:32:00.000Z",
            "name": "Kim",
            "email": "kim@beta.example",
            "message": "Call me",
        },
    )
    assert (await crm.contacts_entered_since(second.cursor)).contacts == ()


async def test_a_contact_that_search_shows_late_is_not_missed(
    crm: HubSpotCrm, hubspot: FakeHubSpot, clock: HandClock
) -> None:
    page = await crm.contacts_entered_since(None)
    hubspot.search_lags = True
    late = hubspot.enter_contact(email="late@acme.example")
    hubspot.search_lags = False
    clock.forward(seconds=90)
    early = hubspot.enter_contact(email="early@acme.example")
    page = await crm.contacts_entered_since(page.cursor)
    assert [contact["id"] for contact in page.contacts] == [early]
    hubspot.things["contacts"][late].indexed = True
    page = await crm.contacts_entered_since(page.cursor)
    assert [contact["id"] for contact in page.contacts] == [late]


async def test_a_long_list_comes_in_pages_and_each_contact_once(
    http: httpx.AsyncClient, hubspot: FakeHubSpot, clock: HandClock
) -> None:
    crm = opened(http, hubspot, clock, contacts_since="2026-11-01T00:00:00Z")
    entered: list[str] = []
    for number in range(1_450):
        clock.forward(seconds=1)
        entered.append(hubspot.enter_contact(email=f"{number}@x.example"))
    got: list[Any] = []
    cursor = None
    for _ in range(4):
        page = await crm.contacts_entered_since(cursor)
        got += [contact["id"] for contact in page.contacts]
        cursor = page.cursor
    assert got == entered
    assert cursor is not None
    clock.forward(hours=1)
    hubspot.enter_contact(email="last@x.example")
    page = await crm.contacts_entered_since(cursor)
    assert len(page.contacts) == 1
    assert len(json.loads(page.cursor or "")["given"]) == 1


async def test_a_rate_limit_that_passes_is_waited_for(crm: HubSpotCrm, hubspot: FakeHubSpot) -> None:
    hubspot.next_answer(rate_limited(), to=f"POST {CONTACTS}")
    contact = await crm.create_contact(JANE, OURS, ACME)
    hubspot.next_answer(rate_limited(), to="POST /crm/objects/2026-09/notes")
    await crm.add_note(contact.id, "L-1", "score 9")
    assert (len(hubspot.all("contacts")), len(hubspot.all("notes"))) == (1, 1)


async def test_a_rate_limit_that_lasts_is_told_with_its_wait(crm: HubSpotCrm, hubspot: FakeHubSpot) -> None:
    hubspot.next_answer(rate_limited(600))
    with pytest.raises(TransientServiceError) as caught:
        await crm.find_contact("jane@acme.example")
    assert caught.value.retry_after == 600


async def test_every_search_waits_in_the_queue_of_searches(
    http: httpx.AsyncClient, hubspot: FakeHubSpot, clock: HandClock, database: sqlalchemy.Engine
) -> None:
    environment = {"HUBSPOT_TOKEN": TOKEN, "HUBSPOT_BASE_URL": hubspot.base_url}
    paced = HubSpotCrm.open(
        Connection(connector="hubspot"), connector_context(http, environment, clock=clock, database=database)
    )
    await paced.create_contact(JANE, OURS, ACME)
    await paced.contacts_entered_since(None)
    with database.connect() as connection:
        rows = connection.execute(sqlalchemy.select(tables.paces.c.name, tables.paces.c.turns))
        turns = {row.name: row.turns for row in rows}
    searches = [request for request in hubspot.requests if request.path.endswith("/search")]
    assert len(searches) == 2
    assert len(turns["HubSpot search"]) == 2
    assert len(turns["HubSpot"]) == len(hubspot.requests) - 2


@pytest.mark.parametrize("fault", [status(500), web_page(), web_page(502), truncated(), answer_lost()])
async def test_could_not_ask_is_never_taken_for_not_found(
    crm: HubSpotCrm, hubspot: FakeHubSpot, fault: Fault
) -> None:
    await crm.create_contact(JANE, OURS, ACME)
    hubspot.next_answer(*[fault] * 3)
    with pytest.raises(TransientServiceError, match="HubSpot"):
        await crm.find_contact("jane@acme.example")


async def test_an_address_without_the_api_is_not_taken_for_not_found(
    crm: HubSpotCrm, hubspot: FakeHubSpot
) -> None:
    hubspot.next_answer(web_page(404))
    with pytest.raises(PermanentServiceError, match="nothing at this address"):
        await crm.find_contact("jane@acme.example")


async def test_a_failure_inside_of_a_200_is_seen(crm: HubSpotCrm, hubspot: FakeHubSpot) -> None:
    hubspot.next_answer(inside_200({"status": "error", "category": "RATE", "message": "jane@acme.example"}))
    with pytest.raises(PermanentServiceError, match="RATE") as caught:
        await crm.find_contact("jane@acme.example")
    assert "jane" not in str(caught.value)


async def test_silence_ends_at_the_time_limit(
    http: httpx.AsyncClient, hubspot: FakeHubSpot, clock: HandClock
) -> None:
    crm = opened(http, hubspot, clock)
    object.__setattr__(crm._api, "timeout", 0.1)
    hubspot.next_answer(*[silence()] * 3)
    with pytest.raises(TransientServiceError, match=r"within 0\.1 seconds"):
        await crm.find_contact("jane@acme.example")


@pytest.mark.parametrize("code", [401, 403])
async def test_a_credential_that_expired_is_to_be_renewed(
    crm: HubSpotCrm, hubspot: FakeHubSpot, code: int
) -> None:
    hubspot.next_answer(status(code))
    with pytest.raises(CredentialError) as caught:
        await crm.create_contact(JANE, OURS, ACME)
    assert TOKEN not in str(caught.value)
    hubspot.next_answer(status(code))
    health = await crm.check()
    assert not health.ok
    assert "HUBSPOT_TOKEN" in health.mend


async def test_check_names_the_properties_that_the_first_write_will_make(crm: HubSpotCrm) -> None:
    before = await crm.check()
    assert before.ok
    assert all(name in before.says for name in LEAD_PROPERTIES)
    await crm.create_contact(JANE, dict.fromkeys(LEAD_PROPERTIES, "1"))
    assert (await crm.check()).says == "Accepts the token and has all our properties."


async def test_check_tells_of_a_service_that_is_down(crm: HubSpotCrm, hubspot: FakeHubSpot) -> None:
    hubspot.next_answer(*[status(503)] * 3)
    assert not (await crm.check()).ok


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


async def test_entries_made_before_a_crash_are_found_and_not_made_twice(
    crm: HubSpotCrm, hubspot: FakeHubSpot
) -> None:
    contact = await crm.create_contact(JANE, OURS, ACME)
    hubspot.search_lags = True
    for name in ("notes", "tasks", "calls", "notes"):
        hubspot.next_answer(answer_lost(), to=f"POST /crm/objects/2026-09/{name}")
    with pytest.raises(TransientServiceError):
        await crm.add_note(contact.id, "L-1", "score 9")
    with pytest.raises(TransientServiceError):
        await crm.add_task(contact.id, TASK)
    with pytest.raises(TransientServiceError):
        await crm.log_activity(contact.id, CALL)
    with pytest.raises(TransientServiceError):
        await crm.log_activity(contact.id, MAIL)
    assert await crm.find_note(contact.id, "L-1")
    assert await crm.find_task(contact.id, TASK.key)
    assert await crm.find_activity(contact.id, CALL.key)
    assert await crm.find_activity(contact.id, MAIL.key)
    # the mail is logged as a note too
    assert [len(hubspot.all(name)) for name in ("notes", "tasks", "calls")] == [2, 1, 1]


async def test_without_a_token_opening_names_the_variable(
    http: httpx.AsyncClient, hubspot: FakeHubSpot, clock: HandClock
) -> None:
    with pytest.raises(LeadsError, match="HUBSPOT_TOKEN"):
        opened(http, hubspot, clock, token=" ")


async def test_an_option_that_does_not_exist_is_refused_with_those_that_do(
    http: httpx.AsyncClient, hubspot: FakeHubSpot, clock: HandClock
) -> None:
    with pytest.raises(LeadsError, match=r"company.*log_mail_as"):
        opened(http, hubspot, clock, company=True)


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


async def test_naughty_strings_survive(shared: Path, crm: HubSpotCrm, hubspot: FakeHubSpot) -> None:
    for number, text in enumerate(naughty_strings(shared)):
        email = f"{number}@x.example"
        contact = await crm.create_contact({"email": email, "name": text, "company": text}, {})
        assert contact.name == (text.strip() or None)
        await crm.add_note(contact.id, f"L-{number}", text)
        assert await crm.find_note(contact.id, f"L-{number}")


async def test_what_came_to_be_there_twice_is_all_found(crm: HubSpotCrm) -> None:
    contact, other = [await crm.create_contact({"email": f"{name}@acme.example"}, {}) for name in "ab"]
    notes = {(await crm.add_note(contact.id, "L-1", "score 9")).external_id for _ in range(2)}
    tasks = {(await crm.add_task(contact.id, TASK)).external_id for _ in range(2)}
    call = await crm.log_activity(contact.id, CALL)
    await crm.add_note(other.id, "L-1", "score 9")
    await crm.add_note(contact.id, "L-12", "score 9")
    assert {one.external_id for one in await crm.twins("note", "L-1", contact.id)} == notes
    assert {one.external_id for one in await crm.twins("task", TASK.key, contact.id)} == tasks
    assert await crm.twins("activity", CALL.key, contact.id) == (call,)
    assert await crm.twins("task", "L-12", contact.id) == ()
    assert await crm.twins("folder", "L-1", contact.id) == ()


async def test_what_goes_out_keeps_to_the_official_description(
    shared: Path, http: httpx.AsyncClient, crm: HubSpotCrm, hubspot: FakeHubSpot, clock: HandClock
) -> None:
    watched = Watched(crm)
    crm = watched.connector
    contact = await crm.create_contact(JANE, OURS, ACME)
    await crm.create_contact(JANE, OURS, ACME)
    await crm.update_contact(contact.id, {"phone": "+442079460001"}, {"lead_score": "3"})
    await crm.get_contact(contact.id)
    await crm.find_contact(JANE["email"])
    await crm.add_note(contact.id, "L-1", "score 9")
    await crm.find_note(contact.id, "L-1")
    await crm.add_task(contact.id, TASK)
    await crm.find_task(contact.id, TASK.key)
    await crm.twins("task", TASK.key, contact.id)
    for activity in (CALL, MAIL):
        await crm.log_activity(contact.id, activity)
        await crm.find_activity(contact.id, activity.key)
    await crm.contacts_entered_since((await crm.contacts_entered_since(None)).cursor)
    hubspot.enter_deal(contact.id)
    await crm.deals_changed_since(None)
    await crm.records_of([contact.id, "4"])
    assert (await crm.records_changed_since(None)).told
    await crm.check()
    assert watched.left_out == set()
    assert violations(shared, "hubspot", hubspot.requests) == []
    assert len(hubspot.requests) > 30
    hubspot.requests.clear()
    mailing = opened(http, hubspot, clock, log_mail_as="email")
    await mailing.log_activity(contact.id, MAIL)
    await mailing.find_activity(contact.id, MAIL.key)
    assert hubspot.asked("POST /crm/objects/2026-09/emails")
    # our copy of the description has no mails, and entries of all kinds have one form
    as_notes = [replace(sent, path=sent.path.replace("/emails", "/notes")) for sent in hubspot.requests]
    assert violations(shared, "hubspot", as_notes) == []


def test_the_sensor_looks_back_longer_than_search_lags() -> None:
    from orchestration_project.connectors.crm.entered import OVERLAP

    assert timedelta(minutes=1) < OVERLAP
