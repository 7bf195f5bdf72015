from datetime import UTC, date, datetime

import pytest

from orchestration_project.action.task import Task, new_task
from orchestration_project.errors import PermanentServiceError
from orchestration_project.model import Company, Person, ReceiptStatus
from orchestration_project_tests.action.briefs import REF, a_brief, a_receipt
from orchestration_project_tests.action.tools import tools
from orchestration_project_tests.fakes.crm import FakeCrm

TUESDAY_MORNING = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def test_a_priority_task_is_due_today_at_the_end_of_the_working_day() -> None:
    task = new_task(a_brief(), TUESDAY_MORNING)
    assert task.due == date(2026, 11, 24)
    assert task.due_at == datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
    assert task.assignee == "hannah@larkfield.example"


def test_a_task_made_late_in_the_evening_is_still_due_today() -> None:
    assert new_task(a_brief(), datetime(2026, 11, 24, 22, 0, tzinfo=UTC)).due == date(2026, 11, 24)


def test_today_is_a_day_of_the_owner_and_not_of_the_server() -> None:
    # British summer time: half past eleven in the evening in UTC is the next day in London
    task = new_task(a_brief(), datetime(2026, 7, 1, 23, 30, tzinfo=UTC))
    assert task.due == date(2026, 7, 2)
    assert task.due_at == datetime(2026, 7, 2, 16, 0, tzinfo=UTC)


def test_the_working_day_ends_by_the_clock_on_the_wall_after_a_clock_change() -> None:
    # due two days later, over the end of summer time
    task = new_task(a_brief(track="nurture"), datetime(2026, 10, 24, 9, 0, tzinfo=UTC))
    assert task.due_at == datetime(2026, 10, 26, 17, 0, tzinfo=UTC)


def test_the_title_names_the_person_the_company_and_the_score() -> None:
    task = new_task(a_brief(), TUESDAY_MORNING)
    assert task.title == "Review and send: Jane Doe (Acme Ltd), score 9/10"


def test_without_a_draft_there_is_nothing_to_send() -> None:
    task = new_task(a_brief(track="nurture", score=None), TUESDAY_MORNING)
    assert task.title == "Follow up: Jane Doe (Acme Ltd), no score (timeout)"


def test_no_link_of_the_form_gets_into_the_title() -> None:
    brief = a_brief(person=Person(full_name="Jane http://evil.example"), company=Company(name="evil.com"))
    assert "evil" not in new_task(brief, TUESDAY_MORNING).title


def test_the_body_tells_why_and_how_to_see_all_of_it() -> None:
    body = new_task(a_brief(), TUESDAY_MORNING).body
    assert "the AI says: “Asks for payroll for 40 people, soon”" in body
    assert "Service: Payroll" in body
    assert f"leads show {REF}" in body


@pytest.mark.anyio
async def test_the_task_hangs_on_the_contact_and_is_found_again() -> None:
    crm, action = FakeCrm(), Task()
    brief = a_brief(receipts=(a_receipt("crm_contact", external_id="7"),))
    assert await action.find(brief, tools(crm=crm)) is None
    await action.act(brief, tools(crm=crm), lambda: TUESDAY_MORNING)
    assert ("7", REF) in crm.tasks
    assert await action.find(brief, tools(crm=crm)) is not None


@pytest.mark.anyio
async def test_a_task_without_a_contact_says_what_to_do() -> None:
    with pytest.raises(PermanentServiceError, match="crm_contact"):
        await Task().act(a_brief(), tools(crm=FakeCrm()), lambda: TUESDAY_MORNING)


def test_a_lead_whose_contact_was_skipped_gets_no_task() -> None:
    skipped = a_receipt("crm_contact", ReceiptStatus.SKIPPED)
    assert Task().skip(a_brief(receipts=(skipped,))) == "there is no CRM contact to hang it on"
    assert Task().skip(a_brief(receipts=(a_receipt("crm_contact"),))) is None
