"""Keeping to a service's rate limit across processes: each request takes its turn in a queue.

The limits themselves stand in the connectors; which answers mean "too fast" is said in `http.py`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import anyio
import anyio.to_thread

from orchestration_project.connectors.base import Connector, ConnectorContext
from orchestration_project.errors import RefusedForNow
from orchestration_project.model.ports import TakeTurn

LONGEST_WAIT = 10.0
"""Seconds. A longer queue is left to a later run, so that no run sits still."""


class QueueTooLong(RefusedForNow):
    """So many requests wait for this service that one more would wait too long. It was not asked."""

    effect_unknown = False
    own_pace = True


@dataclass(frozen=True)
class Limit:
    """What a service allows in any stretch of so many seconds."""

    requests: int
    seconds: float

    @property
    def a_second(self) -> float:
        return self.requests / self.seconds


@dataclass(frozen=True)
class Pace:
    """A queue shared by everything that asks one service (or one channel of it), on all machines."""

    name: str
    limit: Limit
    turns: TakeTurn = field(repr=False)
    sleep: Callable[[float], Awaitable[None]] = field(default=anyio.sleep, repr=False)

    async def wait(self) -> None:
        """Returns when it is our turn. Raises QueueTooLong instead of waiting longer than LONGEST_WAIT."""
        seconds = await anyio.to_thread.run_sync(
            self.turns, self.name, self.limit.requests, self.limit.seconds, LONGEST_WAIT
        )
        if seconds > LONGEST_WAIT:
            raise QueueTooLong(
                self.name,
                f"has a queue of {seconds:.0f} seconds.",
                "It is tried again by itself, later.",
                retry_after=seconds,
            )
        if seconds > 0:
            await self.sleep(seconds)

    def of(self, part: str) -> "Pace":
        """The queue of one part of the service that has a limit of its own, such as a channel."""
        return Pace(f"{self.name} {part}", self.limit, self.turns, self.sleep)


def pace(context: ConnectorContext, name: str, limit: Limit) -> Pace | None:
    """The pace of that service. None without a ledger (a connector opened by itself), then nothing waits."""
    return Pace(name, limit, context.turns) if context.turns else None


def limit_of(connector: type[Connector]) -> Limit | None:
    """What an action's service allows, by an attribute `limit` of its connector; None: nobody has told."""
    return getattr(connector, "limit", None)
