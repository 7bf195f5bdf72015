"""What HubSpot and Pipedrive do alike for contacts, notes and tasks.

The trouble that all services have is `test_every_service.py`; deals are `test_deals.py`.
"""

from datetime import timedelta

import httpx
import pytest

from orchestration_project.connectors.listing import OVERLAP
from orchestration_project.errors import LeadRefusedError, LeadsError, PermanentServiceError
from orchestration_project.fake_services.base import rate_limited, status
from orchestration_project.fake_services.hubspot import FakeHubSpot
from orchestration_project_tests.connectors.crm.accounts import Account, opened
from orchestration_project_tests.connectors.crm.cases import ACME, CALL, JANE, OURS, TASK
from orchestration_project_tests.hand_clock import HandClock

pytestmark = pytest.mark.anyio


async def test_somebody_unknown_is_none(account: Account) -> None:
    assert await account.crm.find_contact("nobody@acme.example") is None
    assert await account.crm.find_contact(" ") is None
    assert await account.crm.get_contact("99") is None
    assert await account.crm.get_contact("id/of another CRM") is None


async def test_an_email_that_exists_gives_that_contact_unchanged(account: Account) -> None:
    first = await account.crm.create_contact(JANE, OURS, ACME)
    again = {"email": "Jane@Acme.example", "name": "J."}
    assert await account.crm.create_contact(again, {"lead_score": "1"}) == first
    assert account.contacts() == 1


async def test_a_contact_that_is_not_there_is_a_refusal_of_this_one(account: Account) -> None:
    with pytest.raises(LeadRefusedError, match="contact 99 is not there"):
        await account.crm.update_contact("99", {"name": "Jane"}, {})
    with pytest.raises(LeadRefusedError, match="contact 99 is not there"):
        await account.crm.add_note("99", "L-1", "score 9")
    with pytest.raises(LeadRefusedError, match="contact 99 is not there"):
        await account.crm.add_task("99", TASK)


async def test_an_entry_that_is_refused_for_another_reason_is_told_as_it_is(account: Account) -> None:
    contact = await account.crm.create_contact(JANE, OURS, ACME)
    account.fail_next(status(400), writing="note")
    with pytest.raises(PermanentServiceError, match="scripted 400") as caught:
        await account.crm.add_note(contact.id, "L-1", "score 9")
    assert type(caught.value) is PermanentServiceError


async def test_a_note_is_found_among_hundreds(account: Account) -> None:
    contact = await account.crm.create_contact(JANE, OURS, ACME)
    for number in range(310):
        account.enter_note(contact.id, f"theirs {number}")
    written = await account.crm.add_note(contact.id, "L-1", "score 9")
    for number in range(310):
        account.enter_note(contact.id, f"later {number}")
    assert await account.crm.find_note(contact.id, "L-1") == written
    assert await account.crm.find_note(contact.id, "L-2") is None


async def test_what_came_to_be_there_twice_is_all_found(account: Account) -> None:
    crm = account.crm
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


async def test_a_write_over_the_rate_limit_waits_and_is_done_once(account: Account) -> None:
    account.fail_next(rate_limited(), writing="contact")
    contact = await account.crm.create_contact(JANE, {})
    account.fail_next(rate_limited(), writing="note")
    await account.crm.add_note(contact.id, "L-1", "score 9")
    assert (account.contacts(), len(account.service.all("notes"))) == (1, 1)


async def test_check_tells_of_a_service_that_is_down(account: Account) -> None:
    account.service.next_answer(*[status(503)] * 3)
    assert not (await account.crm.check()).ok


async def test_without_a_token_opening_names_the_variable(
    http: httpx.AsyncClient, account: Account, clock: HandClock
) -> None:
    with pytest.raises(LeadsError, match=r"(HUBSPOT|PIPEDRIVE)_TOKEN"):
        opened(http, account.service, clock, token=" ")


def test_the_sensor_looks_back_longer_than_a_search_lags() -> None:
    assert timedelta(minutes=1) < OVERLAP


@pytest.mark.parametrize("lags", [False, True])
@pytest.mark.parametrize("company", ["Harbour Boats Limited", "", "The boat people"])
async def test_a_colleague_belongs_to_the_same_company_whatever_they_call_it(
    account: Account, company: str, *, lags: bool
) -> None:
    account.service.search_lags = lags
    firm = {"company": "Harbour Boats Ltd"}
    await account.crm.create_contact({"email": "jane@acme.example", "name": "Jane Doe", **firm}, {}, ACME)
    await account.crm.create_contact(
        {"email": "joe@acme.example", "name": "Joe Poe", "company": company}, {}, ACME
    )
    kind = "companies" if isinstance(account.service, FakeHubSpot) else "organizations"
    assert len(account.service.all(kind)) == 1


async def test_somebody_whose_domain_only_ends_alike_is_no_colleague(account: Account) -> None:
    for email, domain in (("jane@acme.example", ACME), ("joe@notacme.example", "notacme.example")):
        firm = {"company": f"Firm of {email}"}
        await account.crm.create_contact({"email": email, "name": "A B", **firm}, {}, domain)
    kind = "companies" if isinstance(account.service, FakeHubSpot) else "organizations"
    assert len(account.service.all(kind)) == 2
