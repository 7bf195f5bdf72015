"""HubSpot as a whole: contacts that people enter, its check, its pace, and requests as it describes them.

What is written is in `test_contacts.py` and `test_entries.py`.
"""

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest
import sqlalchemy

from orchestration_project.connectors.crm.hubspot import HubSpotCrm
from orchestration_project.connectors.crm.lead_properties import LEAD_PROPERTIES
from orchestration_project.errors import (
    LeadsError,
    PermanentServiceError,
)
from orchestration_project.fake_services.base import (
    inside_200,
    web_page,
)
from orchestration_project.fake_services.hubspot import TOKEN, FakeHubSpot
from orchestration_project.ledger import tables
from orchestration_project.playbook.model import Connection
from orchestration_project_tests.connectors.crm.cases import ACME, CALL, JANE, MAIL, OURS, TASK
from orchestration_project_tests.connectors.crm.hubspot.conftest import opened
from orchestration_project_tests.connectors.services import Watched, violations
from orchestration_project_tests.connectors.services import given as connector_context
from orchestration_project_tests.hand_clock import HandClock

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_waiting")]


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


async def test_check_names_the_properties_that_the_first_write_will_make(crm: HubSpotCrm) -> None:
    before = await crm.check()
    assert before.ok
    assert all(name in before.says for name in LEAD_PROPERTIES)
    await crm.create_contact(JANE, dict.fromkeys(LEAD_PROPERTIES, "1"))
    assert (await crm.check()).says == "Accepts the token and has all our properties."


async def test_check_names_what_new_contacts_get_and_the_account_lacks(
    http: httpx.AsyncClient, hubspot: FakeHubSpot, clock: HandClock
) -> None:
    assert (await opened(http, hubspot, clock, new_contacts={"lastname": "-"}).check()).ok
    health = await opened(http, hubspot, clock, new_contacts={"Lead Region": "EU"}).check()
    assert not health.ok
    assert "no property Lead Region" in health.says and "internal name" in health.mend


async def test_the_right_to_make_properties_is_needed_until_they_are_there(
    crm: HubSpotCrm, hubspot: FakeHubSpot
) -> None:
    makes = "crm.schemas.contacts.write"
    before = await crm.scopes()
    assert before is not None and makes in before.needed
    await crm.create_contact(JANE, dict.fromkeys(LEAD_PROPERTIES, "1"))
    after = await crm.scopes()
    assert after is not None and makes in after.may - after.needed


async def test_an_option_that_does_not_exist_is_refused_with_those_that_do(
    http: httpx.AsyncClient, hubspot: FakeHubSpot, clock: HandClock
) -> None:
    with pytest.raises(LeadsError, match=r"company.*log_mail_as"):
        opened(http, hubspot, clock, company=True)


async def test_what_goes_out_keeps_to_the_official_description(
    http: httpx.AsyncClient, crm: HubSpotCrm, hubspot: FakeHubSpot, clock: HandClock
) -> None:
    watched = Watched(crm)
    crm = watched.connector
    contact = await crm.create_contact(JANE, OURS, ACME)
    await crm.get_ready()
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
    await crm.contact_fields()
    await crm.check()
    assert watched.left_out == set()
    assert violations("hubspot", hubspot.requests, answers=hubspot.answers) == []
    assert len(hubspot.requests) > 30
    hubspot.requests.clear()
    mailing = opened(http, hubspot, clock, log_mail_as="email")
    await mailing.log_activity(contact.id, MAIL)
    await mailing.find_activity(contact.id, MAIL.key)
    assert hubspot.asked("POST /crm/objects/2026-09/emails")
    # our copy of the description has no mails, and entries of all kinds have one form
    as_notes = [replace(sent, path=sent.path.replace("/emails", "/notes")) for sent in hubspot.requests]
    assert violations("hubspot", as_notes) == []
