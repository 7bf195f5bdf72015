"""Keeping to a service's rate limit across processes: each request takes its turn from the ledger.

The limits themselves stand in the connectors; which answers mean "too fast" is said in `http.py`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import anyio
import anyio.to_thread
from sqlalchemy import Engine

from orchestration_project.connectors.base import Given
from orchestration_project.errors import RefusedForNow
from orchestration_project.ledger.paces import take_turn

LONGEST_WAIT = 10.0
"""Seconds. A longer queue is left to a later run, so that no run sits still."""


class QueueTooLong(RefusedForNow):
    """So many requests wait for this service that one more would wait too long. It was not asked."""


@dataclass(frozen=True)
class Limit:
    """What a service allows in any stretch of so many seconds."""

    requests: int
    seconds: float


@dataclass(frozen=True)
class Pace:
    """A queue shared by everything that asks one service (or one channel of it), on all machines."""

    name: str
    limit: Limit
    database: Engine = field(repr=False)
    sleep: Callable[[float], Awaitable[None]] = field(default=anyio.sleep, repr=False)

    async def wait(self) -> None:
        """Returns when it is our turn. Raises QueueTooLong instead of waiting longer than LONGEST_WAIT."""
        seconds = await anyio.to_thread.run_sync(
            take_turn, self.database, self.name, self.limit.requests, self.limit.seconds, LONGEST_WAIT
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
        return Pace(f"{self.name} {part}", self.limit, self.database, self.sleep)


def pace(given: Given, name: str, requests: int, seconds: float) -> Pace | None:
    """The pace of that service. None without a ledger (a connector opened by itself), then nothing waits."""
    if given.database.dialect.name != "postgresql":
        return None
    return Pace(name, Limit(requests, seconds), given.database)
