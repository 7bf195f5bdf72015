"""What one room asks of another that it does not import: the composition root puts them together.

Each is a Protocol with a small surface. What a service is asked for is in `connectors/*/interface.py`.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from decimal import Decimal
from typing import Protocol, runtime_checkable

from orchestration_project.model.common import Clock, Frozen
from orchestration_project.model.data import CompanyProfile
from orchestration_project.model.decision import Usage
from orchestration_project.model.records import Told, ToldPage


class TakeTurn(Protocol):
    """The queue before a service, shared by all processes. Blocks for a moment; never call it on an event
    loop."""

    def __call__(self, name: str, requests: int, seconds: float, longest: float) -> float:
        """Seconds to wait until the next request to `name` may go, of `requests` in any `seconds`. A turn
        further away than `longest` seconds is not taken, and told all the same."""
        ...


class NamedLocks(Protocol):
    """Locks by name, across processes and machines."""

    def named(self, *names: str) -> AbstractAsyncContextManager[None]:
        """Waits its turn for all the names, without blocking the event loop."""
        ...


class KeptProfile(Frozen):
    """An answer that was paid for earlier. Without a profile the service did not know the company."""

    profile: CompanyProfile | None


class CompanyCache(Protocol):
    """Paid answers about companies, and how often each service was asked. Blocking."""

    @property
    def clock(self) -> Clock:
        """By which its entries are dated."""
        ...

    def kept(self, service: str, domains: Collection[str], since: datetime) -> Mapping[str, KeptProfile]:
        """The answers about those domains that are not older than `since`."""
        ...

    def reserve(
        self, service: str, domains: Sequence[str], *, day_began: datetime, limit: int
    ) -> Collection[str]:
        """Counts so many more questions of today, before they are asked, as the limit leaves room for;
        answers about which of the domains."""
        ...

    def answered(self, service: str, profiles: Mapping[str, CompanyProfile | None]) -> None:
        """Keeps what reserved questions brought, by domain; None: the service does not know the company."""
        ...

    def not_asked(self, service: str, domain: str) -> None:
        """Takes a reserved question back: nothing was paid."""
        ...


class RefusedParameters(Protocol):
    """Which optional parameters a model refuses, for all processes and runs. Blocking."""

    def known(self, server: str, model: str) -> frozenset[str]:
        """The names of those that it has refused of late."""
        ...

    def add(self, server: str, model: str, parameter: str) -> None:
        """It has just refused that one."""
        ...


class OwnIds(Protocol):
    """Ids that a service has given us for what we are about to make, for all processes and runs. Blocking."""

    def keep(self, service: str, ids: Mapping[str, str]) -> Mapping[str, str]:
        """By what each is for, in the service's own words: keeps it where none is kept for that yet; answers
        those that are kept now."""
        ...

    def drop(self, service: str, name: str) -> None:
        """It can be used no more."""
        ...


class AiSpend(Protocol):
    """What the AI has cost. Blocking."""

    @property
    def clock(self) -> Clock:
        """By which its entries are dated."""
        ...

    def add_each(self, answers: Sequence[tuple[str, Usage]]) -> None:
        """Writes down answers, each with the model that gave it."""
        ...

    def since(self, moment: datetime) -> Decimal:
        """US dollars; answers of models without a price count nothing."""
        ...


@runtime_checkable
class TellsRecords(Protocol):
    """A system that can be asked what became of things that we made there."""

    async def records_of(self, ids: Sequence[str]) -> tuple[Told, ...]:
        """What each says now, in the order of `ids`, which are those of our receipts. One that was deleted is
        told as gone, one that was merged under its new id. Raises ServiceError; never told as gone because
        nobody answered."""
        ...


@runtime_checkable
class TellsChanges(TellsRecords, Protocol):
    """A system that lists what was changed, so that nobody has to look each thing up."""

    async def records_changed_since(self, cursor: str | None) -> ToldPage:
        """What people or services have changed, ours and others', a bounded part each time. Without a cursor:
        from now on, with a cursor to begin at."""
        ...
