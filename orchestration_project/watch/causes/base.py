"""What a cause is asked with, and what it answers."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import AwareDatetime

from orchestration_project.connectors.base import ConnectorContext
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.connections import ConnectionState
from orchestration_project.model import Frozen
from orchestration_project.model.alerts import Trouble
from orchestration_project.playbook.audience import Audience
from orchestration_project.playbook.model import Playbook
from orchestration_project.timezones import zone

if TYPE_CHECKING:
    import dagster as dg  # which `leads doctor --watch` has no time for


class Memory(Frozen):
    """What one look hands on to the next: the cursor of the sensor."""

    looked: dict[str, AwareDatetime] = {}  # noqa: RUF012 - frozen
    lines: dict[str, str] = {}  # noqa: RUF012 - frozen; by cause, a mark of the connections.yaml it was asked by
    backlog: tuple[tuple[AwareDatetime, int], ...] = ()


@dataclass
class Seen:
    """What may be looked at. Read once a look, where several causes want it."""

    ledger: Ledger
    audience: Audience
    home: Path
    given: Callable[[], ConnectorContext]
    playbook: Playbook | None = None  # None: it has a mistake
    instance: "dg.DagsterInstance | None" = None  # None: from outside
    ui_url: str = ""
    memory: Memory = field(default_factory=Memory)

    def __post_init__(self) -> None:
        self.now: datetime = self.ledger.clock()
        self.connections: dict[str, ConnectionState] = self.ledger.connections.read()

    @property
    def zone(self) -> tzinfo:
        return zone(self.audience.time_zone)

    def is_away(self, connection: str) -> bool:
        state = self.connections.get(connection)
        return state is not None and state.state != "closed"

    def was_away(self, connection: str, at: datetime) -> bool:
        """Whether it is away, or has become well only after that."""
        state = self.connections.get(connection)
        closed = state.closed_at if state is not None else None
        return self.is_away(connection) or (closed is not None and closed >= at)

    def page(self, path: str) -> str:
        """A page of the Dagster UI, where its address is known."""
        return f"{self.ui_url}/{path}" if self.ui_url else ""


@dataclass(frozen=True)
class Cause:
    name: str
    says: str  # for the table of causes
    look: Callable[[Seen], Iterable[Trouble]]
    every: timedelta = timedelta()  # how often it is looked at; each time, if not dear
    rules: bool = False  # it needs a playbook without mistakes
    asks: bool = False  # it asks outside services; of such one is looked at in a look
