"""The company that a new HubSpot contact belongs to: found by its domain, or made. Never changed.

The contact itself is in `hubspot.py`. A company we made is found again by `lead_domain`, a property that
HubSpot keeps unique, so two leads of one firm in one second make one company.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from orchestration_project.connectors.crm.hubspot_setup import COMPANY_KEY, Setup
from orchestration_project.connectors.crm.hubspot_shapes import Record, Records
from orchestration_project.connectors.crm.text import clean, domain_of
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.rate import Pace
from orchestration_project.errors import CredentialError, PermanentServiceError

_PATH = "/crm/v3/objects/companies"


@dataclass(frozen=True)
class Companies:
    api: Api
    pace: Pace | None  # searches have a limit of their own
    setup: Setup

    async def company_for(self, fields: Mapping[str, str]) -> str | None:
        """The id. None where the lead has no website of a company's own."""
        domain = domain_of(fields.get("website", ""))
        if domain is None:
            return None
        return await self._search(domain) or await self._ours(domain, fields.get("company", ""))

    async def _search(self, domain: str) -> str | None:
        """Those that people entered. It may lag some seconds behind."""
        found = await self.api.ask(
            Records,
            "POST",
            f"{_PATH}/search",
            json={
                "filterGroups": [
                    {"filters": [{"propertyName": "domain", "operator": "EQ", "value": domain}]}
                ],
                "sorts": [{"propertyName": "createdate", "direction": "ASCENDING"}],
                "properties": ["domain"],
                "limit": 1,
            },
            repeatable=True,
            pace=self.pace,
        )
        return found.results[0].id if found.results else None

    async def _ours(self, domain: str, name: str) -> str:
        try:
            return await self._found_or_made(domain, name)
        except CredentialError:
            raise
        except PermanentServiceError:
            # an account that does not have our property yet refuses whatever names it
            await self.setup.add_company_key()
        return await self._found_or_made(domain, name)

    async def _found_or_made(self, domain: str, name: str) -> str:
        if there := await self._by_key(domain):
            return there
        properties = {"name": clean(name) or domain, "domain": domain, COMPANY_KEY: domain}
        try:
            made = await self.api.ask(Record, "POST", _PATH, json={"properties": properties})
        except CredentialError:
            raise
        except PermanentServiceError:
            # refused as not unique: another lead's run made it in between
            if there := await self._by_key(domain):
                return there
            raise
        return made.id

    async def _by_key(self, domain: str) -> str | None:
        path = f"{_PATH}/{quote(domain, safe='')}"
        found = await self.api.find(Record, "GET", path, params={"idProperty": COMPANY_KEY})
        return found.id if found else None
