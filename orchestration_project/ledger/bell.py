"""Waiting for work: PostgreSQL rings when a lead may be taken (the trigger on `work`, migration 0020).

It is no promise: whoever waits looks now and then, and oftener where nobody hears it, as behind a proxy that
lends sessions.
"""

import select
import time
from contextlib import suppress
from typing import cast

import psycopg2
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

CHANNEL = "leads_work"
_PROOF_SECONDS = 1.0


class Bell:
    """One connection of its own, from when it is first asked until `close`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._session: psycopg2.extensions.connection | None = None
        self._heard: bool | None = None
        """None: it was not tried in this session."""

    def is_heard(self) -> bool:
        """Found out once a session, by ringing it. What rings from then on is kept until somebody waits."""
        if self._session is None or self._heard is None:
            try:
                self._listening()
                with self._engine.begin() as connection:
                    connection.exec_driver_sql(f"NOTIFY {CHANNEL}")
            except (psycopg2.Error, DBAPIError):
                self.close()
                return False
            self._heard = self.wait(_PROOF_SECONDS)
        return self._heard

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
        self._heard = rang or self._heard
        return rang

    def close(self) -> None:
        if self._session is not None:
            with suppress(psycopg2.Error):
                self._session.close()
        self._session = self._heard = None

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
