"""pymap as a program, without what it does anew for each connection: it looks through all installed packages
for ways to sign in, and hashes the password for a tenth of a second.

What it says to a mail program is its own.
"""

import gc
import importlib.metadata
from functools import cache
from typing import Any, cast

importlib.metadata.entry_points = cache(importlib.metadata.entry_points)

from passlib.context import CryptContext  # noqa: E402
from pymap.config import IMAPConfig  # noqa: E402
from pymap.main import main  # noqa: E402


def _quick_hashes(_path: str | None) -> CryptContext:
    return CryptContext(schemes=["pbkdf2_sha256"], pbkdf2_sha256__rounds=1)


if __name__ == "__main__":
    # nobody but a cycle holds the task of a connection: Python 3.13 collects it while it waits for a line
    gc.disable()
    cast("Any", IMAPConfig)._get_hash_context = staticmethod(_quick_hashes)
    main()
