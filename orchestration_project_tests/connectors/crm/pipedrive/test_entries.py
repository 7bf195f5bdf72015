"""Notes, leads, tasks, calls and mails in Pipedrive: written once and found again.

Persons are `test_contacts.py`.
"""

import httpx
import pytest

from orchestration_project.connectors.crm.pipedrive import PipedriveCrm
from orchestration_project.errors import (
    CredentialError,
    PermanentServiceError,
    SetupError,
    TransientServiceError,
)
from orchestration_project.fake_services.base import (
    answer_lost,
    status,
)
from orchestration_project.fake_services.pipedrive import FakePipedrive
from orchestration_project_tests.connectors.crm.cases import ACME, CALL, JANE, MAIL, OURS, TASK
from orchestration_project_tests.connectors.crm.pipedrive.conftest import opened
from orchestration_project_tests.hand_clock import HandClock

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_waiting")]


@pytest.mark.parametrize(
    ("code", "words", "kind", "mend"),
    [
        (402, "Payment required", SetupError, "plan and payment"),
        (400, f"custom_fields.{'ab12' * 10} is not a valid field", SetupError, "doctor"),
        (400, f"custom_fields.{'ab12' * 10} is longer than 255", PermanentServiceError, "run the lead again"),
        (403, "User account has reached a limit for an entity", SetupError, "enlarge the plan"),
        (403, "Forbidden", CredentialError, "doctor"),
        (415, "Feature is not enabled", SetupError, "leads: false"),
    ],
)
async def test_what_the_account_lacks_is_a_matter_of_set_up(
    crm: PipedriveCrm, pipedrive: FakePipedrive, code: int, words: str, kind: type[Exception], mend: str
) -> None:
    contact = await crm.create_contact(JANE, OURS, ACME)
    pipedrive.next_answer(status(code, {"success": False, "error": words}), to="POST /api/v1/leads")
    with pytest.raises(PermanentServiceError) as caught:
        await crm.add_note(contact.id, "L-1", "score 9")
    assert type(caught.value) is kind
    assert mend in caught.value.mend


async def test_a_note_shows_its_text_and_is_found_by_its_key(
    crm: PipedriveCrm, pipedrive: FakePipedrive
) -> None:
    contact = await crm.create_contact(JANE, OURS, ACME)
    assert await crm.find_note(contact.id, "L-1") is None
    written = await crm.add_note(contact.id, "L-1", "Lead L-1: score 9\n<script>alert(1)</script>")
    assert await crm.find_note(contact.id, "L-1") == written
    assert await crm.find_note(contact.id, "L-12") is None
    assert await crm.find_note("99", "L-1") is None
    [note] = pipedrive.all("notes")
    assert "score 9<br>&lt;script&gt;" in note["content"]
    [lead] = pipedrive.all("leads")
    assert (lead["title"], lead["person_id"]) == ("Lead L-1: score 9 [L-1]", int(contact.id))


async def test_the_leads_inbox_can_be_left_alone(
    http: httpx.AsyncClient, pipedrive: FakePipedrive, clock: HandClock
) -> None:
    crm = opened(http, pipedrive, clock, leads=False)
    contact = await crm.create_contact(JANE, OURS, ACME)
    await crm.add_note(contact.id, "L-1", "score 9")
    assert not pipedrive.all("leads")


async def test_a_task_goes_to_its_owner_and_is_found_by_its_key(
    crm: PipedriveCrm, pipedrive: FakePipedrive
) -> None:
    contact = await crm.create_contact(JANE, OURS, ACME)
    assert await crm.find_task(contact.id, TASK.key) is None
    written = await crm.add_task(contact.id, TASK)
    assert await crm.find_task(contact.id, TASK.key) == written
    assert await crm.find_activity(contact.id, TASK.key) is None
    [task] = pipedrive.all("activities")
    assert (task["owner_id"], task["due_date"], task["due_time"]) == (7001, "2026-11-24", "17:30")
    assert "&lt;b&gt;bold&lt;/b&gt; &amp; clear" in task["note"]


async def test_a_task_for_somebody_pipedrive_does_not_know_says_so(
    crm: PipedriveCrm, pipedrive: FakePipedrive
) -> None:
    contact = await crm.create_contact(JANE, OURS, ACME)
    pipedrive.users.clear()
    assert "no user" in (await crm.add_task(contact.id, TASK)).note


async def test_a_call_and_a_mail_are_logged_and_found(crm: PipedriveCrm, pipedrive: FakePipedrive) -> None:
    contact = await crm.create_contact(JANE, OURS, ACME)
    assert await crm.find_activity(contact.id, CALL.key) is None
    for activity in (CALL, MAIL):
        written = await crm.log_activity(contact.id, activity)
        assert await crm.find_activity(contact.id, activity.key) == written
    call, mail = pipedrive.all("activities")
    assert (call["type"], call["done"], call["duration"], call["due_time"]) == (
        "call",
        True,
        "00:15",
        "11:00",
    )
    assert (mail["type"], mail["done"], mail["subject"]) == ("email", True, "Your bookkeeping")


async def test_an_activity_is_found_among_hundreds(crm: PipedriveCrm, pipedrive: FakePipedrive) -> None:
    contact = await crm.create_contact(JANE, OURS, ACME)
    written = await crm.add_task(contact.id, TASK)
    for number in range(620):
        participants = [{"person_id": int(contact.id), "primary": True}]
        pipedrive._make("activities", {"type": "task", "note": f"{number}", "participants": participants})
    assert await crm.find_task(contact.id, TASK.key) == written


async def test_entries_made_before_a_crash_are_found_and_not_made_twice(
    crm: PipedriveCrm, pipedrive: FakePipedrive
) -> None:
    contact = await crm.create_contact(JANE, OURS, ACME)
    pipedrive.search_lags = True
    for path in ("/api/v1/leads", "/api/v1/notes", *["/api/v2/activities"] * 3):
        pipedrive.next_answer(answer_lost(), to=f"POST {path}")
    for _ in range(2):  # the lead is lost first, then the note
        with pytest.raises(TransientServiceError):
            await crm.add_note(contact.id, "L-1", "score 9")
    with pytest.raises(TransientServiceError):
        await crm.add_task(contact.id, TASK)
    for activity in (CALL, MAIL):
        with pytest.raises(TransientServiceError):
            await crm.log_activity(contact.id, activity)
        assert await crm.find_activity(contact.id, activity.key)
    assert await crm.find_note(contact.id, "L-1")
    assert await crm.find_task(contact.id, TASK.key)
    assert [len(pipedrive.all(name)) for name in ("leads", "notes", "activities")] == [1, 1, 3]
