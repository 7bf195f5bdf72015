"""People Data Labs: what its company directory knows of a domain, through Company Enrichment."""

from pydantic import BaseModel

from orchestration_project.connectors.company.paid_api import PaidDirectory
from orchestration_project.model import CompanyProfile

LIKELY = 4
"""Of 10: below it the match may be another company, and is not paid for."""


class _Location(BaseModel):
    country: str | None = None


class _Company(BaseModel):
    display_name: str | None = None
    name: str | None  # is there in every answer, even as null: without it the answer has another shape
    industry: str | None = None
    employee_count: int | None = None
    location: _Location | None = None
    headline: str | None = None
    summary: str | None = None


class PeopleDataLabs(PaidDirectory):
    service = "People Data Labs"
    base_url = "https://api.peopledatalabs.com"
    # the free plan's, a key (docs.peopledatalabs.com/docs/usage-limits)
    a_minute = 100

    async def _ask_for_nothing(self) -> None:
        """Cleaning a name."""
        await self.api.find(_Company, "GET", "/v5/company/clean", params={"website": "peopledatalabs.com"})

    async def find_company(self, domain: str) -> CompanyProfile | None:
        company = await self.api.find(
            _Company,
            "GET",
            "/v5/company/enrich",
            params={"website": domain, "min_likelihood": LIKELY, "titlecase": "true"},
        )
        if company is None:
            return None
        return CompanyProfile(
            name=company.display_name or company.name,
            industry=company.industry,
            employees=company.employee_count,
            country=company.location.country if company.location else None,
            description=company.summary or company.headline,
            source=self.service,
        )
