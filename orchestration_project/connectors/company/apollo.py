"""Apollo: what its directory knows of the company behind a domain, through Organization Enrichment."""

from http import HTTPStatus

from pydantic import BaseModel, JsonValue

from orchestration_project.connectors.company.paid_api import PaidDirectory
from orchestration_project.errors import CredentialError
from orchestration_project.model import CompanyProfile

_NO_CREDIT = (HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.FORBIDDEN)


class _Organization(BaseModel):
    name: str | None = None
    industry: str | None = None
    estimated_num_employees: int | None = None
    country: str | None = None
    short_description: str | None = None


class _Enriched(BaseModel):
    organization: _Organization | None


class Apollo(PaidDirectory):
    service = "Apollo"
    base_url = "https://api.apollo.io/api/v1"
    # the free plan's; its 200 an hour and 600 a day are `daily_limit`'s matter
    # (see docs.apollo.io/reference/rate-limits)
    a_minute = 50

    async def _ask_for_nothing(self) -> None:
        """Usage is free to ask for, but only with a master key: a key that may not is still accepted."""
        try:
            await self.api.send("POST", "/usage_stats/api_usage_stats", repeatable=True)
        except CredentialError as error:
            if "403" not in error.said:
                raise

    async def find_company(self, domain: str) -> CompanyProfile | None:
        enriched = await self.api.find(
            _Enriched,
            "GET",
            "/organizations/enrich",
            params={"domain": domain.casefold().removeprefix("www.")},
        )
        if enriched is None or enriched.organization is None or enriched.organization.name is None:
            return None
        found = enriched.organization
        return CompanyProfile(
            name=found.name,
            industry=found.industry,
            employees=found.estimated_num_employees,
            country=found.country,
            description=found.short_description,
            source=self.service,
        )

    @classmethod
    def _out_of_credits(cls, status: int, body: JsonValue) -> bool:
        """Apollo tells it by several statuses; its words name them."""
        named = status in _NO_CREDIT and "credit" in str(body).casefold()
        return named or super()._out_of_credits(status, body)
