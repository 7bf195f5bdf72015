"""How long a tick may stay that finds nothing: long in a process that is told when nobody wants it any more.

Who tells it is `serving/`. What a tick waits for is `dispatcher.py` and `lingering.py`.
"""

import signal
import threading

TICK_SECONDS = 14.0
"""Dagster cuts a tick at 60 s, and whoever stops Dagster waits for its end."""
LONG_TICK_SECONDS = 40.0
"""Each tick is work for Dagster, the code server and the database."""
_told_by: set[signal.Signals] = set()
_over = threading.Event()


def leave_on(number: signal.Signals) -> None:
    """From now on a tick may stay longer: with that signal it ends at its next look."""
    signal.signal(number, lambda *_: _over.set())
    _told_by.add(number)


def has_to_leave() -> bool:
    return _over.is_set()


def longest() -> float:
    """Seconds that a tick may stay which has nothing left to do but to wait."""
    return LONG_TICK_SECONDS if _told_by else TICK_SECONDS
