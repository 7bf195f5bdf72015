"""The one sentence that tells the team of a lead: who, how good, what was done, what was not.

Pure; posting it belongs to `chat.py`.
"""

import re
from collections.abc import Sequence

from orchestration_project.action.again import maybe_the_same, wrote_again
from orchestration_project.action.base import Brief
from orchestration_project.action.safe_text import harmless
from orchestration_project.action.wording import reasoning, service_title, who
from orchestration_project.model import ReceiptStatus

LONGEST_REASON = 200
LONGEST_REASONING = 4_000
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
OPEN = (ReceiptStatus.WAITING, ReceiptStatus.BEGUN, ReceiptStatus.FAILED)
"""What is said to be unfinished, and told again once it is not."""


def summary(brief: Brief) -> str:
    """`Priority 9/10 · Jane Doe (Acme Ltd) wants Payroll: … . Draft waits in outbox, task set; L-…`"""
    service = service_title(brief)
    again = wrote_again(brief.context)
    subject = f"{who(brief.context.lead)} {again or (f'wants {service}' if service else 'wrote')}"
    # of who is known already, what they wrote is the news, and why only where it lifts them
    reason = "" if again and not brief.moved_up else reasoning(brief.decision, _in_short).rstrip(" .")
    told = f"{_verdict(brief)} · {subject}" + (f": {reason}" if reason else "")
    outcome = "; ".join([*_outcomes(brief), *maybe_the_same(brief.context), brief.ref])
    # titles come from the playbook, where a person may have broken the line
    stop = "" if told.endswith(("…", "…”")) else "."
    return " ".join(f"{told}{stop} {outcome[:1].upper()}{outcome[1:]}".split())


def news(brief: Brief, was_open: Sequence[str], was_track: str) -> str:
    """`Jane Doe: contact saved, task set, which had to wait; L-…`, once what was open is final."""
    told: list[str] = []
    if was_track != brief.decision.track:
        told.append(f"now {brief.track.title}, {brief.decision.scoring.label}: {brief.decision.why_track}")
    known = [name for name in was_open if name in brief.receipts]
    # where one was refused, what stands in for it was not called open before
    known += [name for name, other in brief.track.stand_ins.items() if other in known and name not in known]
    done = [name for name in known if _status(brief, name) is ReceiptStatus.DONE]
    if done:
        told.append(", ".join(_done_words(brief).get(name, f"{_spoken(name)} done") for name in done))
    refused = _refused(brief)
    left_out = [name for name in was_open if name in known and name not in (*done, *refused)]
    told += [f"{_spoken(name)} {brief.receipts[name].status.value}" for name in left_out]
    told += refused.values()
    return " ".join(f"{who(brief.context.lead)}, again: {'; '.join([*told, brief.ref])}".split())


def _in_short(text: str) -> str:
    """Its first sentences, as many as there is room for; of a first one that is too long, the beginning."""
    sentences = _SENTENCE_END.split(harmless(text, LONGEST_REASONING))
    told = ""
    for sentence in sentences:
        longer = f"{told} {sentence}".strip()
        if len(longer) > LONGEST_REASON:
            break
        told = longer
    if told or not any(sentences):
        return told
    beginning = harmless(sentences[0], LONGEST_REASON)
    # better between two of its parts than within one
    clause = beginning.rpartition(",")[0] or beginning
    return f"{clause} …" if clause else ""


def waits_for_other(brief: Brief, name: str) -> bool:
    """Whether the action is done only if another one is skipped, of which that is not known yet."""
    other = brief.track.stand_ins.get(name)
    return other is not None and _status(brief, other) in (None, *OPEN)


def _status(brief: Brief, name: str) -> ReceiptStatus | None:
    receipt = brief.receipts.get(name)
    return receipt.status if receipt is not None else None


def _refused(brief: Brief) -> dict[str, str]:
    """What a service refused this person and another action stands in for: by action, in words."""
    return {
        name: f"no {_spoken(name)}: {receipt.note.rstrip('. ')}"
        for name in brief.track.stand_ins.values()
        if (receipt := brief.receipts.get(name)) is not None
        and receipt.status is ReceiptStatus.SKIPPED
        and receipt.tries
    }


def _verdict(brief: Brief) -> str:
    scoring = brief.decision.scoring
    moved = "Moved up to " if brief.moved_up else ""
    return f"{moved}{brief.track.title}{' ' if scoring.score else ', '}{scoring.label}"


def _outcomes(brief: Brief) -> list[str]:
    done = _done_words(brief)
    # what a reader wants to know first stands first
    known = [name for name in (*done, *sorted(brief.receipts.keys() - done)) if name in brief.receipts]
    names = [name for name in known if not waits_for_other(brief, name)]
    by_status = {
        status: [name for name in names if brief.receipts[name].status is status and name != "chat"]
        for status in ReceiptStatus
    }
    outcomes = [", ".join(done.get(name, f"{_spoken(name)} done") for name in by_status[ReceiptStatus.DONE])]
    for status, words in (
        (ReceiptStatus.PLANNED, "only planned"),
        (ReceiptStatus.WAITING, "still waiting, done by itself"),
        (ReceiptStatus.BEGUN, "looked up again by itself, its end is not known"),
        (ReceiptStatus.FAILED, "FAILED"),
    ):
        if by_status[status]:
            outcomes.append(f"{words}: {', '.join(map(_spoken, by_status[status]))}")
    outcomes += _refused(brief).values()
    return [outcome for outcome in outcomes if outcome]


def _done_words(brief: Brief) -> dict[str, str]:
    return {
        "draft": f"draft waits in {brief.playbook.connections.mail.connector}",
        "task": "task set",
        "calendar_hold": "slot held",
        "folder": "folder made",
        "sequence": f"enrolled in {brief.track.sequence}",
        "crm_contact": "contact saved",
    }


def _spoken(action: str) -> str:
    return action.replace("_", " ")
