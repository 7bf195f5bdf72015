"""The gates before a paid question about a company: an answer of ours that is fresh enough, today's limit.

That a lead without a company domain is not looked up at all is decided in `gather.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from functools import cached_property

import anyio.to_thread

from orchestration_project.connectors.company.interface import CompanyDirectory, KnowsCompanies
from orchestration_project.connectors.company.options import CompanyOptions
from orchestration_project.connectors.settings import options
from orchestration_project.errors import PermanentServiceError, RefusedForNow
from orchestration_project.model import CompanyProfile
from orchestration_project.model.ports import CompanyCache, KeptProfile, NamedLocks
from orchestration_project.playbook.model import Playbook
from orchestration_project.timezones import day_began, zone
from orchestration_project.together import Together


class OverSpendLimit(PermanentServiceError):  # noqa: N818 - a state of the day, not of the program
    """Today's questions are used up. The lead goes on without, and says so."""


@dataclass(frozen=True)
class MeteredDirectory:
    """A paid directory that is asked about each domain once in a while, and so often a day. One for the leads
    that are looked at side by side: what they ask of the cache goes together, for the limit is counted by one
    at a time."""

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
            kept = await self._looks.ask(domain)
            if kept is not None:
                return kept.profile
            if not await self._reservations.ask(domain):
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
        await self._answers.ask((domain, profile))
        return profile

    @cached_property
    def _looks(self) -> Together[str, KeptProfile | None]:
        return Together(self._kept_each)

    def _kept_each(self, domains: Sequence[str]) -> Sequence[KeptProfile | None]:
        since = self.cache.clock() - timedelta(days=self.rules.fresh_days)
        kept = self.cache.kept(self.service, domains, since)
        return [kept.get(domain) for domain in domains]

    @cached_property
    def _reservations(self) -> Together[str, bool]:
        return Together(self._reserve_each)

    def _reserve_each(self, domains: Sequence[str]) -> Sequence[bool]:
        begun = day_began(self.cache.clock(), self.day)
        granted = self.cache.reserve(self.service, domains, day_began=begun, limit=self.rules.daily_limit)
        return [domain in granted for domain in domains]

    @cached_property
    def _answers(self) -> Together[tuple[str, CompanyProfile | None], None]:
        return Together(self._keep_each)

    def _keep_each(self, answers: Sequence[tuple[str, CompanyProfile | None]]) -> Sequence[None]:
        self.cache.answered(self.service, dict(answers))
        return [None] * len(answers)


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
