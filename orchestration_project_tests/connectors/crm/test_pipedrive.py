"""PipedriveCrm against an account in memory that keeps Pipedrive's rules."""

from collections.abc import Generator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration_project.connectors.crm.companies import company_name
from orchestration_project.connectors.crm.lead_properties import LEAD_PROPERTIES
from orchestration_project.connectors.crm.pipedrive import PipedriveCrm
from orchestration_project.errors import (
    CredentialError,
    LeadRefusedError,
    LeadsError,
    PermanentServiceError,
    SetupError,
    TransientServiceError,
)
from orchestration_project.fake_services.base import (
    Fault,
    answer_lost,
    inside_200,
    rate_limited,
    silence,
    status,
    truncated,
    web_page,
)
from orchestration_project.fake_services.pipedrive import TOKEN, FakePipedrive
from orchestration_project.playbook.model import Connection
from orchestration_project_tests.conftest import HandClock
from orchestration_project_tests.connectors.crm.cases import ACME, CALL, JANE, MAIL, OURS, TASK
from orchestration_project_tests.connectors.services import Watched, naughty_strings, violations
from orchestration_project_tests.connectors.services import given as connector_context

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_waiting")]


@pytest.fixture
def pipedrive(clock: HandClock) -> Generator[FakePipedrive]:
    with FakePipedrive(clock) as running:
        yield running


@pytest.fixture
def crm(http: httpx.AsyncClient, pipedrive: FakePipedrive, clock: HandClock) -> PipedriveCrm:
    return opened(http, pipedrive, clock)


def opened(
    http: httpx.AsyncClient, pipedrive: FakePipedrive, clock: HandClock, token: str = TOKEN, **options: Any
) -> PipedriveCrm:
    environment = {"PIPEDRIVE_TOKEN": token, "PIPEDRIVE_BASE_URL": pipedrive.base_url}
    connection = Connection(connector="pipedrive", options=options)
    return PipedriveCrm.open(connection, connector_context(http, environment, clock=clock))


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


async def test_somebody_unknown_is_none(crm: PipedriveCrm) -> None:
    assert await crm.find_contact("nobody@acme.example") is None
    assert await crm.find_contact(" ") is None
    assert await crm.get_contact("99") is None
    assert await crm.get_contact("id/of another CRM") is None


async def test_a_deleted_person_is_not_there(crm: PipedriveCrm, pipedrive: FakePipedrive) -> None:
    contact = await crm.create_contact(JANE, OURS, ACME)
    pipedrive.all("persons")[0]["is_deleted"] = True
    assert await crm.get_contact(contact.id) is None


async def test_an_email_that_exists_gives_that_contact_unchanged(
    crm: PipedriveCrm, pipedrive: FakePipedrive
) -> None:
    first = await crm.create_contact(JANE, OURS, ACME)
    assert (
        await crm.create_contact({"email": "Jane@Acme.example", "name": "J."}, {"lead_score": "1"}) == first
    )
    assert len(pipedrive.all("persons")) == 1


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


async def test_a_contact_that_is_not_there_is_a_refusal_of_this_one(crm: PipedriveCrm) -> None:
    with pytest.raises(LeadRefusedError, match="contact 99 is not there"):
        await crm.update_contact("99", {"name": "Jane"}, {})
    with pytest.raises(LeadRefusedError, match="contact 99 is not there"):
        await crm.add_note("99", "L-1", "score 9")
    with pytest.raises(LeadRefusedError, match="contact 99 is not there"):
        await crm.add_task("99", TASK)


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


async def test_an_entry_that_is_refused_for_another_reason_is_told_as_it_is(
    crm: PipedriveCrm, pipedrive: FakePipedrive
) -> None:
    contact = await crm.create_contact(JANE, OURS, ACME)
    pipedrive.next_answer(status(400), to="POST /api/v1/notes")
    with pytest.raises(PermanentServiceError, match="scripted 400") as caught:
        await crm.add_note(contact.id, "L-1", "score 9")
    assert type(caught.value) is PermanentServiceError


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


async def test_a_note_is_found_among_hundreds(crm: PipedriveCrm, pipedrive: FakePipedrive) -> None:
    contact = await crm.create_contact(JANE, OURS, ACME)
    written = await crm.add_note(contact.id, "L-1", "score 9")
    for number in range(620):
        pipedrive._make("notes", {"person_id": int(contact.id), "content": f"theirs {number}"})
    assert await crm.find_note(contact.id, "L-1") == written


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


async def test_a_rate_limit_that_passes_is_waited_for(crm: PipedriveCrm, pipedrive: FakePipedrive) -> None:
    pipedrive.next_answer(rate_limited(), to="POST /api/v2/persons")
    contact = await crm.create_contact(JANE, {})
    pipedrive.next_answer(rate_limited(), to="POST /api/v1/notes")
    await crm.add_note(contact.id, "L-1", "score 9")
    assert (len(pipedrive.all("persons")), len(pipedrive.all("notes"))) == (1, 1)


