"""When a connection opens, when it is asked again, and when it is well: a circuit breaker for all processes.

Where its state is kept is `ledger/connections.py`; who probes is `orchestration/dispatch.py`.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.exc import DBAPIError

from orchestration_project.crash import crash_point
from orchestration_project.errors import (
    CredentialError,
    LeadRefusedError,
    PermanentServiceError,
    PlaybookError,
    RefusedForNow,
    SettingError,
    SetupError,
    TransientServiceError,
)
from orchestration_project.healing.fate import PLAYBOOK, ConnectionAway, describe
from orchestration_project.ledger.connections import ConnectionState, ConnectionStates, Why
from orchestration_project.model import Clock, Ref

FAILURES = 3
"""So many failures in a row, of more than one lead, open a connection. One lead's may be its own doing."""
SEVERAL = ""
"""Stands in the place of the one lead that failed, once another has failed too."""
LONG = 30.0
"""Seconds. A service that asks for more patience gets it from everybody at once."""
FIRST_PROBE = timedelta(seconds=10)
LONGEST_PROBE = timedelta(seconds=60)
"""A probe costs one cheap call, and every minute of a lead that could go on counts."""
FLAPS = timedelta(minutes=2)
"""A connection that opens again so soon was not well: its probes go on where they were."""


@dataclass
class Breaker:
    """What one run, or one tick, knows of the connections."""

    states: ConnectionStates
    clock: Clock
    rules: str | None = None
    """The version of the playbook under which it works; None where nothing is asked of the rules."""
    known: dict[str, ConnectionState] = field(default_factory=dict[str, ConnectionState])

    def refresh(self) -> None:
        """Reads what other processes have learned. To be called at the beginning of each step."""
        self.known = self.states.read()

    def insist(self, name: str) -> None:
        """Raises ConnectionAway while the connection is open: asking would only burn a try."""
        state = self.known.get(name)
        if state is not None and state.state == "open":
            raise ConnectionAway(name, _since(state))

    def went_well(self, name: str) -> None:
        """A call was answered as it should. If there had been trouble, it is over for all."""
        state = self.known.get(name)
        if state is None or (state.state == "closed" and not state.failures):
            return
        self.known[name] = ConnectionState(name=name)
        self.states.close(name)
        crash_point("closed")

    def failed(self, name: str, error: Exception, ref: Ref | None) -> None:
        """Notes the failure, where it tells of the connection and not of one lead, and opens it if it is
        time. Without a ref it is a source's reading, which concerns no lead, whatever goes wrong."""
        of_source = ref is None and not isinstance(error, DBAPIError)
        if not of_source and not tells_of_connection(error):
            return
        if isinstance(error, PlaybookError):
            name = PLAYBOOK  # the service that would have been used is well
        now, rules = self.clock(), self.rules if isinstance(error, PlaybookError) else None

        def after(state: ConnectionState) -> ConnectionState | None:
            failed = after_failure(state, error, ref, now)
            return failed and failed.model_copy(update={"version": rules})

        self.known[name] = self.states.change(name, after)
        if self.is_open(name):
            crash_point("opened")

    def is_open(self, name: str) -> bool:
        state = self.known.get(name)
        return state is not None and state.state == "open"


def tells_of_connection(error: Exception) -> bool:
    if isinstance(error, ConnectionAway | LeadRefusedError):
        return False
    if isinstance(error, TransientServiceError) and error.own_pace:
        return False  # the service is well; it is we who ask so much
    return isinstance(
        error, TransientServiceError | CredentialError | SetupError | SettingError | PlaybookError
    )


def after_failure(
    state: ConnectionState, error: Exception, ref: Ref | None, now: datetime
) -> ConnectionState | None:
    """The state after one more failure; None: as it was."""
    patience = error.retry_after if isinstance(error, TransientServiceError) else None
    if state.state == "open":
        # a source has no probe but its own readings
        due = ref is None and state.next_probe is not None and state.next_probe <= now
        return after_bad_probe(state, describe(error), now, patience) if due else None
    failures = state.failures + 1
    several = state.failed_ref is not None and ref != state.failed_ref
    unmistakable = (
        not isinstance(error, TransientServiceError)  # refused, or set up wrongly
        or (patience is not None and patience > LONG)
        or (patience is None and isinstance(error, RefusedForNow) and not error.answered)  # out of reach
        or ref is None  # a source's reading
        or state.state == "half_open"
    )
    failed = state.model_copy(
        update={
            "failures": failures,
            "failed_ref": SEVERAL if several else state.failed_ref or ref,
            "said": describe(error),
        }
    )
    if not unmistakable and not (failures >= FAILURES and several):
        return failed
    again = state.closed_at is not None and now - state.closed_at < FLAPS
    probes = state.probes + 1 if state.state == "half_open" or again else 0
    return failed.model_copy(
        update={
            "state": "open",
            "why": why_of(error),
            "since": state.since if state.state == "half_open" else now,
            "probes": probes,
            "next_probe": now + until_probe(probes, patience),
            "closed_at": None,
        }
    )


def after_bad_probe(
    state: ConnectionState, said: str, now: datetime, patience: float | None = None
) -> ConnectionState:
    """Still away."""
    return state.model_copy(
        update={
            "state": "open",
            "said": said,
            "probes": state.probes + 1,
            "next_probe": now + until_probe(state.probes + 1, patience),
        }
    )


def after_good_probe(state: ConnectionState) -> ConnectionState:
    """It answers: one lead may try."""
    return state.model_copy(update={"state": "half_open", "next_probe": None})


def until_probe(probes: int, patience: float | None) -> timedelta:
    """The service's own word, however long; else 10 s, 20, 40, and then each minute."""
    if patience is not None:
        return timedelta(seconds=patience)
    return min(LONGEST_PROBE, FIRST_PROBE * 2 ** min(probes, 10))


def why_of(error: Exception) -> Why:
    match error:
        case CredentialError():
            return "refused"
        case SettingError() | SetupError() | PlaybookError():
            return "set_up"
        case TransientServiceError() if error.retry_after is not None:
            return "limited"
        case PermanentServiceError():  # of a source: of a lead it says nothing of the connection
            return "changed"
        case _:
            return "down"


def _since(state: ConnectionState) -> str:
    since = f"Since {state.since:%H:%M} UTC: " if state.since else ""
    return f"{since}{state.said}"
