"""An action whose outside world is a door to write on, with as much trouble as a test wants."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from orchestration_project.action.base import Brief, Tools
from orchestration_project.model import Clock, NotDone, Written
from orchestration_project.playbook.model import Autonomy


class Died(BaseException):
    """What a process meets that is killed: nothing of ours runs any more."""


@dataclass
class Knock:
    door: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)  # the calls, in order
    wrong: list[BaseException] = field(default_factory=list)  # raised by the next acts, before they write
    wrong_after: list[BaseException] = field(default_factory=list)  # raised once they have written
    not_done: NotDone | None = None
    skipped: str | None = None
    key: str | None = None
    meanwhile: Callable[[], Awaitable[None]] | None = None
    name: str = "knock"
    kind: str = "crm"
    needs: Autonomy = Autonomy.INTERNAL
    requires: tuple[str, ...] = ()

    def lock_keys(self, brief: Brief) -> tuple[str, ...]:
        return (self.key,) if self.key else ()

    def skip(self, brief: Brief) -> str | None:
        return self.skipped

    async def find(self, brief: Brief, tools: Tools) -> Written | None:
        self.asked.append("find")
        return Written(external_id=f"found {brief.ref}") if brief.ref in self.door else None

    async def act(self, brief: Brief, tools: Tools, clock: Clock) -> Written | NotDone:
        self.asked.append("act")
        if self.not_done:
            return self.not_done
        if self.wrong:
            raise self.wrong.pop(0)
        if self.meanwhile:
            await self.meanwhile()
        self.door.append(brief.ref)
        if self.wrong_after:
            raise self.wrong_after.pop(0)
        return Written(
            external_id=f"made {brief.ref}", url="file:///door", note="on the door", conflicts=("phone",)
        )
