"""Named locks between all who work on leads: whoever has a name has it alone, across processes and machines.

A process keeps all its names in one session of PostgreSQL, since a connection a name is what costs most in a
burst. That such a lock outlives no session, and what protects a write then, is `receipts.py`'s business.
"""

import asyncio
import hashlib
import threading
from collections import defaultdict, deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import anyio
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from orchestration_project.errors import RefusedForNow
from orchestration_project.together import Together

LONGEST_TURN = 60
"""Seconds to wait for a named lock. Who holds it longer has lost its way; the lead comes back later."""
_LOOK_SECONDS = 0.02
_TAKE = text("SELECT key, pg_try_advisory_lock(key) AS taken FROM unnest(CAST(:keys AS bigint[])) AS key")
_LET_GO = text("SELECT pg_advisory_unlock(key) FROM unnest(CAST(:keys AS bigint[])) AS key")


class NotMyTurn(RefusedForNow):
    """Our own leads are in each other's way; nothing is wrong with any service."""

    own_pace = True


@dataclass(frozen=True, eq=False)
class _Turn:
    keys: Sequence[int]
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    first: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """From whatever thread."""
        with suppress(RuntimeError):  # its loop has ended, and nobody waits there
            self.loop.call_soon_threadsafe(self.first.set)


class Turns:
    """The named locks of this process: the first of those who wait for a name here asks for it in the
    database, the others wait behind it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._session: Connection | None = None
        self._asking = threading.Lock()
        self._lines: defaultdict[int, deque[_Turn]] = defaultdict(deque)
        self._line_up = threading.Lock()
        self._held: set[int] = set()
        self._takes = Together(self._take_each)
        self._let_goes = Together(self._let_go_each)

    @asynccontextmanager
    async def named(self, *names: str) -> AsyncGenerator[None]:
        """Waits its turn for all these names.

        Raises NotMyTurn when it does not come within LONGEST_TURN seconds.
        """
        turn = _Turn(sorted({_key(name) for name in names}))
        with self._line_up:  # for all names at once, so that no two wait for each other
            for key in turn.keys:
                self._lines[key].append(turn)
        try:
            with anyio.move_on_after(LONGEST_TURN) as patience:
                await self._come(turn)
            if patience.cancelled_caught:
                raise NotMyTurn(
                    "this program",
                    f"waited {LONGEST_TURN} seconds for another lead of the same person, calendar or "
                    "company.",
                    "It is tried again by itself.",
                )
            yield
        finally:
            with anyio.CancelScope(shield=True):
                if self._is_first(turn):
                    await self._let_goes.ask(turn.keys)
                self._leave(turn)

    def close(self) -> None:
        with self._asking:
            self._drop()
            self._held.clear()

    async def _come(self, turn: _Turn) -> None:
        while not self._is_first(turn):
            await turn.first.wait()
        while not await self._takes.ask(turn.keys):  # noqa: ASYNC110
            # another process has it, and tells nobody when it is through
            await anyio.sleep(_LOOK_SECONDS)

    def _is_first(self, turn: _Turn) -> bool:
        return all(self._lines[key][0] is turn for key in turn.keys)

    def _leave(self, turn: _Turn) -> None:
        with self._line_up:
            behind: list[_Turn] = []
            for key in turn.keys:
                self._lines[key].remove(turn)
                if self._lines[key]:
                    behind.append(self._lines[key][0])
                else:
                    del self._lines[key]
            for other in behind:
                if self._is_first(other):
                    other.wake()

    def _take_each(self, asked: Sequence[Sequence[int]]) -> list[bool]:
        """Of each all keys, or none. None is in two of them: who asks is the first in its lines."""
        keys = [key for some in asked for key in some]
        with self._asking:
            try:
                taken = set(self._try(keys))
            except DBAPIError:
                # once more, in a new session: the old one has ended, with the server or by somebody's hand
                self._drop()
                self._try(sorted(self._held))
                taken = set(self._try(keys))
            whole = [taken.issuperset(some) for some in asked]
            mine = {key for some, has_all in zip(asked, whole, strict=True) if has_all for key in some}
            self._unlock([*(taken - mine)])
            self._held.update(mine)
        return whole

    def _let_go_each(self, asked: Sequence[Sequence[int]]) -> list[None]:
        with self._asking:
            mine = [key for some in asked for key in some if key in self._held]
            self._held.difference_update(mine)
            try:
                self._unlock(mine)
            except DBAPIError:  # with their session, the locks have ended
                self._drop()
        return [None] * len(asked)

    def _try(self, keys: Sequence[int]) -> list[int]:
        if not keys:
            return []
        if self._session is None:
            self._session = self._engine.connect()
        return [row.key for row in self._session.execute(_TAKE, {"keys": list(keys)}) if row.taken]

    def _unlock(self, keys: Sequence[int]) -> None:
        if keys and self._session is not None:
            self._session.execute(_LET_GO, {"keys": list(keys)})

    def _drop(self) -> None:
        if self._session is not None:
            with suppress(DBAPIError):
                self._session.close()
        self._session = None


def _key(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), signed=True)
