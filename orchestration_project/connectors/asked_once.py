"""What a connector asks its service once and keeps, such as whose account it is.

However many leads want to know it at the same moment.
"""

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import anyio

ValueT = TypeVar("ValueT")


class AskedOnce(Generic[ValueT]):
    def __init__(self, ask: Callable[[], Awaitable[ValueT]]) -> None:
        self._ask = ask
        self._one_at_a_time = anyio.Lock()
        self._known: list[ValueT] = []

    async def value(self) -> ValueT:
        """Raises what the asking raises; the next one then asks again."""
        if not self._known:
            async with self._one_at_a_time:
                if not self._known:
                    self._known.append(await self._ask())
        return self._known[0]
