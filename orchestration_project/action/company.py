"""A turn that many leads of a run take together: the first waits for it, the last lets it go.

For an action that would else go one by one through all leads, such as the one that writes into the owner's
calendar. What they then have in common, so that they do not get in each other's way, is the action's own.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import anyio

from orchestration_project.action.base import Brief, Tools
from orchestration_project.errors import LeadsError
from orchestration_project.model import Clock, NotDone, Written


@runtime_checkable
class GoesTogether(Protocol):
    """An action of which leads that share a key may act side by side, as far as they know of each other."""

    def in_common(self, tools: Tools) -> Any:
        """What tells each of them what the others do."""
        ...

    async def act_beside(self, brief: Brief, in_common: Any, clock: Clock) -> Written | NotDone:
        """As `act`."""
        ...


@dataclass(frozen=True)
class Company:
    """Those who have the turn at the same time."""

    in_common: object
    begun: set[int] = field(default_factory=set[int])
    """The ids of the leads whose act has begun in this company: what came of it is not in the others' way."""


class SharedTurn:
    def __init__(
        self, take: Callable[[], AbstractAsyncContextManager[None]], in_common: Callable[[], object]
    ) -> None:
        self._take, self._in_common = take, in_common
        self._door = anyio.Lock()
        self._members = 0
        self._held = AsyncExitStack()
        self._company: Company | None = None
        self._tries = 0
        self._refused: LeadsError | None = None

    @asynccontextmanager
    async def join(self) -> AsyncGenerator[Company]:
        """Raises what the taking of the turn raises; then all who waited with that one have waited enough."""
        came = self._tries
        async with self._door:
            company = self._company or await self._new_company(came)
            self._members += 1
        try:
            yield company
        finally:
            with anyio.CancelScope(shield=True):
                async with self._door:
                    self._members -= 1
                    if not self._members:
                        self._company = None
                        await self._held.aclose()

    async def _new_company(self, came: int) -> Company:
        if self._tries > came and self._refused is not None:
            raise self._refused
        self._tries += 1
        self._refused = None
        try:
            await self._held.enter_async_context(self._take())
        except LeadsError as error:
            self._refused = error
            raise
        self._company = Company(self._in_common())
        return self._company
