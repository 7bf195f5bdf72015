"""Waiting for work: PostgreSQL rings when a lead may be taken (the trigger on `work`, migration 0020).

It is no promise. Behind a proxy that lends sessions nobody hears it, so whoever waits looks now and then.
"""

import select
import time
from contextlib import suppress
from typing import cast

import psycopg2
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

CHANNEL = "leads_work"


class Bell:
    """One connection of its own, from the first wait until `close`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._session: psycopg2.extensions.connection | None = None

    def wait(self, seconds: float) -> bool:
        """At most so long; True: it rang. Where the database is away, that is for the one to find out who
        looks into it afterwards."""
        until = time.monotonic() + seconds
        try:
            session = self._listening()
            select.select([session], [], [], seconds)
            session.poll()
            rang = bool(session.notifies)
            session.notifies.clear()
        except (psycopg2.Error, DBAPIError):
            self.close()
            time.sleep(max(0.0, until - time.monotonic()))
            return False
        return rang

    def close(self) -> None:
        if self._session is not None:
            with suppress(psycopg2.Error):
                self._session.close()
        self._session = None

    def _listening(self) -> psycopg2.extensions.connection:
        session = self._session
        if session is None:
            # of no pool, which would hand what it listens to on to the next user
            pooled = self._engine.raw_connection()
            self._session = session = cast("psycopg2.extensions.connection", pooled.driver_connection)
            pooled.detach()
            session.autocommit = True
            with session.cursor() as cursor:
                cursor.execute(f"LISTEN {CHANNEL}")
        return session
