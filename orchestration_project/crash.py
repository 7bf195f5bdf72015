"""Named points at which a test ends the process, as a power cut would. Inert unless LEADS_CRASH_AT is set.

`LEADS_CRASH_AT=recorded:2` ends it the second time that the point is passed, `acted/draft` at one action.
"""

import os
from collections import Counter

POINTS = (
    "stored",  # the bytes of a delivery are in the ledger, nobody has read them
    "introduced",  # they are read, and a run may take them
    "cursor_moved",  # of the source; in the same transaction as the bytes
    "claimed",  # leads are handed to a run that Dagster does not know yet
    "started",  # the run has them
    "gathered",  # what is known of them is kept
    "decided",  # and what was decided
    "begun",  # an action is marked begun
    "acted",  # it is done outside, and not recorded
    "recorded",
    "given_back",  # a lead waits again
    "finished",
    "opened",  # a connection was found to be away
    "closed",  # and to be well again
)
OF_ERASING = ("erasing", "erased_outside", "wiped", "erasure_finished")
"""Of `leads erase`: it is begun, done in the services, done in the ledger; all but the certificate's file."""
EXIT_CODE = 137

_passed: Counter[str] = Counter()


def crash_point(name: str, detail: str = "") -> None:
    """Ends the process here, without any clean-up, if LEADS_CRASH_AT says so."""
    wanted = os.environ.get("LEADS_CRASH_AT")
    if not wanted:
        return
    point, _, number = wanted.partition(":")
    if point not in (name, f"{name}/{detail}"):
        return
    _passed[point] += 1
    if _passed[point] >= int(number or "1"):
        os._exit(EXIT_CODE)
