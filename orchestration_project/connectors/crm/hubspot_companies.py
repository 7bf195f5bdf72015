"""The company that a new HubSpot contact belongs to: found, or made. Never changed.

The contact itself is in `hubspot.py`; which company is the right one, in `companies.py`. A company we made
is found again by `lead_domain`, a property that HubSpot keeps unique, so two leads of one firm in one second
make one company.
"""

from collections.abc import Sequence

from orchestration_project.connectors.crm.companies import Company, Match, match, search_word
from orchestration_project.connectors.crm.hubspot_objects import Conflict, Objects
from orchestration_project.connectors.crm.hubspot_setup import COMPANY_KEY, Setup
from orchestration_project.connectors.crm.hubspot_shapes import Record, Records
from orchestration_project.connectors.crm.text import clean
from orchestration_project.connectors.gathered import Gathered
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.hubspot_api import SERVICE
from orchestration_project.connectors.rate import Pace
from orchestration_project.errors import CredentialError, PermanentServiceError
from orchestration_project.model import JsonObject

_GROUPS = 5  # a search takes so many
_PAGE = 100
_LIKE_NAMED = 20  # companies whose names are compared


class Companies:
    def __init__(self, api: Api, pace: Pace | None, setup: Setup) -> None:
        """`pace` is that of searches, which have a limit of their own."""
        self._api = api
        self._pace = pace
        self._setup = setup
        self._objects = Objects(api, "companies", lambda values: str(values.get(COMPANY_KEY) or ""))
        self._by_domain = Gathered(self._search_one, self._search, _GROUPS)

    async def company_for(self, name: str, domain: str | None) -> Match:
        """`domain` is the company's own. A company is made only where there is one, since any two people may
        give the same name; found by the name alone, it says so."""
        if domain is not None:
            return Match(Company(id=await self._of_domain(domain, name), name=name))
        return match(name, None, await self._named(clean(name))) if name else Match(None)

    async def _of_domain(self, domain: str, name: str) -> str:
        try:
            return await self._found_or_made(domain, name)
        except CredentialError:
            raise
        except PermanentServiceError:
            # an account that does not have our property yet refuses whatever names it
            await self._setup.add_company_key()
        return await self._found_or_made(domain, name)

    async def _found_or_made(self, domain: str, name: str) -> str:
        if there := await self._ours(domain) or await self._by_domain.ask(domain):
            return there
        properties: JsonObject = {"name": clean(name) or domain, "domain": domain, COMPANY_KEY: domain}
        try:
            made = await self._objects.make({"properties": properties})
        except CredentialError:
            raise
        except PermanentServiceError:
            # refused as not unique: another lead's run made it in between
            if there := await self._ours(domain):
                return there
            raise
        if isinstance(made, Conflict):
            there = made.existing or await self._ours(domain)
            if there is None:
                raise PermanentServiceError(
                    SERVICE, f"has a company for {domain} and does not show it.", "Restore it in HubSpot."
                )
            return there
        return made.id

    async def _ours(self, domain: str) -> str | None:
        found = await self._objects.find(domain, "domain", by=COMPANY_KEY)
        return found.id if found else None

    async def _search_one(self, domain: str) -> str | None:
        return (await self._search([domain]))[0]

    async def _search(self, domains: Sequence[str]) -> list[str | None]:
        """The oldest of each of those that people entered. It may lag some seconds behind."""
        found = await self._ask([("domain", "EQ", domain) for domain in domains], _PAGE)
        oldest = {(record.value("domain") or "").casefold(): record.id for record in reversed(found)}
        return [oldest.get(domain.casefold()) for domain in domains]

    async def _named(self, name: str) -> list[Company]:
        """Those that have the longest word of that name in theirs."""
        word = search_word(name)
        return [
            Company(id=record.id, name=record.value("name") or "", website=record.value("domain") or "")
            for record in await self._ask([("name", "CONTAINS_TOKEN", word)], _LIKE_NAMED)
        ]

    async def _ask(self, wanted: Sequence[tuple[str, str, str]], limit: int) -> list[Record]:
        """Companies that meet one of these: a property, how it is compared, a value."""
        groups: list[JsonObject] = [
            {"filters": [{"propertyName": name, "operator": operator, "value": value}]}
            for name, operator, value in wanted
        ]
        question: JsonObject = {
            "filterGroups": [*groups],
            "sorts": [{"propertyName": "createdate", "direction": "ASCENDING"}],
            "properties": ["domain", "name"],
            "limit": limit,
        }
        path = f"{self._objects.path}/search"
        return (
            await self._api.ask(Records, "POST", path, json=question, repeatable=True, pace=self._pace)
        ).results
