"""People Data Labs: what its company directory knows of a domain, through Company Enrichment.

Asking costs a credit each time, so the gates are in `data/enrichment.py`. Nothing is written there, so
there is nothing to find again; an answer that was paid for is kept in the ledger.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Self

from pydantic import BaseModel, JsonValue

from orchestration_project.connectors.base import ConnectorContext, Health
from orchestration_project.connectors.company.paid_api import no_credits, open_api
from orchestration_project.connectors.http import Api
from orchestration_project.errors import ServiceError
from orchestration_project.model import CompanyProfile
from orchestration_project.playbook.model import Connection

BASE_URL = "https://api.peopledatalabs.com"
SERVICE = "People Data Labs"
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


@dataclass(frozen=True)
class PeopleDataLabs:
    api: Api

    embedded = False

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:
        # the free plan's 100 a minute and key (docs.peopledatalabs.com/docs/usage-limits)
        return cls(open_api(connection, context, SERVICE, BASE_URL, a_minute=100, judge=_judge))

    async def check(self) -> Health:
        """Cleaning a name costs nothing, and wants the key all the same."""
        try:
            await self.api.find(
                _Company, "GET", "/v5/company/clean", params={"website": "peopledatalabs.com"}
            )
        except ServiceError as error:
            return Health(ok=False, says=error.said, mend=error.mend)
        return Health(ok=True, says="People Data Labs accepts the key.")

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
            source=SERVICE,
        )


def _judge(status: int, body: JsonValue) -> ServiceError | None:  # noqa: ARG001 - as http.py wants it
    if status == HTTPStatus.PAYMENT_REQUIRED:
        return no_credits(SERVICE)
    return None