async def test_a_rate_limit_that_lasts_is_told_with_its_wait(
    crm: PipedriveCrm, pipedrive: FakePipedrive
) -> None:
    pipedrive.next_answer(rate_limited(600))
    with pytest.raises(TransientServiceError) as caught:
        await crm.find_contact("jane@acme.example")
    assert caught.value.retry_after == 600


@pytest.mark.parametrize("fault", [status(500), web_page(), web_page(502), truncated(), answer_lost()])
async def test_could_not_ask_is_never_taken_for_not_found(
    crm: PipedriveCrm, pipedrive: FakePipedrive, fault: Fault
) -> None:
    pipedrive.next_answer(*[fault] * 3)
    with pytest.raises(TransientServiceError, match="Pipedrive"):
        await crm.find_contact("jane@acme.example")


async def test_a_failure_inside_of_a_200_is_seen(crm: PipedriveCrm, pipedrive: FakePipedrive) -> None:
    pipedrive.next_answer(inside_200({"success": False, "error": "jane@acme.example is odd"}))
    with pytest.raises(PermanentServiceError, match="failure inside") as caught:
        await crm.find_contact("jane@acme.example")
    assert "jane" not in str(caught.value)


async def test_silence_ends_at_the_time_limit(crm: PipedriveCrm, pipedrive: FakePipedrive) -> None:
    object.__setattr__(crm._api, "timeout", 0.1)
    pipedrive.next_answer(*[silence()] * 3)
    with pytest.raises(TransientServiceError, match=r"within 0\.1 seconds"):
        await crm.find_contact("jane@acme.example")


@pytest.mark.parametrize("code", [401, 403])
async def test_a_credential_that_expired_is_to_be_renewed(
    crm: PipedriveCrm, pipedrive: FakePipedrive, code: int
) -> None:
    pipedrive.next_answer(status(code))
    with pytest.raises(CredentialError) as caught:
        await crm.create_contact(JANE, OURS, ACME)
    assert TOKEN not in str(caught.value)
    pipedrive.next_answer(status(code))
    health = await crm.check()
    assert not health.ok
    assert "PIPEDRIVE_TOKEN" in health.mend


async def test_check_names_the_fields_that_the_first_write_will_make(crm: PipedriveCrm) -> None:
    before = await crm.check()
    assert before.ok
    assert all(name in before.says for name in ("Lead fit", "Lead service", "Lead track", "Lead record"))
    await crm.create_contact(JANE, dict.fromkeys(LEAD_PROPERTIES, "1"))
    assert (await crm.check()).says == "Accepts the token and has all our person fields."


async def test_check_tells_of_a_service_that_is_down(crm: PipedriveCrm, pipedrive: FakePipedrive) -> None:
    pipedrive.next_answer(*[status(503)] * 3)
    assert not (await crm.check()).ok


async def test_a_contact_made_before_a_crash_is_found_and_not_made_twice(
    crm: PipedriveCrm, pipedrive: FakePipedrive
) -> None:
    pipedrive.search_lags = True
    pipedrive.next_answer(answer_lost(), to="POST /api/v2/persons")
    with pytest.raises(TransientServiceError):
        await crm.create_contact({**JANE}, {})
    assert (await crm.create_contact(JANE, {})).email == JANE["email"]
    assert (len(pipedrive.all("persons")), len(pipedrive.all("organizations"))) == (1, 1)


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


async def test_without_a_token_opening_names_the_variable(
    http: httpx.AsyncClient, pipedrive: FakePipedrive, clock: HandClock
) -> None:
    with pytest.raises(LeadsError, match="PIPEDRIVE_TOKEN"):
        opened(http, pipedrive, clock, token=" ")


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


async def test_naughty_strings_survive(shared: Path, crm: PipedriveCrm) -> None:
    for number, text in enumerate(naughty_strings(shared)[::4]):
        contact = await crm.create_contact({"email": f"{number}@x.example", "name": text}, {})
        assert contact.name == (text.strip() or None)
        await crm.add_note(contact.id, f"L-{number}", text)
        assert await crm.find_note(contact.id, f"L-{number}")


async def test_what_came_to_be_there_twice_is_all_found(crm: PipedriveCrm) -> None:
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
    shared: Path, crm: PipedriveCrm, pipedrive: FakePipedrive, clock: HandClock
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
    await crm.check()
    assert watched.left_out == set()
    assert violations(shared, "pipedrive", pipedrive.requests) == []
    assert len(pipedrive.requests) > 30


def test_the_properties_are_those_that_the_action_writes() -> None:
    from orchestration_project.action.crm_contact import contact_properties
    from orchestration_project.action.merge import WRITTEN
    from orchestration_project_tests.action.briefs import a_brief

    assert set(LEAD_PROPERTIES) == {*contact_properties(a_brief()), WRITTEN}


def test_the_sensor_looks_back_longer_than_a_list_lags() -> None:
    from orchestration_project.connectors.crm.entered import OVERLAP

    assert timedelta(minutes=1) < OVERLAP
