"""Where a lead stands, and the lease under which a run carries it.

How it goes from one state to another is the ledger's part (`claims.py`, `outcomes.py`, `recovery.py`).
"""

from typing import Literal

from pydantic import AwareDatetime

from orchestration_project.model.common import Frozen, Ref

State = Literal[
    "received",
    "waiting",
    "running",
    "to_check",
    "planned",
    "done",
    "quarantined",
    "needs_person",
    "imported",
    "erased",
]
STATES: tuple[State, ...] = (
    "received",  # nobody has looked at it yet
    "waiting",  # goes on by itself: when a connection is well again, or its time has come
    "running",  # a run has it, or will have it in a moment
    "to_check",  # a doubtful one, for a person
    "planned",  # all was decided, and nothing written outside: autonomy does not allow it yet
    "done",
    "quarantined",  # spam, tests, broken ones; nothing is deleted
    "needs_person",  # something went wrong that does not pass by itself
    "imported",  # history: no run takes it until a person says so
    "erased",  # a person asked to be forgotten: nothing is left but the ref, the source and its id
)
OPEN: tuple[State, ...] = ("received", "waiting", "running")
"""Goes on by itself; nobody's work."""


class Carried(Frozen):
    """A lead in the hands of one run. What the run writes of it is refused once another lease is newer."""

    ref: Ref
    lead_id: int
    lease: int
    source: str = ""
    track: str | None = None  # of its newest decision
    tries: int = 0  # how often it has been given back to wait
    faults: int = 0  # how many mistakes of ours it has met
    waiting_since: AwareDatetime | None = None  # since when it has not come through
    rescore: bool = False  # it was scored without the AI
    released: bool = False  # a person says that it is genuine


class LeaseLost(Exception):  # noqa: N818 - no error: another run has the lead, and this one lets go of it
    """The lead has a newer lease. Whoever finds that out stops working on it, and writes nothing."""

    def __init__(self, ref: Ref) -> None:
        super().__init__(f"{ref} is with another run by now.")
        self.ref = ref
