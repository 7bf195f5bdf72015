"""Gathering context: who is asked what, and what is noted. The services themselves are tested elsewhere."""

from collections.abc import Callable
from dataclasses import dataclass, field

import anyio
import pytest

from orchestration_project.connectors.company.none import NoEnrichment
from orchestration_project.connectors.website.none import NoWebsite
from orchestration_project.data.enrichment import OverSpendLimit
from orchestration_project.data.gather import gather, website_to_read
from orchestration_project.errors import (
    CredentialError,
    PermanentServiceError,
    ServiceError,
    SetupError,
    TransientServiceError,
)
from orchestration_project.model import (
    Company,
    CompanyProfile,
    Finding,
    Lead,
    LookFailure,
    Person,
    Standing,
    WebPage,
)
from orchestration_project_tests.larkfield import a_lead

pytestmark = pytest.mark.anyio

NEW = Standing(kind="new")
PAGE = WebPage(url="https://acme.com/", text="We make bolts.")
PROFILE = CompanyProfile(name="Acme", source="test")


async def nobody_we_know() -> Standing:
    return NEW


@dataclass
class FakeWebsite(NoWebsite):
    answer: Callable[[], WebPage | None]
    asked: list[str] = field(default_factory=list[str])

    async def read(self, url: str) -> WebPage | None:
        self.asked.append(url)
        return self.answer()


@dataclass
class FakeCompany(NoEnrichment):
    answer: Callable[[], CompanyProfile | None]
    asked: list[str] = field(default_factory=list[str])

    async def find_company(self, domain: str) -> CompanyProfile | None:
        self.asked.append(domain)
        return self.answer()


def fails(error: Exception) -> Callable[[], None]:
    def answer() -> None:
        raise error

    return answer


@pytest.fixture
def lead() -> Lead:
    return a_lead(person=Person(email="ann@acme.com"), company=Company(domain="acme.com"))


async def test_what_is_found_becomes_context(lead: Lead) -> None:
    website, company = FakeWebsite(lambda: PAGE), FakeCompany(lambda: PROFILE)
    context = await gather(lead, standing=nobody_we_know(), website=website, company=company)
    assert (context.lead, context.standing) == (lead, NEW)
    assert context.website == Finding[WebPage](status="found", value=PAGE)
    assert context.company == Finding[CompanyProfile](status="found", value=PROFILE)
    assert (website.asked, company.asked) == (["https://acme.com"], ["acme.com"])


async def test_not_found_is_an_answer(lead: Lead) -> None:
    context = await gather(lead, standing=nobody_we_know(), website=NoWebsite(), company=NoEnrichment())
    assert (context.website.status, context.company.status) == ("not_found", "not_found")


async def test_a_look_up_that_cannot_be_made_is_noted_and_stops_nothing(lead: Lead) -> None:
    slow = FakeWebsite(fails(TransientServiceError("The company's website", "is slow.")))
    locked = FakeCompany(fails(CredentialError("Apollo", "says no.", "Renew the key.")))
    context = await gather(lead, standing=nobody_we_know(), website=slow, company=locked)
    assert context.website.status == context.company.status == "could_not_ask"
    assert context.website.note == "The company's website: is slow."
    assert context.company.note == "Apollo: says no. Renew the key."


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (TransientServiceError("Apollo", "answered 503."), "away"),
        (CredentialError("Apollo", "says no."), "refused"),
        (SetupError("Apollo", "says that the account's credits are used up."), "set_up"),
        (OverSpendLimit("Apollo", "was not asked."), "our_limit"),
        (PermanentServiceError("Apollo", "answered 422."), "unusable"),
    ],
)
async def test_of_a_look_up_that_cannot_be_made_its_kind_is_kept(
    lead: Lead, error: ServiceError, failure: LookFailure
) -> None:
    company = FakeCompany(fails(error))
    context = await gather(lead, standing=nobody_we_know(), website=NoWebsite(), company=company)
    assert context.company.failure == failure
    assert context.website.failure == ""


