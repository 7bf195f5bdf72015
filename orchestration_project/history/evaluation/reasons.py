"""Is the reason a reason? The quoted evidence is taken out of the lead, and it is scored again.

Whether a quote occurs at all is checked with every score (`decision/evidence.py`); here it has to matter.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from orchestration_project.decision.route import HIGHEST, LOWEST
from orchestration_project.decision.scorer import Scorer
from orchestration_project.history.evaluation.trying import SIDE_BY_SIDE, Tried, try_all
from orchestration_project.model import Context, Frozen, Ref
from orchestration_project.playbook.model import Playbook

_WORD = re.compile(r"\w+")


class Reason(Frozen):
    """What became of one lead without the words that were quoted for its score."""

    ref: Ref
    kind: Literal["supported", "unsupported", "at_the_end", "not_quoted", "no_score"]
    before: int | None
    after: int | None = None

    @property
    def shift(self) -> int | None:
        return None if self.before is None or self.after is None else self.after - self.before


class Reasons(Frozen):
    """How many rationales hold. `at_the_end`: nothing changed, but a score of 0 or 10 can hide a change."""

    leads: int
    supported: int
    unsupported: int
    at_the_end: int
    not_quoted: int
    no_score: int
    each: tuple[Reason, ...]

    @property
    def unsupported_share(self) -> float:
        """Of those that could be told."""
        told = self.supported + self.unsupported
        return self.unsupported / told if told else 0.0


async def check_reasons(
    scorer: Scorer,
    contexts: Sequence[Context],
    playbook: Playbook,
    now: datetime,
    *,
    side_by_side: int = SIDE_BY_SIDE,
) -> Reasons:
    """Scores each lead as it is and without its evidence: twice as many questions as leads, at most. A
    rationale is unsupported when score, service, category and track are what they were before."""
    before = await try_all(scorer, contexts, playbook, now, side_by_side=side_by_side)
    quoted = [number for number, tried in enumerate(before) if _quotes(tried)]
    bare = [without_quotes(contexts[number], _quotes(before[number])) for number in quoted]
    after = await try_all(scorer, bare, playbook, now, side_by_side=side_by_side)
    again = dict(zip(quoted, after, strict=True))
    each = tuple(_reason(tried, again.get(number)) for number, tried in enumerate(before))

    def count(kind: str) -> int:
        return sum(reason.kind == kind for reason in each)

    return Reasons(
        leads=len(each),
        supported=count("supported"),
        unsupported=count("unsupported"),
        at_the_end=count("at_the_end"),
        not_quoted=count("not_quoted"),
        no_score=count("no_score"),
        each=each,
    )


def without_quotes(context: Context, quotes: Sequence[str]) -> Context:
    """The context without these words, wherever they stand in what the person wrote or chose. Words are
    compared, not what is between them, just as a quote is found."""
    lead = context.lead
    patterns = [
        re.compile(r"\b" + r"\W+".join(map(re.escape, words)) + r"\b", re.IGNORECASE)
        for quote in quotes
        if (words := _WORD.findall(quote))
    ]

    def bare(text: str) -> str:
        for pattern in patterns:
            text = pattern.sub(" ", text)
        return text

    def bare_or_none(text: str | None) -> str | None:
        return (bare(text).strip() or None) if text else text

    changed = lead.model_copy(
        update={
            "message": bare(lead.message),
            "asked_service": bare_or_none(lead.asked_service),
            "company": lead.company.model_copy(update={"name": bare_or_none(lead.company.name)}),
            "extra": {key: bare(text) for key, text in lead.extra.items()},
        }
    )
    return context.model_copy(update={"lead": changed})


def _quotes(tried: Tried) -> tuple[str, ...]:
    return tried.scoring.score.evidence if tried.scoring.score else ()


def _reason(before: Tried, after: Tried | None) -> Reason:
    if before.value is None:
        return Reason(ref=before.ref, kind="no_score", before=None)
    if after is None:
        return Reason(ref=before.ref, kind="not_quoted", before=before.value)
    if after.value is None:
        return Reason(ref=before.ref, kind="no_score", before=before.value)
    kind = "supported" if _said(before) != _said(after) else "unsupported"
    if kind == "unsupported" and before.value in {LOWEST, HIGHEST}:
        kind = "at_the_end"
    return Reason(ref=before.ref, kind=kind, before=before.value, after=after.value)


def _said(tried: Tried) -> tuple[int | None, str | None, str | None, str]:
    score = tried.scoring.score
    return (
        tried.value,
        score.service if score else None,
        score.category if score else None,
        tried.track,
    )
