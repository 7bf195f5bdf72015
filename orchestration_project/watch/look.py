"""One look of the watch: every cause whose time has come is asked, and what is due is told.

What calls it is `sensor.py`; a cause that cannot be asked is itself a trouble, and keeps no other from it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError

from orchestration_project.clock import has_passed
from orchestration_project.healing.fate import describe
from orchestration_project.model.alerts import Trouble
from orchestration_project.playbook.model import Playbook
from orchestration_project.watch.alerts.teller import OpenSender, Round, Teller, open_sender
from orchestration_project.watch.causes.base import Cause, Memory, Seen
from orchestration_project.watch.causes.table import CAUSES
from orchestration_project.watch.opening import MARK
from orchestration_project.watch.silence import CAUSE as SILENCE

CAUSE = "watch"


@dataclass(frozen=True)
class Looked:
    memory: Memory
    blind: tuple[str, ...]  # causes that could not be asked
    told: Round
    broken: int

    @property
    def is_well(self) -> bool:
        """Whether the watch itself is: it sees everything, and somebody can be told."""
        return not self.blind and not self.told.all_fail


def look(seen: Seen, open_sender: OpenSender = open_sender, causes: Sequence[Cause] | None = None) -> Looked:
    """Of all causes there are, or of some. Raises DBAPIError while the ledger is away."""
    blind: list[Trouble] = []
    looked, lines, services_asked = dict(seen.memory.looked), dict(seen.memory.lines), False
    mark = _mark(seen.playbook)
    for cause in CAUSES if causes is None else causes:
        last = looked.get(cause.name)
        # what was said of a service that is named no more ends now, not tomorrow
        changed = cause.asks and lines.get(cause.name) != mark
        due = last is None or changed or has_passed(cause.every, last, seen.now)
        # services that all hang must not keep a tick so long that Dagster gives it up, and the next one again
        if not due or (cause.rules and seen.playbook is None) or (cause.asks and services_asked):
            continue
        services_asked = services_asked or cause.asks
        try:
            seen.ledger.alerts.observe(cause.name, list(cause.look(seen)))
        except DBAPIError:
            raise
        except Exception as error:  # noqa: BLE001 - told as a trouble of its own
            blind.append(_blind(cause.name, cause.says, error))
            continue
        looked[cause.name] = seen.now
        if cause.asks:
            lines[cause.name] = mark
    seen.ledger.alerts.observe(CAUSE, blind)
    seen.ledger.alerts.observe(SILENCE, [])  # whoever had told that the watch is silent, it is not
    teller = Teller(seen.ledger, seen.audience, seen.given, open_sender)
    told = teller.tell()
    teller.tell_digest()
    seen.ledger.marks.set(MARK)
    memory = seen.memory.model_copy(update={"looked": looked, "lines": lines})
    broken = len(seen.ledger.alerts.open())
    return Looked(memory, tuple(trouble.subject for trouble in blind), told, broken)


def _mark(playbook: Playbook | None) -> str:
    """Another one for other lines of connections.yaml."""
    if playbook is None:
        return ""
    return hashlib.sha256(playbook.connections.model_dump_json().encode()).hexdigest()[:12]


def _blind(name: str, says: str, error: Exception) -> Trouble:
    return Trouble(
        cause=CAUSE,
        subject=name,
        severity="warning",
        what=f"The watch cannot see one thing it looks for: {says}.",
        said=describe(error),
        mend="If it does not name what to do, this is a fault of this program: please report it.",
        command="leads doctor",
    )
