"""Looks once more at what was begun more than once: where it came to be there twice, a person is told.

Nothing is deleted: which of two somebody has worked on already, only a person can see.
"""

from collections.abc import Callable
from dataclasses import dataclass

import anyio

from orchestration_project.action.base import Action, Brief, MayHaveTwins
from orchestration_project.action.registry import ACTIONS, FOLLOW_UPS, SEQUELS
from orchestration_project.connectors.base import FindsTwins
from orchestration_project.connectors.opened import KINDS, lines_of
from orchestration_project.errors import LeadsError
from orchestration_project.healing.breaker import Breaker
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.second_looks import SecondLook
from orchestration_project.model import Written
from orchestration_project.orchestration.resources import Workbench
from orchestration_project.playbook.model import Playbook

LOOKS_AT_ONCE = 10
LOOK_SECONDS = 15.0
"""A service that does not answer in that time is asked another time."""
_ALL: dict[str, Action] = {
    **ACTIONS,
    **{action.name: action for action in SEQUELS.values()},
    **FOLLOW_UPS,
}


@dataclass(frozen=True)
class TwinFinder:
    ledger: Ledger
    workbench: Workbench
    playbook: Playbook
    breaker: Breaker
    log: Callable[[str], None]

    def look(self) -> int:
        """Looks at some of what is due, where the connection is not known to be away. Answers how many
        actions were found done twice."""
        away = {kind for kind in KINDS if self.breaker.is_open(kind)}
        names = [name for name, action in _ALL.items() if action.kind not in away]
        twice = 0
        for look in self.ledger.second_looks.due(names, LOOKS_AT_ONCE):
            action = _ALL[look.action]
            if action.kind in away:
                continue
            try:
                found = self._ask(look, action)
            except (LeadsError, TimeoutError):
                # one try a service: the others of this tick would find it no better
                away.add(action.kind)
                self.ledger.second_looks.put_off(look)
                continue
            if self.ledger.second_looks.done(look) and len(found) > 1:
                twice += 1
                self._tell(look, action, found)
        return twice

    def _ask(self, look: SecondLook, action: Action) -> tuple[Written, ...]:
        """Nothing where there can be no second one. Raises LeadsError, or TimeoutError."""
        decided = self.ledger.follow_ups.decided(look.ref)
        if decided is None or not isinstance(action, MayHaveTwins):
            return ()
        connector = self.workbench.connected.of_kind(action.kind)
        if not isinstance(connector, FindsTwins):
            return ()
        brief = Brief(
            context=decided.context,
            decision=decided.decision,
            playbook=self.playbook,
            receipts=self.ledger.receipts.read([look.ref])[look.ref],
        )
        entry = action.entry(brief)

        async def ask() -> tuple[Written, ...]:
            with anyio.fail_after(LOOK_SECONDS):
                return await connector.twins(entry.kind, entry.key, entry.inside)

        return self.workbench.run(ask)

    def _tell(self, look: SecondLook, action: Action, found: tuple[Written, ...]) -> None:
        services = {line.kind: line.connection.connector for line in lines_of(self.playbook.connections)}
        where = ", ".join(one.url or one.external_id or one.note for one in found)
        words = (
            f"{action.name} is there {len(found)} times in {services[action.kind]} ({action.kind}): {where}. "
            f"Keep one and delete the rest, then `leads seen {look.ref}`."
        )
        self.ledger.attention.draw(look.ref, words)
        self.log(f"{look.ref}: {words}")
