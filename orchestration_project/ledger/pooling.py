"""Whether the way to the database keeps a session to itself. Locks and settings of ours live in one.

What a person does about it is said by `leads doctor`.
"""

import secrets
from collections import defaultdict
from contextlib import ExitStack

from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from orchestration_project.ledger.engine import dagster_url, database_url, open_unpooled

_CLIENTS = 3
_TURNS = (0, 1, 0, 1, 1, 2, 0, 2, 2, 1, 0, 0, 1, 2, 0)
"""Who asks when. In no regular order, or a pooler that lends its sessions in turn could seem to keep them."""

_WHO = text("SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()")
_HELD = text("""SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted
    AND pid = pg_backend_pid() AND objid = :key AND objsubid = 2""")


def keeps_sessions(url: str) -> bool:
    """False behind a proxy that lends sessions for a transaction at a time, as PgBouncer does with
    `pool_mode = transaction`: a lock would be another client's a moment later, or nobody's.

    Told by what it does, since such proxies have many names: some clients that ask in turn must each meet a
    session of their own and always the same, with the lock in it that the first has taken.
    """
    engine = open_unpooled(database_url(url))
    key = secrets.randbelow(2**31)
    met: defaultdict[int, set[object]] = defaultdict(set)
    with ExitStack() as stack:
        clients = [stack.enter_context(engine.connect()) for _ in range(_CLIENTS)]
        # before they ask who serves them: a proxy may lend its sessions until there is a reason to keep one
        clients[0].execute(text("SELECT pg_advisory_lock(0, :key)"), {"key": key})
        for number in _TURNS:
            met[number].add(tuple(clients[number].execute(_WHO).one()))
        held = clients[0].execute(_HELD, {"key": key}).scalar_one()
        _let_go(clients, key)
    return held == 1 and len(set[object]().union(*met.values())) == sum(map(len, met.values())) == _CLIENTS


def keeps_dagsters_schema(url: str) -> bool:
    """False behind a proxy that refuses the options of an address, or drops them: Dagster's tables would land
    among others. Of a database that answers without them."""
    try:
        with open_unpooled(database_url(dagster_url(url))).connect() as connection:
            return connection.execute(text("SHOW search_path")).scalar_one() == "dagster"
    except OperationalError:
        return False


def _let_go(clients: list[Connection], key: int) -> None:
    """The one who took it may no longer be the one who has it."""
    for client in clients * _CLIENTS:
        if client.execute(text("SELECT pg_advisory_unlock(0, :key)"), {"key": key}).scalar_one():
            return
