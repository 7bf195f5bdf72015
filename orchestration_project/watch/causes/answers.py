"""Answers that cannot be used, of services that a lead goes on without: nothing waits, so nobody would see.

That one is away, or refuses, its connection tells.
"""

from collections.abc import Iterator
from datetime import timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Literal

from orchestration_project.ledger import Ledger
from orchestration_project.ledger.watching import Answered
from orchestration_project.model.alerts import Trouble, some
from orchestration_project.playbook.model import Connections

if TYPE_CHECKING:
    from orchestration_project.watch.causes.base import Seen

CAUSE = "answers"
SINCE, MOST = timedelta(days=1), 500
IN_A_ROW = 3
"""One answer that cannot be used may be that lead's doing; of so many leads one after another it is not."""


def unusable(seen: "Seen") -> Iterator[Trouble]:
    if seen.playbook is not None:
        yield from unusable_of(seen.playbook.connections, seen.ledger)


def unusable_of(connections: Connections, ledger: Ledger) -> Iterator[Trouble]:
    """The newest answers of the AI, or of the look-up of companies, are of no use."""
    if found := _in_a_row(ledger, "ai"):
        yield _trouble(
            "ai",
            connections.ai.connector,
            "cannot be used; the scorecard decides meanwhile",
            f"leads list --score-status {found[0].status}",
            found,
        )
    if found := _in_a_row(ledger, "company"):
        yield _trouble(
            "company",
            connections.company.connector,
            "cannot be used; leads go on without what it knows",
            f"leads show {found[0].ref}",
            found,
        )


def _in_a_row(ledger: Ledger, of: Literal["ai", "company"]) -> tuple[Answered, ...]:
    answers = ledger.watching.answers(of, ledger.clock() - SINCE, MOST)
    found = tuple(takewhile(lambda answer: answer.unusable, answers))
    return found if len({answer.ref for answer in found}) >= IN_A_ROW else ()


def _trouble(of: str, connector: str, what: str, command: str, found: tuple[Answered, ...]) -> Trouble:
    refs = tuple(dict.fromkeys(answer.ref for answer in reversed(found)))
    name = "the AI" if of == "ai" else "the look-up of companies"
    return Trouble(
        cause=CAUSE,
        subject=of,
        severity="warning",
        what=f"What {name} ({connector}) answers {what}.",
        since=found[-1].at,
        refs=some(refs),
        leads=len(refs),
        service=connector,
        said=found[0].said,
        mend="Mend what it names; nothing waits for it. Over is told with the next answer that can be used.",
        command=command,
    )
