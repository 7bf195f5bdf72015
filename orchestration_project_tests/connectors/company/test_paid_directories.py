"""People Data Labs and Apollo: both answer the same question, so both pass the same tests."""

from collections.abc import Generator

import httpx
import pytest

from orchestration_project.connectors.company.apollo import Apollo
from orchestration_project.errors import (
    CredentialError,
    LeadsError,
    PermanentServiceError,
    TransientServiceError,
)
from orchestration_project.fake_services import base
from orchestration_project.fake_services.company import KnownCompany
from orchestration_project.playbook.model import Connection
from orchestration_project_tests.connectors.company.directories import Case, running
from orchestration_project_tests.connectors.services import Watched, given, violations
from orchestration_project_tests.data_sets import naughty_strings

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["apollo", "peopledatalabs"])
def case(request: pytest.FixtureRequest, http: httpx.AsyncClient) -> Generator[Case]:
    with running(request.param, http) as case:
        case.service.known["acme.example"] = KnownCompany("Acme Ltd")
        yield case


async def test_a_company_is_found_by_its_domain(case: Case) -> None:
    found = await case.open().find_company("acme.example")
    assert found is not None
    assert (found.name, found.industry, found.employees) == ("Acme Ltd", "accounting", 14)
    assert (found.country, found.description) == ("United Kingdom", "They make things.")


async def test_a_company_that_is_not_known_is_none(case: Case) -> None:
    assert await case.open().find_company("unknown.example") is None


async def test_used_up_credits_are_named_with_what_to_do(case: Case) -> None:
    case.service.credits = 0
    with pytest.raises(PermanentServiceError, match="credits are used up") as caught:
        await case.open().find_company("acme.example")
    assert "connector: none" in caught.value.mend
    assert len(case.service.requests) == 1


async def test_an_expired_key_is_a_credential_error_and_a_health(case: Case) -> None:
    expired = case.open(key="old-key")
    with pytest.raises(CredentialError, match="401") as caught:
        await expired.find_company("acme.example")
    assert "old-key" not in str(caught.value) + repr(expired)
    assert not (await expired.check()).ok


async def test_a_forbidden_question_is_a_credential_error(case: Case) -> None:
    case.service.next_answer(base.status(403))
    with pytest.raises(CredentialError, match="403"):
        await case.open().find_company("acme.example")


async def test_check_costs_no_credit(case: Case) -> None:
    assert (await case.open().check()).ok
    assert case.service.credits == 100


@pytest.mark.parametrize("fault", [base.rate_limited(), base.status(500), base.truncated(), base.web_page()])
async def test_a_bad_moment_is_tried_again(case: Case, fault: base.Fault) -> None:
    case.service.next_answer(fault)
    assert await case.open().find_company("acme.example") is not None


@pytest.mark.parametrize("fault", [base.rate_limited(3600), base.status(503), base.answer_lost()])
async def test_what_lasts_is_raised_as_transient(case: Case, fault: base.Fault) -> None:
    case.service.next_answer(fault, fault, fault)
    with pytest.raises(TransientServiceError):
        await case.open().find_company("acme.example")


async def test_names_in_any_script_survive(case: Case) -> None:
    for number, text in enumerate(naughty_strings()[:100]):
        case.service.known[f"c{number}.example"] = KnownCompany(text or "x")
    directory = case.open()
    for number, text in enumerate(naughty_strings()[:100]):
        found = await directory.find_company(f"c{number}.example")
        assert found is not None
        assert found.name == (text or "x")


async def test_what_goes_out_keeps_to_the_official_description(case: Case) -> None:
    watched = Watched(case.open())
    await watched.connector.find_company("acme.example")
    await watched.connector.check()
    assert watched.left_out == set()
    assert len(case.service.requests) == 2
    assert violations(case.name, case.service.requests, answers=case.service.answers) == []


def test_opening_names_a_missing_key_and_a_wrong_option() -> None:
    client = httpx.AsyncClient()
    with pytest.raises(LeadsError, match="APOLLO_API_KEY"):
        Apollo.open(Connection(connector="apollo"), given(client, {}))
    wrong = Connection(connector="apollo", options={"daily_limt": 5})
    with pytest.raises(LeadsError, match=r"daily_limt.*fresh_days, daily_limit"):
        Apollo.open(wrong, given(client, {"APOLLO_API_KEY": "x"}))
