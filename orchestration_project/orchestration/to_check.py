"""The branch of leads that a person has to look at: one line in chat names them, and nothing else is written.

What makes a lead doubtful is decided in `decision/`.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import dagster as dg
from anyio import to_thread

from orchestration_project.action.autonomy import connection_autonomy
from orchestration_project.errors import LeadsError
from orchestration_project.healing.breaker import Breaker
from orchestration_project.healing.fate import describe
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.checks import ToCheck
from orchestration_project.orchestration.resources import Workbench
from orchestration_project.orchestration.stage import Stage, guarded
from orchestration_project.orchestration.tables import check_table
from orchestration_project.playbook.model import Autonomy, Playbook

BRANCH = "to_check"
NAMED = 15
"""So many leads are named in one line; of more their number is told."""
TURN = "chat:to_check"
LINES, WHILE = 2, timedelta(minutes=15)
"""So many lines in so long a time: a wave of doubtful leads is no wave of messages. What is left is told by a
later run, or a tick of `follow_up`."""


@dg.op(
    description="Leads that a person has to look at before they go on.",
    ins={"start_after": dg.In(dg.Nothing)},
    out=dg.Out(dg.Nothing),
    tags={"layer": "action"},
)
def doubtful(
    context: dg.OpExecutionContext,
    ledger: dg.ResourceParam[Ledger],
    workbench: dg.ResourceParam[Workbench],
) -> Iterator[dg.Output[Any]]:
    stage = Stage(context, ledger, workbench)
    leads = guarded(lambda: ledger.checks.of_run(stage.run_id))
    yield dg.Output(None, metadata=check_table(leads))


@dg.op(
    description="One line in chat names them.",
    ins={"start_after": dg.In(dg.Nothing)},
    out=dg.Out(dg.Nothing),
    pool="chat",
    tags={"layer": "action"},
)
def chat_line(
    context: dg.OpExecutionContext,
    playbook: dg.ResourceParam[Playbook],
    ledger: dg.ResourceParam[Ledger],
    workbench: dg.ResourceParam[Workbench],
) -> None:
    stage = Stage(context, ledger, workbench)
    telling = Telling(ledger, workbench, playbook, stage.breaker, context.log.warning)
    guarded(telling.tell)


@dg.graph(
    name=BRANCH,
    description="Leads that a person has to look at before they go on.",
    ins={"routed": dg.GraphIn()},
)
def to_check(routed: Any) -> None:
    """A graph, as the tracks are: beside them, the UI draws a single op over the branch next to it."""
    chat_line(start_after=doubtful(start_after=routed))


@dataclass(frozen=True)
class Telling:
    ledger: Ledger
    workbench: Workbench
    playbook: Playbook
    breaker: Breaker
    log: Callable[[str], None]

    def tell(self) -> None:
        """Names all that nobody was told of in one line, a few lines a while at most: the others wait for the
        next one. A chat that is away stops nothing: it is told later."""
        checks = self.ledger.checks
        waiting = checks.untold()
        if not waiting or not self._may() or checks.tellings(WHILE) >= LINES:
            return

        async def post() -> None:
            chat = self.workbench.connected.chat
            async with self.ledger.locks.named(TURN):  # runs tell side by side
                if not (leads := await to_thread.run_sync(checks.untold)):
                    return
                key = f"{leads[0].ref}-check"  # found again if we die before it is written down
                if await chat.find_message(key) is None:
                    await chat.post(key, line(leads))
                await to_thread.run_sync(checks.told, [lead.ref for lead in leads])

        try:
            self.workbench.run(post)
        except LeadsError as error:
            self.breaker.failed("chat", error, waiting[0].ref)
            self.log(f"The chat could not be told what is to be checked; it is told later. {describe(error)}")
            return
        self.breaker.went_well("chat")

    def _may(self) -> bool:
        embedded = self.workbench.connected.embedded("chat")
        allowed = connection_autonomy("chat", self.playbook.connections, embedded=embedded)
        return min(allowed, self.playbook.autonomy) >= Autonomy.INTERNAL and not self.breaker.is_open("chat")


def line(leads: Sequence[ToCheck]) -> str:
    """`To check: L-… (maybe spam), L-… (orders). `leads show REF` says why; …`"""
    named = ", ".join(f"{lead.ref} ({lead.reason.replace('_', ' ')})" for lead in leads[:NAMED])
    if more := leads[NAMED:]:
        kinds = Counter(lead.reason.replace("_", " ") for lead in more)
        named += f" and {len(more)} more ({', '.join(f'{number} {kind}' for kind, number in kinds.items())})"
    return (
        f"To check: {named}. `leads show REF` says why; `leads replay REF --genuine` lets it go on, "
        "--spam sets it aside."
    )
