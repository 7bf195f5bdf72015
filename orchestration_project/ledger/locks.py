"""Who works on what, told by PostgreSQL itself: a session lock ends the moment its process dies.

Locks are on leads (held by a run as long as it lives) and on names (one person, one calendar).
"""

import hashlib
import threading
from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager, suppress

import anyio.to_thread
import sqlalchemy
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

LEAD_CLASS = 18_201
"""First half of the two-part key of a lead's lock; the second is the lead's id."""

HELD = f"""EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND classid = {LEAD_CLASS} AND objid = lead_id AND objsubid = 2)"""
"""SQL: a living process holds the lead of the row at hand."""


class Locks:
    """The locks of this process. One of them may be held by one process at a time."""

    def __init__(self, engine: Engine) -> None:
        # closing a pooled connection would keep its session, and with it the locks
        self._engine = sqlalchemy.create_engine(
            engine.url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 10}
        )
        self._session: Connection | None = None
        self._held: set[int] = set()
        self._guard = threading.Lock()

    def hold(self, lead_ids: Collection[int]) -> frozenset[int]:
        """Takes these leads until `release` or the end of the process; answers the ones it has."""
        with self._guard:
            if self._session is None:
                self._session = self._engine.connect()
            for lead_id in sorted(set(lead_ids) - self._held):
                taken = self._session.execute(
                    text("SELECT pg_try_advisory_lock(:class, :lead)"), {"class": LEAD_CLASS, "lead": lead_id}
                ).scalar_one()
                if taken:
                    self._held.add(lead_id)
            return frozenset(self._held & set(lead_ids))

    def has(self, lead_id: int) -> bool:
        return lead_id in self._held

    def release(self) -> None:
        with self._guard:
            if self._session is not None:
                # closing alone would let them go a moment later, when the server notices; where the
                # session has ended already, so have its locks
                with suppress(DBAPIError):
                    self._session.execute(text("SELECT pg_advisory_unlock_all()"))
                self._session.close()
            self._session = None
            self._held.clear()

    @asynccontextmanager
    async def named(self, name: str) -> AsyncGenerator[None]:
        """Waits its turn for a name, across processes and machines. Waiting happens in a thread: the
        one who has the lock needs the event loop to finish."""
        key = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), signed=True)
        connection = await anyio.to_thread.run_sync(self._engine.connect)
        try:
            await anyio.to_thread.run_sync(
                lambda: connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": key})
            )
            yield
        finally:
            connection.close()