async def test_a_mistake_in_our_code_is_not_hidden(lead: Lead) -> None:
    with pytest.raises(ZeroDivisionError):
        await gather(
            lead,
            standing=nobody_we_know(),
            website=FakeWebsite(fails(ZeroDivisionError())),
            company=NoEnrichment(),
        )


async def test_a_paid_answer_is_waited_for_though_the_crm_cannot_be_asked(lead: Lead) -> None:
    """It is kept for the next try; and nothing is left behind that would hold up the end of the run."""
    ended = False

    class Slow(NoEnrichment):
        async def find_company(self, domain: str) -> CompanyProfile | None:
            nonlocal ended
            await anyio.lowlevel.checkpoint()
            await anyio.lowlevel.checkpoint()
            ended = True
            return PROFILE

    async def away() -> Standing:
        raise TransientServiceError("HubSpot", "is away.", "Wait.")

    with pytest.raises(TransientServiceError):
        await gather(lead, standing=away(), website=NoWebsite(), company=Slow())
    assert ended


async def test_all_are_asked_at_the_same_time(lead: Lead) -> None:
    other_asked = anyio.Event()

    async def slow_crm() -> Standing:
        with anyio.fail_after(1):
            await other_asked.wait()
        return NEW

    class Waiting(NoWebsite):
        async def read(self, url: str) -> WebPage | None:
            with anyio.fail_after(1):
                await other_asked.wait()
            return PAGE

    class Telling(NoEnrichment):
        async def find_company(self, domain: str) -> CompanyProfile | None:
            other_asked.set()
            return PROFILE

    context = await gather(lead, standing=slow_crm(), website=Waiting(), company=Telling())
    assert context.website.status == "found"


async def test_a_free_mail_lead_without_a_website_is_not_looked_up(lead: Lead) -> None:
    website, company = FakeWebsite(lambda: PAGE), FakeCompany(lambda: PROFILE)
    alone = lead.model_copy(update={"company": Company(), "free_mail": True})
    context = await gather(alone, standing=nobody_we_know(), website=website, company=company)
    assert context.website.status == context.company.status == "not_asked"
    assert context.website.note == "The lead writes from a free-mail address and names no website."
    assert website.asked == company.asked == []


async def test_a_lead_that_fell_into_the_trap_is_not_paid_for(lead: Lead) -> None:
    company = FakeCompany(lambda: PROFILE)
    trapped = lead.model_copy(update={"honeypot_filled": True})
    context = await gather(trapped, standing=nobody_we_know(), website=NoWebsite(), company=company)
    assert (context.company.status, company.asked) == ("not_asked", [])


async def test_the_website_of_a_free_mail_lead_is_read(lead: Lead) -> None:
    website = FakeWebsite(lambda: PAGE)
    own = lead.model_copy(update={"company": Company(website="https://bolts.com"), "free_mail": True})
    context = await gather(
        own, standing=nobody_we_know(), website=website, company=FakeCompany(lambda: PROFILE)
    )
    assert website.asked == ["https://bolts.com"]
    assert context.company.status == "not_asked"


@pytest.mark.parametrize(
    ("website", "read"),
    [
        (None, "https://acme.com"),
        ("https://acme.com/about", "https://acme.com/about"),
        ("http://www.ACME.com.", "http://www.ACME.com."),
        ("shop.acme.com", "shop.acme.com"),
        ("https://evilacme.com", "https://acme.com"),
        ("https://acme.com.evil.com", "https://acme.com"),
        ("https://acme.com@evil.com", "https://acme.com"),
        ("http://[", "https://acme.com"),
    ],
)
def test_the_website_of_the_form_counts_if_it_is_the_companys_own(website: str | None, read: str) -> None:
    assert website_to_read(Company(domain="acme.com", website=website)) == read
