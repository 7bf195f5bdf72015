"""A tick that stays for a while where looking costs nothing, since each tick is work for Dagster, the code
server and the database. What it looks at, and what a reading does, is `sources.py`.
"""

import time
from collections.abc import Callable

TICK_SECONDS = 14.0
"""Dagster cuts a tick at 60 s, and a stopped code server waits for it."""
LOOK_SECONDS = 2.0


def lingering(
    read: Callable[[], str],
    is_news: Callable[[str], bool],
    anything: Callable[[], bool],
    monotonic: Callable[[], float] = time.monotonic,
    wait: Callable[[float], object] = time.sleep,
) -> str:
    """What a reading said: the first that brought news, else the last. It is read again only where there is
    `anything`. Raises what the reading raises."""
    begun = monotonic()
    said = read()
    while not is_news(said) and monotonic() - begun + LOOK_SECONDS <= TICK_SECONDS:
        wait(LOOK_SECONDS)
        if anything():
            said = read()
    return said
