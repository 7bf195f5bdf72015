"""Whether what receipts speak of is there: the contact, the draft, the event, the folder, and once.

It is looked for as an action looks for what an interrupted try of it has left. Nothing is written.
"""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orchestration_project.action.base import Action, Brief, MayHaveTwins
from orchestration_project.action.carry import SEQUENCE_STOP
from orchestration_project.action.registry import ACTIONS, FOLLOW_UPS, SEQUELS
from orchestration_project.connectors.base import FindsTwins
from orchestration_project.connectors.opened import Connected
from orchestration_project.errors import LeadsError, without_promise
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.books import Owing
from orchestration_project.model import ReceiptStatus, Ref
from orchestration_project.playbook.model import Playbook
from orchestration_project.watch.prove.model import Looked, Mismatch

SAMPLE = 10
"""Leads an action, each time others: in a month three hundred."""
_ALL: Mapping[str, Action] = {
    **ACTIONS,
    **{action.name: action for action in SEQUELS.values()},
    **FOLLOW_UPS,
}


@dataclass(frozen=True)
class Look:
    """What is looked for: of one action, in some leads."""

    action: Action
    refs: tuple[Ref, ...]


def choose(leads: Sequence[Owing], seed: str, *, everything: bool = False) -> tuple[Look, ...]:
    """The same seed chooses the same ones."""
    done: dict[str, list[Ref]] = defaultdict(list)
    for lead in leads:
        for action, status in lead.receipts.items():
            if action == "sequence" and SEQUENCE_STOP.name in lead.receipts:
                continue  # taken out again: the person has withdrawn the consent
            if status == ReceiptStatus.DONE and action in _ALL:
                done[action].append(lead.ref)
    chance = random.Random(seed)  # noqa: S311 - no secret
    return tuple(
        Look(_ALL[name], tuple(refs if everything else chance.sample(refs, min(SAMPLE, len(refs)))))
        for name, refs in sorted(done.items())
    )


async def look_outside(
    ledger: Ledger, playbook: Playbook, connected: Connected, looks: Sequence[Look]
) -> tuple[list[Looked], list[Mismatch], list[str]]:
    """What was looked for, what is not there or twice, and who could not be asked."""
    counts: list[Looked] = []
    wrong: list[Mismatch] = []
    silent: list[str] = []
    for look in looks:
        service = getattr(playbook.connections, look.action.kind).connector
        looked = there = 0
        try:
            for ref in look.refs:
                brief = _brief(ledger, playbook, ref)
                if brief is None:
                    continue
                looked += 1
                found = await _found(look.action, brief, connected)
                there += found == 1
                if found != 1:
                    wrong.append(Mismatch(about=ref, says=_words(look.action.name, service, found, brief)))
        except LeadsError as error:
            # one try a service: the other leads would find it no better
            silent.append(f"{look.action.name} in {service}: {without_promise(str(error))}")
        counts.append(Looked(service=service, action=look.action.name, looked=looked, there=there))
    return counts, wrong, silent


def _brief(ledger: Ledger, playbook: Playbook, ref: Ref) -> Brief | None:
    decided = ledger.follow_ups.decided(ref)
    if decided is None:
        return None  # erased meanwhile
    return Brief(
        context=decided.context,
        decision=decided.decision,
        playbook=playbook,
        receipts=ledger.receipts.read([ref])[ref],
    )


async def _found(action: Action, brief: Brief, connected: Connected) -> int:
    """How many there are."""
    if await action.find(brief, connected) is None:
        return 0
    connector = connected.of_kind(action.kind)
    if isinstance(action, MayHaveTwins) and isinstance(connector, FindsTwins):
        entry = action.entry(brief)
        return max(1, len(await connector.twins(entry.kind, entry.key, entry.inside)))
    return 1


def _words(action: str, service: str, found: int, brief: Brief) -> str:
    receipt = brief.receipts[action]
    where = f" ({receipt.url})" if receipt.url else ""
    if found > 1:
        return f"{action} is {found} times in {service}{where}: keep one"
    return f"{action} is not in {service} any more{where}: a person may have deleted it"
