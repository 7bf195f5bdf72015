"""The gates before a paid question about a company: an answer of ours that is fresh enough, today's limit.

That a lead without a company domain is not looked up at all is decided in `gather.py`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

import anyio.to_thread

from orchestration_project.connectors.company.interface import CompanyDirectory, KnowsCompanies
from orchestration_project.connectors.company.options import CompanyOptions
from orchestration_project.connectors.settings import options
from orchestration_project.errors import PermanentServiceError, RefusedForNow
from orchestration_project.model import CompanyProfile
from orchestration_project.model.ports import CompanyCache, NamedLocks
from orchestration_project.playbook.model import Playbook
from orchestration_project.timezones import day_began, zone


class OverSpendLimit(PermanentServiceError):  # noqa: N818 - a state of the day, not of the program
    """Today's questions are used up. The lead goes on without, and says so."""


@dataclass(frozen=True)
class MeteredDirectory:
    """A paid directory that is asked about each domain once in a while, and so often a day."""

    service: str  # the connector's name in connections.yaml
    inner: KnowsCompanies
    rules: CompanyOptions
    cache: CompanyCache
    locks: NamedLocks
    day: tzinfo  # whose midnight begins a day of `rules.daily_limit`

    async def find_company(self, domain: str) -> CompanyProfile | None:
        """The company behind a domain; None: the service does not know it. Two leads of one company at the
        same moment pay once. Raises OverSpendLimit, and the service's own errors."""
        async with self.locks.named(f"company:{self.service}:{domain}"):
            now = self.cache.clock()
            since = now - timedelta(days=self.rules.fresh_days)
            kept = await anyio.to_thread.run_sync(self.cache.kept, self.service, domain, since)
            if kept is not None:
                return kept.profile
            if not await anyio.to_thread.run_sync(self._reserve, domain, now):
                raise OverSpendLimit(
                    self.service,
                    f"was not asked: today's limit of {self.rules.daily_limit} paid questions is reached.",
                    "Raise `daily_limit` on the `company:` line of connections.yaml, or wait for tomorrow.",
                )
            return await self._ask(domain)

    async def _ask(self, domain: str) -> CompanyProfile | None:
        try:
            profile = await self.inner.find_company(domain)
        except (PermanentServiceError, RefusedForNow):
            # any other failure may have come after the service had counted: that one stays counted
            await anyio.to_thread.run_sync(self.cache.not_asked, self.service, domain)
            raise
        await anyio.to_thread.run_sync(self.cache.answered, self.service, domain, profile)
        return profile

    def _reserve(self, domain: str, now: datetime) -> bool:
        return self.cache.reserve(
            self.service, domain, day_began=day_began(now, self.day), limit=self.rules.daily_limit
        )


def with_cache_and_limit(
    company: CompanyDirectory, playbook: Playbook, cache: CompanyCache, locks: NamedLocks
) -> KnowsCompanies:
    """The directory behind its gates; an embedded one costs nothing and needs none.

    Raises LeadsError for options on the `company:` line that there are not.
    """
    if company.embedded:
        return company
    connection = playbook.connections.company
    return MeteredDirectory(
        service=connection.connector,
        inner=company,
        rules=options(connection, CompanyOptions),
        cache=cache,
        locks=locks,
        day=zone(playbook.business.time_zone),
    )
