"""Apollo: what its directory knows of the company behind a domain, through Organization Enrichment.

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
from orchestration_project.errors import CredentialError, ServiceError
from orchestration_project.model import CompanyProfile
from orchestration_project.playbook.model import Connection

BASE_URL = "https://api.apollo.io/api/v1"
SERVICE = "Apollo"
_NO_CREDIT = (HTTPStatus.PAYMENT_REQUIRED, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.FORBIDDEN)


class _Organization(BaseModel):
    name: str | None = None
    industry: str | None = None
    estimated_num_employees: int | None = None
    country: str | None = None
    short_description: str | None = None


class _Enriched(BaseModel):
    organization: _Organization | None


@dataclass(frozen=True)
class Apollo:
    api: Api

    embedded = False

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:
        # the free plan's; its 200 an hour and 600 a day are `daily_limit`'s matter
        # (see docs.apollo.io/reference/rate-limits)
        return cls(open_api(connection, context, SERVICE, BASE_URL, a_minute=50, judge=_judge))

    async def check(self) -> Health:
        """Usage is free to ask for, but only with a master key: a key that may not is still accepted."""
        try:
            await self.api.send("POST", "/usage_stats/api_usage_stats", repeatable=True)
        except CredentialError as error:
            if "403" not in error.said:
                return Health(ok=False, says=error.said, mend=error.mend)
        except ServiceError as error:
            return Health(ok=False, says=error.said, mend=error.mend)
        return Health(ok=True, says="Apollo accepts the key.")

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
            source=SERVICE,
        )


def _judge(status: int, body: JsonValue) -> ServiceError | None:
    """Apollo tells used-up credits by several statuses; its words name them."""
    if status in _NO_CREDIT and (status == HTTPStatus.PAYMENT_REQUIRED or "credit" in str(body).casefold()):
        return no_credits(SERVICE)
    return None
