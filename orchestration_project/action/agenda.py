"""One look at the calendar for many leads: what one of them takes, the others see at once.

Only for as long as they have the calendar's turn together (`company.py`); which time is taken is `slots.py`.
"""

import anyio
from pydantic import AwareDatetime

from orchestration_project.connectors.calendar.interface import Busy, Calendar, Hold
from orchestration_project.model import Written


class Agenda:
    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._taken: list[Busy] | None = None
        self._one_looks = anyio.Lock()

    async def busy(self, start: AwareDatetime, end: AwareDatetime) -> tuple[Busy, ...]:
        """Between its answer and the call of `save_hold` there must be nothing to wait for: then no two
        choose the same time."""
        if self._taken is None:
            async with self._one_looks:
                if self._taken is None:
                    self._taken = [*await self._calendar.busy(start, end)]
        return tuple(self._taken)

    async def save_hold(self, hold: Hold) -> Written:
        if self._taken is not None:
            self._taken.append(Busy(start=hold.start, end=hold.end))
        return await self._calendar.save_hold(hold)
