"""Sessions with the tests' server are handed on inside a test process, instead of being opened for each run.

Only what a person or a process would notice of a session that was closed stays true: its locks and what it
listened to have ended when `close` returns. What a closed session is to the server is tested elsewhere.
"""

from collections import defaultdict, deque
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import psycopg2
import sqlalchemy
from psycopg2.extensions import TRANSACTION_STATUS_IDLE
from sqlalchemy import event

from orchestration_project.ledger import engine as ledger_engine

_MOST = 8
_LET_GO = "SELECT pg_advisory_unlock_all(); UNLISTEN *"
_Session = ledger_engine._Session  # pyright: ignore[reportPrivateUsage]


class _Kept(_Session):
    """One that goes to the spare ones when it is closed."""

    spare: "deque[_Kept]"

    def close(self) -> None:
        try:
            self.rollback()
            self.autocommit = True
            with self.cursor() as cursor:
                cursor.execute(_LET_GO)
            self.autocommit = False
        except psycopg2.Error:  # it has ended already
            super().close()
            return
        if len(self.spare) < _MOST:
            self.spare.append(self)
        else:
            super().close()

    def lives(self) -> bool:
        try:
            self.autocommit = True
            with self.cursor() as cursor:
                cursor.execute("SELECT 1")
            self.autocommit = False
        except psycopg2.Error:
            super().close()
            return False
        return self.info.transaction_status == TRANSACTION_STATUS_IDLE

    def end(self) -> None:
        super().close()


_spare: defaultdict[object, deque[_Kept]] = defaultdict(deque)


def _connect(_dialect: object, _record: object, arguments: list[Any], given: dict[str, Any]) -> Any:
    if given.get("connection_factory") is not _Session:
        return None  # not the ledger's: it is opened as ever
    spare = _spare[tuple(arguments), tuple(sorted((name, str(value)) for name, value in given.items()))]
    while spare:
        if (session := spare.pop()).lives():
            return session
    session = psycopg2.connect(*arguments, **{**given, "connection_factory": _Kept})
    session.spare = spare
    return session


@contextmanager
def handed_on() -> Generator[None]:
    """While it lasts, what the ledger opens is taken from the spare ones, and what it closes goes to them."""
    within_another = event.contains(sqlalchemy.Engine, "do_connect", _connect)
    if not within_another:
        event.listen(sqlalchemy.Engine, "do_connect", _connect)
    try:
        yield
    finally:
        if not within_another:
            event.remove(sqlalchemy.Engine, "do_connect", _connect)


def processes() -> list[int]:
    """Those of the server that serve a spare session."""
    return [session.info.backend_pid for each in _spare.values() for session in each if not session.closed]
