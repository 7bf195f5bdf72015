"""Notes, tasks, calls and mails in HubSpot: written once and found again, whatever people make of them.

Contacts are `test_contacts.py`.
"""

import httpx
import pytest

from orchestration_project.connectors.crm.hubspot import HubSpotCrm
from orchestration_project.errors import TransientServiceError
from orchestration_project.fake_services.base import answer_lost
from orchestration_project.fake_services.hubspot import FakeHubSpot
from orchestration_project_tests.connectors.crm.cases import ACME, CALL, JANE, MAIL, OURS, TASK
from orchestration_project_tests.connectors.crm.hubspot.conftest import opened
from orchestration_project_tests.hand_clock import HandClock

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_waiting")]


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
