"""A calendar in memory."""

from typing import Self

from pydantic import AwareDatetime

from orchestration_project.connectors.base import ConnectorContext, Health
from orchestration_project.connectors.calendar.interface import Busy, HeldTime, Hold
from orchestration_project.model import Erased, Written
from orchestration_project.playbook.model import Connection


class FakeCalendar:
    embedded = True

    def __init__(self, *taken: Busy) -> None:
        self.taken = taken
        self.holds: dict[str, Hold] = {}
        self.accepted_by: tuple[str, ...] = ()

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:
        return cls()

    async def check(self) -> Health:
        return Health(ok=True, says="in memory")

    async def busy(self, start: AwareDatetime, end: AwareDatetime) -> tuple[Busy, ...]:
        held = (Busy(start=hold.start, end=hold.end) for hold in self.holds.values())
        return tuple(busy for busy in (*self.taken, *held) if busy.start < end and start < busy.end)

    async def find_hold(self, key: str) -> Written | None:
        return Written(external_id=key) if key in self.holds else None

    async def find_time(self, key: str) -> HeldTime | None:
        hold = self.holds.get(key)
        return HeldTime(start=hold.start, end=hold.end, accepted_by=self.accepted_by) if hold else None

    async def find_title(self, key: str) -> str | None:
        return self.holds[key].title if key in self.holds else None

    async def retitle(self, key: str, title: str) -> bool:
        if key in self.holds:
            self.holds[key] = self.holds[key].model_copy(update={"title": title})
        return key in self.holds

    async def save_hold(self, hold: Hold) -> Written:
        self.holds[hold.key] = hold
        return Written(external_id=hold.key)

    async def erase_hold(self, key: str) -> Erased:
        return Erased(answer="erased" if self.holds.pop(key, None) else "not_there")
