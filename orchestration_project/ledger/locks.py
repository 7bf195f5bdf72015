"""Locks that PostgreSQL keeps for living sessions: one a lease, as fast news of a death, and named ones.

That a process has lost its lock proves nothing about it: what a run may write, its lease decides.
How named ones are taken is `turns.py`.
"""

import threading
from contextlib import AbstractAsyncContextManager, suppress
from functools import cache

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from orchestration_project.ledger.engine import open_unpooled
from orchestration_project.ledger.turns import Turns

LEASE_CLASS = 18_202
"""First half of the two-part key of a lease's lock; the second is the number of the lease."""
_HALF = 2**31

HELD = f"""EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND classid = {LEASE_CLASS} AND objid = lease % {_HALF} AND objsubid = 2)"""
"""SQL: a living session holds the lease of the row at hand."""
_LIVES = text("SELECT 1")
_TRY = text("SELECT pg_try_advisory_lock(:class, :lease)")


_unpooled = cache(open_unpooled)
"""It keeps no connection: closing a pooled one would keep its session, and with it the locks."""


class Locks:
    """The locks of this process. A session that ended is opened again, with the same locks."""

    def __init__(self, engine: Engine) -> None:
        self._engine = _unpooled(engine.url)
        self._session: Connection | None = None
        self._held: set[int] = set()
        self._shown: set[int] = set()
        """Those of them whose lock this session has: until it ends, as nobody else can let it go."""
        self._guard = threading.Lock()
        self._turns = Turns(self._engine)

    def hold(self, lease: int) -> None:
        """Shows, until `release` or the end of the process, that somebody lives who has this lease.

        To be called again now and then: should the session have ended, it is renewed.
        """
        with self._guard:
            self._held.add(lease)
            try:
                self._renew()
            except DBAPIError:
                # once more, in a new session: the old one has ended, with the server or by somebody's hand
                self._renew()

    def _renew(self) -> None:
        """Leaves no session behind that has failed: SQLAlchemy would refuse every later statement on it."""
        try:
            if self._session is None:
                self._session = self._engine.connect()
            self._session.execute(_LIVES)
            for lease in sorted(self._held - self._shown):
                # not awaited: should a dead process's session linger, its lock tells the same for us
                if self._session.execute(_TRY, {"class": LEASE_CLASS, "lease": lease % _HALF}).scalar_one():
                    self._shown.add(lease)
        except DBAPIError:
            self._drop()
            raise

    def release(self) -> None:
        with self._guard:
            if self._session is not None:
                # closing alone would let them go a moment later, when the server notices; where the
                # session has ended already, so have its locks
                with suppress(DBAPIError):
                    self._session.execute(text("SELECT pg_advisory_unlock_all()"))
            self._drop()
            self._held.clear()
        self._turns.close()

    def _drop(self) -> None:
        if self._session is not None:
            with suppress(DBAPIError):
                self._session.close()
        self._session = None
        self._shown.clear()

    def named(self, *names: str) -> AbstractAsyncContextManager[None]:
        """Waits its turn for all these names, across processes and machines. Raises NotMyTurn."""
        return self._turns.named(*names)
