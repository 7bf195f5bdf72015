"""What becomes of a lead, or of an action of it, whose work failed. Every failure is one of four kinds.

It passes by itself; it needs one person once; it is about this lead only; it is a fault of ours.
"""

import random
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.exc import DBAPIError

from orchestration_project.errors import (
    CredentialError,
    LeadRefusedError,
    LeadsError,
    PlaybookError,
    SettingError,
    SetupError,
    TransientServiceError,
    UnknownAnswerError,
)
from orchestration_project.model import Frozen, Ref

FIRST_WAIT = 5.0
GROWTH = 1.25
"""Of each wait over the one before. What waits by itself then goes on, after an outage, within a third of the
time that this has lasted."""
LONGEST_WAIT = 3600.0
"""Seconds. A service's own word may be longer, and is honoured."""
MAX_FAULTS = 3
"""So often a lead may meet an unexpected exception before it waits for a person."""
JITTER = 0.2
"""Waits differ by so much from one another: what failed together need not come back together."""

Jitter = Callable[[], float]
"""A number from 0 to 1."""

UNEXPECTED = "an unexpected"
"""How a fault of ours is told."""
PLAYBOOK = "playbook"
"""What a lead waits for when the rules do not cover it: not a connection, but mended like one."""


class ConnectionAway(TransientServiceError):  # noqa: N818 - a state of the connection, told to who would use it
    """The connection is open: nothing was asked, and the lead waits until it is well again."""

    effect_unknown = False

    def __init__(self, name: str, said: str) -> None:
        super().__init__(name, f"is away, and was not asked. {said}".strip())
        self.name = name


class EarlierUndecided(LeadsError):  # noqa: N818 - a state of another lead, which passes
    """The same person's lead before this one is with another run, and not decided yet: what this one adds
    cannot be told before."""

    def __init__(self, ref: Ref) -> None:
        super().__init__(f"It waits until {ref}, which the same person wrote before, is decided.")


class Fate(Frozen):
    """`wait`: it goes on by itself. `skip`: this one does not get it, the others do. `person`: it does not
    pass by itself."""

    kind: Literal["wait", "skip", "person"]
    says: str
    try_at: datetime | None = None  # of what waits; None: when `waiting_for` is well again
    waiting_for: str | None = None
    counts: bool = True  # as a try; nothing was tried where the connection was known to be away
    fault: bool = False  # a mistake of ours


def fate_of(  # noqa: C901, PLR0911 - one line a kind is the easiest to read
    error: Exception,
    *,
    connection: str | None,
    tries: int,
    faults: int,
    now: datetime,
    jitter: Jitter = random.random,
) -> Fate:
    """`connection` is the line of connections.yaml that was used; `tries` and `faults` those before."""
    says = describe(error)
    match error:
        case LeadRefusedError():
            return Fate(kind="skip", says=f"{error.service}: {error.said}")
        case ConnectionAway():
            return Fate(kind="wait", says=says, waiting_for=error.name, counts=False)
        case CredentialError() | SetupError() | SettingError() if connection is not None:
            return Fate(kind="wait", says=says, waiting_for=connection)
        case PlaybookError():
            return Fate(kind="wait", says=says, waiting_for=PLAYBOOK)
        case EarlierUndecided():
            return Fate(kind="wait", says=says, try_at=now + backoff(0, jitter), counts=False)
        case TransientServiceError():
            return Fate(kind="wait", says=says, try_at=now + wait_after(error, tries, jitter))
        case UnknownAnswerError() if tries < MAX_FAULTS:
            # it was done, as like as not: the next try looks first
            return Fate(kind="wait", says=says, try_at=now + backoff(tries, jitter))
        case DBAPIError():
            return Fate(kind="wait", says=says, try_at=now + backoff(tries, jitter))
        case LeadsError():
            return Fate(kind="person", says=says)
        case _ if faults + 1 < MAX_FAULTS:
            return Fate(kind="wait", says=says, try_at=now + backoff(faults, jitter), fault=True)
        case _:
            more = f" It happened {MAX_FAULTS} times. This is a fault of this program: please report it."
            return Fate(kind="person", says=says + more, fault=True)


def wait_after(error: TransientServiceError, tries: int, jitter: Jitter) -> timedelta:
    """As long as the service asks for, however long; else as the backoff says."""
    if error.retry_after is None:
        return backoff(tries, jitter)
    return timedelta(seconds=error.retry_after * (1 + JITTER / 4 * jitter()))


def backoff(tries: int, jitter: Jitter = random.random) -> timedelta:
    """5 s, and each time a quarter more, up to an hour, give or take."""
    seconds = min(LONGEST_WAIT, FIRST_WAIT * GROWTH ** min(tries, 60))
    return timedelta(seconds=seconds * (1 + JITTER * (2 * jitter() - 1)))


def describe(error: Exception) -> str:
    """Our own errors in full. Of any other only the kind: its text may hold what a person wrote."""
    if isinstance(error, LeadsError):
        return str(error)
    if isinstance(error, DBAPIError):
        return "The database was away for a moment."
    return f"{UNEXPECTED} {type(error).__name__}."


def stack(error: Exception) -> str:
    """Where it happened, in words that may stand in a log."""
    return "".join(traceback.format_exception(shown(error)))


def shown(error: Exception) -> LeadsError:
    """A copy that may stand in a log, with the stack: the error itself, and what caused it, may quote what a
    person wrote."""
    return LeadsError(describe(error)).with_traceback(error.__traceback__)
