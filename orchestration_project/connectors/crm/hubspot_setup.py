"""The custom properties that we write, which a HubSpot account has to have first: made once where missing.

Which ones there are is in `lead_properties.py`; who writes them, in `hubspot.py` and its siblings.
"""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field

from orchestration_project.connectors.crm.hubspot_shapes import Properties, Property
from orchestration_project.connectors.crm.lead_properties import property_of
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.hubspot_api import PROPERTIES, SERVICE
from orchestration_project.errors import PermanentServiceError, SetupError
from orchestration_project.model import JsonObject

COMPANY_KEY = "lead_domain"
"""A unique property, by which a company we made is found at once; `domain` is not unique in HubSpot."""

_CONFLICT = 409


@dataclass
class Setup:
    api: Api
    _there: frozenset[str] = frozenset()
    """As of the last time that missing ones were added."""
    _adding: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def names(self) -> frozenset[str]:
        """Of all properties that a contact has."""
        there = await self.api.ask(Properties, "GET", f"{PROPERTIES}/contacts")
        return frozenset(each.name for each in there.results)

    async def missing(self, names: Collection[str]) -> list[str]:
        """Those that contacts do not have yet."""
        known = await self.names()
        return [name for name in names if name not in known]

    async def add_missing(self, names: Collection[str]) -> None:
        """Needs the scope crm.schemas.contacts.write, where there is anything to add."""
        before = self._there
        async with self._adding:
            # in a burst into a new account each lead's write misses them
            if self._there is before or not self._there.issuperset(names):
                await self._add_missing(names)

    async def _add_missing(self, names: Collection[str]) -> None:
        known = await self.names()
        for name in [name for name in names if name not in known]:
            ours = property_of(name)
            await self._create(
                "contacts",
                {
                    "groupName": "contactinformation",
                    "name": name,
                    "label": ours.label,
                    "description": ours.about,
                    "type": "number" if ours.kind == "number" else "string",
                    "fieldType": "number" if ours.kind == "number" else "text",
                },
            )
        self._there = known.union(names)

    async def add_company_key(self) -> None:
        """Needs the scope crm.schemas.companies.write."""
        if await self.api.find(Property, "GET", f"{PROPERTIES}/companies/{COMPANY_KEY}"):
            return
        await self._create(
            "companies",
            {
                "groupName": "companyinformation",
                "name": COMPANY_KEY,
                "label": "Lead domain",
                "description": "Domain by which the lead intake finds the company it made.",
                "type": "string",
                "fieldType": "text",
                "hasUniqueValue": True,
            },
        )

    async def _create(self, kind: str, definition: JsonObject) -> None:
        try:
            # 409: another run made it a moment ago
            await self.api.send("POST", f"{PROPERTIES}/{kind}", json=definition, accept={_CONFLICT})
        except PermanentServiceError as error:
            if type(error) is not PermanentServiceError:
                raise
            mend = "Make it by hand (docs/connectors/hubspot.md says how), then run `leads doctor`."
            told = f"does not let the property {definition['name']} of {kind} be made: {error.said}"
            raise SetupError(SERVICE, told, mend) from None
