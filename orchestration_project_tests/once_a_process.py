"""What libraries do anew for each thing they make, and the tests make thousands of, is done once a process.

Nothing of this project is kept here: each test still has clients, instances and databases of its own.
"""

from functools import cache, lru_cache

import httpx
from alembic.script import ScriptDirectory
from httpx._transports import default as transports


@cache
def share() -> None:
    """For all that comes after it. Done by each process of the tests that makes clients or instances."""
    # 15 ms of each client that has a network
    transports.create_ssl_context = lru_cache(httpx.create_ssl_context)  # pyright: ignore[reportPrivateImportUsage]
    # 40 of the 50 ms of each Dagster instance: it reads all its migrations to note that it needs none
    ScriptDirectory.from_config = lru_cache(ScriptDirectory.from_config)
