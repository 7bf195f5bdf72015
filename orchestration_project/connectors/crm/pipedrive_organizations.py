"""The organization that a Pipedrive person belongs to: found by its name, or made.

Persons are in `pipedrive.py`. An organization is found again by its exact name: with the search, and as
that lags behind, among the newest ones, whose list does not.
"""

from dataclasses import dataclass

from orchestration_project.connectors.crm.pipedrive_shapes import Data, Hits, Listed, Organization
from orchestration_project.connectors.crm.text import domain_of
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.rate import Pace
from orchestration_project.model import JsonObject

_PATH = "/api/v2/organizations"
_NEWEST = 50


@dataclass(frozen=True)
class Organizations:
    api: Api
    pace: Pace | None  # of searches

    async def get(self, id_: int) -> Organization | None:
        found = await self.api.find(Data[Organization], "GET", f"{_PATH}/{id_}")
        return found.data if found else None

    async def organization_for(self, name: str, website: str) -> int | None:
        """The id. None where the lead names no company and has no website of one."""
        name = name.strip() or domain_of(website) or ""
        if not name:
            return None
        for each in await self._of_name(name):
            if not each.website or not website or domain_of(each.website) == domain_of(website):
                return each.id
        body: JsonObject = {"name": name, **({"website": website} if website else {})}
        made = await self.api.ask(Data[Organization], "POST", _PATH, json=body)
        return made.data.id

    async def fill_website(self, id_: int, website: str) -> None:
        path = f"{_PATH}/{id_}"
        await self.api.ask(Data[Organization], "PATCH", path, json={"website": website}, repeatable=True)

    async def _of_name(self, name: str) -> list[Organization]:
        found = await self.api.ask(
            Data[Hits],
            "GET",
            f"{_PATH}/search",
            params={"term": name, "fields": "name", "exact_match": "true", "limit": 5},
            pace=self.pace,
        )
        read = [await self.get(hit.item.id) for hit in found.data.items]
        if there := [each for each in read if each]:
            return there
        newest = await self.api.ask(
            Listed[Organization],
            "GET",
            _PATH,
            params={"sort_by": "add_time", "sort_direction": "desc", "limit": _NEWEST},
        )
        return [each for each in newest.items if (each.name or "").casefold() == name.casefold()]
