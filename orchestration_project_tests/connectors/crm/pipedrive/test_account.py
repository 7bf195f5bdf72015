"""Pipedrive as a whole: persons that people enter, its check, and requests as it describes them.

What is written is in `test_contacts.py` and `test_entries.py`.
"""

from typing import Any

import httpx
import pytest

from orchestration_project.connectors.crm.lead_properties import LEAD_PROPERTIES
from orchestration_project.connectors.crm.pipedrive import PipedriveCrm
from orchestration_project.errors import PermanentServiceError
from orchestration_project.fake_services.base import inside_200
from orchestration_project.fake_services.pipedrive import FakePipedrive
from orchestration_project_tests.connectors.crm.cases import ACME, CALL, JANE, MAIL, OURS, TASK
from orchestration_project_tests.connectors.crm.pipedrive.conftest import opened
from orchestration_project_tests.connectors.services import Watched, violations
from orchestration_project_tests.hand_clock import HandClock

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_waiting")]


async def test_an_edit_of_thousands_of_old_persons_costs_one_request_a_reading(
    crm: PipedriveCrm, pipedrive: FakePipedrive, clock: HandClock
) -> None:
    for number in range(5_000):
        pipedrive.enter_person(f"Old {number}")
    clock.forward(hours=2)
    page = await crm.contacts_entered_since(None)
    for row in pipedrive.all("persons"):
        row["update_time"] = pipedrive._now()
    for _ in range(3):
        clock.forward(minutes=2)
        new = str(pipedrive.enter_person("New"))
        pipedrive.requests.clear()
        page = await crm.contacts_entered_since(page.cursor)
        assert [contact["id"] for contact in page.contacts] == [new]
        assert len(pipedrive.asked("GET /api/v2/persons")) == 1


async def test_a_contact_of_ours_is_known_as_such_by_a_process_that_has_read_the_fields_before_they_were_made(
    crm: PipedriveCrm, http: httpx.AsyncClient, pipedrive: FakePipedrive, clock: HandClock
) -> None:
    pipedrive.enter_person("Kim", "kim@beta.example")
    other = opened(http, pipedrive, clock)
    clock.forward(seconds=30)
    first = await other.contacts_entered_since(None)
    await other.find_contact("kim@beta.example")
    await crm.create_contact(JANE, OURS, ACME)
    pipedrive.requests.clear()
    assert (await other.contacts_entered_since(first.cursor)).contacts == ()
    assert len(pipedrive.asked("GET /api/v2/personFields")) == 1


async def test_the_sensor_gets_what_others_entered_from_now_on(
    crm: PipedriveCrm, pipedrive: FakePipedrive, clock: HandClock
) -> None:
    pipedrive.enter_person("Old", "old@acme.example")
    clock.forward(minutes=1)
    first = await crm.contacts_entered_since(None)
    assert first.contacts == ()
    clock.forward(minutes=1)
    await crm.create_contact(JANE, OURS, ACME)
    entered = str(pipedrive.enter_person("Kim", "kim@beta.example"))
    second = await crm.contacts_entered_since(first.cursor)
    assert second.contacts == (
        {
            "id": entered,
            "crm_contact_id": entered,
            "submitted_at": "2026-11-24T09:32:00+00:00",
            "name": "Kim",
            "email": "kim@beta.example",
        },
    )
    clock.forward(minutes=1)
    pipedrive.all("persons")[0]["update_time"] = pipedrive._now()  # an old one that somebody edited
    assert (await crm.contacts_entered_since(second.cursor)).contacts == ()


async def test_a_long_list_comes_in_pages_and_each_contact_once(
    http: httpx.AsyncClient, pipedrive: FakePipedrive, clock: HandClock
) -> None:
    crm = opened(http, pipedrive, clock, contacts_since="2026-11-01T00:00:00Z")
    entered: list[str] = []
    for number in range(1_250):
        clock.forward(seconds=1)
        entered.append(str(pipedrive.enter_person(str(number))))
    got: list[Any] = []
    cursor = None
    for _ in range(3):
        page = await crm.contacts_entered_since(cursor)
        got += [contact["id"] for contact in page.contacts]
        cursor = page.cursor
    assert got == entered


async def test_a_failure_inside_of_a_200_is_seen(crm: PipedriveCrm, pipedrive: FakePipedrive) -> None:
    pipedrive.next_answer(inside_200({"success": False, "error": "jane@acme.example is odd"}))
    with pytest.raises(PermanentServiceError, match="failure inside") as caught:
        await crm.find_contact("jane@acme.example")
    assert "jane" not in str(caught.value)


async def test_check_names_the_fields_that_the_first_write_will_make(crm: PipedriveCrm) -> None:
    before = await crm.check()
    assert before.ok
    assert all(name in before.says for name in ("Lead fit", "Lead service", "Lead track", "Lead record"))
    await crm.create_contact(JANE, dict.fromkeys(LEAD_PROPERTIES, "1"))
    assert (await crm.check()).says == "Accepts the token and has all our person fields."


async def test_what_goes_out_keeps_to_the_official_description(
    crm: PipedriveCrm, pipedrive: FakePipedrive, clock: HandClock
) -> None:
    watched = Watched(crm)
    crm = watched.connector
    contact = await crm.create_contact(JANE, OURS, ACME)
    await crm.update_contact(
        contact.id, {"phone": "+442079460001", "website": "x.example"}, {"lead_score": "3"}
    )
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
    cursor = (await crm.contacts_entered_since(None)).cursor
    clock.forward(minutes=1)
    pipedrive.enter_person("Kim", "kim@beta.example")
    assert (await crm.contacts_entered_since(cursor)).contacts
    await crm.deals_changed_since(None)
    await crm.records_of([contact.id, "4"])
    assert (await crm.records_changed_since(None)).told
    await crm.contact_fields()
    await crm.check()
    assert watched.left_out == set()
    assert violations("pipedrive", pipedrive.requests, answers=pipedrive.answers) == []
    assert len(pipedrive.requests) > 30
