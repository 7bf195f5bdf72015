"""A tick that stays for a while where looking costs nothing, since each tick is work for Dagster, the code
server and the database. What it looks at, and what a reading does, is `sources.py`.
"""

import time
from collections.abc import Callable

from orchestration_project.orchestration.staying import TICK_SECONDS, has_to_leave, longest

LOOK_SECONDS = 2.0
LATE_LOOK_SECONDS = 1.0
"""Where the tick after this one will read, which begins within a second."""


def lingering(
    read: Callable[[], str],
    is_news: Callable[[str], bool],
    anything: Callable[[], bool],
    monotonic: Callable[[], float] = time.monotonic,
    wait: Callable[[float], object] = time.sleep,
) -> str:
    """What a reading said: the first that brought news, else the last. It is read again only where there is
    `anything`, and not so late that Dagster might cut the tick meanwhile. Raises what the reading raises."""
    begun = monotonic()
    said = read()
    while not is_news(said) and not has_to_leave():
        is_late = monotonic() - begun + LOOK_SECONDS > TICK_SECONDS
        pause = LATE_LOOK_SECONDS if is_late else LOOK_SECONDS
        if monotonic() - begun + pause > longest():
            break
        wait(pause)
        if anything():
            if is_late:
                break
            said = read()
    return said
