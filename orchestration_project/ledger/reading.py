"""Asking the ledger without a transaction: for questions that need nothing of one another.

What writes, locks rows or needs two answers of the same moment takes `engine.begin()`. Two questions in one
`reading` are of two moments, as they are in one transaction of PostgreSQL's default isolation.
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import cast

import psycopg2.extensions
from sqlalchemy import Connection, Engine


@contextmanager
def reading(engine: Engine) -> Generator[Connection]:
    """A connection on which each statement stands alone. A transaction costs two more messages to the server
    and back, which takes longer than most questions. (SQLAlchemy's own AUTOCOMMIT does not send them either,
    and takes as long to be set and reset for one question.)"""
    with engine.connect() as connection:
        session = cast("psycopg2.extensions.connection", connection.connection.dbapi_connection)
        if not session.closed:
            session.autocommit = True  # says nothing to the server
        try:
            yield connection
        finally:
            if not session.closed:
                session.autocommit = False
