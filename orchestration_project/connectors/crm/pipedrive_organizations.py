"""The organization that a Pipedrive person belongs to: found by its name or by a colleague, or made.

Persons are in `pipedrive.py`; which organization is the right one, in `companies.py`. One that we made is
found again by its exact name: with the search, and as that lags behind, among the newest.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from orchestration_project.connectors.crm.companies import (
    Company,
    Match,
    alike,
    company_name,
    match,
    search_word,
)
from orchestration_project.connectors.crm.pipedrive_shapes import (
    Data,
    Listed,
    Organization,
    Person,
    Search,
)
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.rate import Pace
from orchestration_project.domains import own_domain
from orchestration_project.model import JsonObject

_PATH = "/api/v2/organizations"
_PERSONS = "/api/v2/persons"
_NEWEST = 50
_LIKE_NAMED = 10
_COLLEAGUES = 50


@dataclass(frozen=True)
class Organizations:
    api: Api
    pace: Pace | None  # of searches

    async def get(self, id_: int) -> Organization | None:
        found = await self.api.find(Data[Organization | None], "GET", f"{_PATH}/{id_}")
        return found.data if found and found.data and not found.data.is_deleted else None

    async def organization_for(self, name: str, domain: str | None, website: str) -> Match:
        """`domain` is the company's own. No organization where the lead names no company and has no domain of
        one; none is made where only the name tells, and several go by that name."""
        name = company_name(name) or domain or ""
        if not name:
            return Match(None)
        found = match(name, domain, await self._of_name(name))
        if found.company is not None or (found.remark and domain is None):
            return found
        if domain is not None and (theirs := await self._of_colleagues(domain)):
            return Match(theirs)
        body: JsonObject = {"name": name, **({"website": website} if website else {})}
        made = await self.api.ask(Data[Organization], "POST", _PATH, json=body)
        return Match(Company(id=str(made.data.id), name=name), found.remark)

    async def fill_website(self, id_: int, website: str) -> None:
        path = f"{_PATH}/{id_}"
        # one that was deleted meanwhile needs none
        await self.api.find(
            Data[Organization | None], "PATCH", path, json={"website": website}, repeatable=True
        )

    async def _of_colleagues(self, domain: str) -> Company | None:
        """That of the first person with an address at this domain, for Pipedrive cannot be asked for an
        organization by its website. None that has another website of its own."""
        found = await self.api.ask(
            Search,
            "GET",
            f"{_PERSONS}/search",
            params={"term": f"@{domain}", "fields": "email", "limit": _COLLEAGUES},
            pace=self.pace,
        )
        theirs = {
            hit.item.id: hit.item.organization.id
            for hit in found.hits
            if hit.item.organization and _is_at(domain, hit.item.emails or ())
        }
        if not theirs:  # made a moment ago, and not in the search yet
            newest = await self.api.ask(
                Listed[Person],
                "GET",
                _PERSONS,
                params={"sort_by": "add_time", "sort_direction": "desc", "limit": _NEWEST},
            )
            theirs = {
                each.id: each.org_id
                for each in newest.items
                if each.org_id and _is_at(domain, [told.value or "" for told in each.emails or ()])
            }
        for _, id_ in sorted(theirs.items()):
            there = await self.get(id_)
            if there and own_domain(there.website or "") in (None, domain):
                return Company(id=str(id_), name=there.name or "", website=there.website or "")
        return None

    async def _of_name(self, name: str) -> list[Company]:
        """Those that have its longest word in their names, and the newest that are called so."""
        word = search_word(name)
        found = await self.api.ask(
            Search,
            "GET",
            f"{_PATH}/search",
            params={"term": word, "fields": "name", "limit": _LIKE_NAMED}
            if len(word) > 1
            else {"term": name, "fields": "name", "exact_match": "true", "limit": _LIKE_NAMED},
            pace=self.pace,
        )
        # a hit has no website, and each look costs a token: only those that are somewhat alike
        close = [hit for hit in found.hits if alike(name, hit.item.name or "") > 0]
        read = [each for hit in close if (each := await self.get(hit.item.id))]
        if not any((each.name or "").casefold() == name.casefold() for each in read):
            newest = await self.api.ask(
                Listed[Organization],
                "GET",
                _PATH,
                params={"sort_by": "add_time", "sort_direction": "desc", "limit": _NEWEST},
            )
            known = {each.id for each in read}
            read += [
                each
                for each in newest.items
                if (each.name or "").casefold() == name.casefold() and each.id not in known
            ]
        read.sort(key=lambda each: each.id)
        return [Company(id=str(each.id), name=each.name or "", website=each.website or "") for each in read]


def _is_at(domain: str, emails: Iterable[str]) -> bool:
    return any(email.casefold().endswith(f"@{domain}") for email in emails)
