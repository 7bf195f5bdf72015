"""Gathers what the decision layer may look at: who the person is to us, the company, its website.

How the person is looked up is handed in; no look-up writes anything.
"""

import asyncio
from collections.abc import Awaitable

import httpx

from orchestration_project.connectors.company.interface import KnowsCompanies
from orchestration_project.connectors.website.interface import Website
from orchestration_project.data.enrichment import OverSpendLimit
from orchestration_project.errors import CredentialError, ServiceError, SetupError, TransientServiceError
from orchestration_project.model import (
    Company,
    CompanyProfile,
    Context,
    Finding,
    FoundT,
    Lead,
    LookFailure,
    Standing,
    WebPage,
)


async def gather(
    lead: Lead, *, standing: Awaitable[Standing], website: Website, company: KnowsCompanies
) -> Context:
    """All look-ups side by side. Website or company that cannot be asked leave a note and stop nothing;
    what `standing` raises is raised: not knowing the person, we might write to them twice."""
    # each to its end, whatever becomes of the others: an answer that is paid for is kept for another try,
    # and nothing is left behind that nobody waits for
    known, page, profile = await asyncio.gather(
        standing, _read_website(lead, website), _find_company(lead, company), return_exceptions=True
    )
    if isinstance(known, BaseException):
        raise known
    if isinstance(page, BaseException):
        raise page
    if isinstance(profile, BaseException):
        raise profile
    return Context(lead=lead, standing=known, website=page, company=profile)


async def _read_website(lead: Lead, website: Website) -> Finding[WebPage]:
    url = website_to_read(lead.company)
    if url is None:
        return Finding[WebPage](status="not_asked", note=_why_not(lead, "website"))
    return await _look(Finding[WebPage], website.read(url))


async def _find_company(lead: Lead, company: KnowsCompanies) -> Finding[CompanyProfile]:
    domain = lead.company.domain
    if domain is None:
        return Finding[CompanyProfile](status="not_asked", note=_why_not(lead, "company domain"))
    if lead.honeypot_filled:
        # a machine that fills in every field is not worth a paid question
        return Finding[CompanyProfile](status="not_asked", note="The form's trap field is filled in.")
    return await _look(Finding[CompanyProfile], company.find_company(domain))


def website_to_read(company: Company) -> str | None:
    """The website the form names, unless it is another company's: then the site of the own domain."""
    if company.domain is None:
        return company.website
    if company.website and _belongs_to(company.website, company.domain):
        return company.website
    return f"https://{company.domain}"


def _belongs_to(website: str, domain: str) -> bool:
    try:
        host = httpx.URL(website if "://" in website else f"https://{website}").host
    except httpx.InvalidURL:
        return False
    # the domain is a registrable one, so a host below it is of the same owner
    return f".{host.lower().rstrip('.')}".endswith(f".{domain.lower()}")


def _why_not(lead: Lead, missing: str) -> str:
    reason = "The lead writes from a free-mail address and" if lead.free_mail else "The lead"
    return f"{reason} names no {missing}."


async def _look(finding: type[Finding[FoundT]], question: Awaitable[FoundT | None]) -> Finding[FoundT]:
    try:
        value = await question
    except ServiceError as error:
        return finding(status="could_not_ask", note=str(error), failure=failure_of(error))
    return finding(status="found" if value else "not_found", value=value)


def failure_of(error: ServiceError) -> LookFailure:
    match error:
        case OverSpendLimit():
            return "our_limit"
        case TransientServiceError():
            return "away"
        case CredentialError():
            return "refused"
        case SetupError():
            return "set_up"
        case _:
            return "unusable"
