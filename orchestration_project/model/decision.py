"""Of the decision layer: verdict, score, and the decision that carries a lead on.

What was then done for the lead is in `action`.
"""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field

from orchestration_project.model.common import Frozen, Ref
from orchestration_project.model.data import Context


class Reason(StrEnum):
    """Why a submission waits in quarantine."""

    MISSING_FIELD = "missing_field"
    INVALID_FIELD = "invalid_field"
    UNREADABLE = "unreadable"
    DUPLICATE = "duplicate"
    TEST = "test"
    SPAM = "spam"


class DoubtKind(StrEnum):
    """Why a lead is to be checked by a person."""

    MAYBE_SPAM = "maybe_spam"
    NO_INQUIRY = "no_inquiry"  # of a category that a person looks at, such as a complaint
    MAYBE_SAME = "maybe_same"  # somebody who has written before, perhaps
    ORDERS = "orders"  # it tells a model what to do
    DISAGREEMENT = "disagreement"  # model and scorecard are far apart
    EVIDENCE = "evidence"  # what the score rests on does not hold
    TRUST = "trust"  # a high score, and little that speaks for the sender
    UNSTABLE = "unstable"  # asked again, the model says something else
    BORDERLINE = "borderline"  # between two tracks


class Doubt(Frozen):
    kind: DoubtKind
    says: str  # what was seen, in a sentence or more


class Verdict(Frozen):
    """May this lead go on? It may where there is neither a reason against it nor a doubt."""

    ref: Ref
    reason: Reason | None = None
    explanation: str = ""
    doubts: tuple[Doubt, ...] = ()


class ScoreStatus(StrEnum):
    """`scored`, or why there is no score of the AI. No score is never 0."""

    SCORED = "scored"
    REFUSED = "refused"
    MALFORMED = "malformed"
    OFF_SCALE = "off_scale"
    UNSUPPORTED = "unsupported"  # none of the evidence occurs in the submission
    TIMEOUT = "timeout"
    RATE_LIMITED = "rate_limited"
    UNAUTHORISED = "unauthorised"
    UNAVAILABLE = "unavailable"
    OVER_BUDGET = "over_budget"
    FAILED = "failed"  # the service refuses this very question, and will not get better by itself


AI_AWAY = frozenset(
    {
        ScoreStatus.TIMEOUT,
        ScoreStatus.RATE_LIMITED,
        ScoreStatus.UNAUTHORISED,
        ScoreStatus.UNAVAILABLE,
    }
)
"""No score because the AI was away: once it is back, the lead is scored again."""
FALLBACK = AI_AWAY | {ScoreStatus.OVER_BUDGET}
"""The AI was not heard: it was away, or the day's money was spent."""


class Score(Frozen):
    """How well the lead fits, and why: the answer of a scorer, clamped to the playbook."""

    value: Annotated[int, Field(ge=0, le=10)]
    service: str | None = None  # a name of the playbook's services
    category: str | None = None  # a name of the playbook's categories
    rationale: str
    evidence: tuple[str, ...] = ()  # quotes that occur in the submission
    confidence: Annotated[float, Field(ge=0, le=1)]
    opening: str = ""  # one personal sentence for the draft, no links
    agreed_with: Annotated[float, Field(ge=0, le=1)] | None = None
    """How often people have agreed with decisions of such a confidence; None: they have said too little."""
    labels: int = 0  # decisions that they have spoken of


class Curve(Frozen):
    """How often people agree with the model, by its confidence: straight lines between points."""

    points: tuple[tuple[float, float], ...]
    labels: int

    def at(self, confidence: float) -> float:
        (low, share), *rest = self.points
        for high, next_share in rest:
            if confidence <= high:
                part = (max(confidence, low) - low) / (high - low) if high > low else 1.0
                return share + (next_share - share) * part
            low, share = high, next_share
        return share


class Usage(Frozen):
    """What a question to a model took: tokens, and US dollars."""

    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: Decimal | None = None  # None: the model has no price in the playbook


def dollars(amount: Decimal) -> str:
    """`$5.00`, and of what is less than a dollar `$0.0009`: a question costs a fraction of a cent."""
    return f"${amount:.2f}" if amount >= 1 or amount == 0 else f"${amount:.4f}"


class Scoring(Frozen):
    """What a scorer answered: a score, or the status that says why there is none of the AI. Where the
    playbook says so, and above its daily limit, the scorecard's score then stands in its place."""

    ref: Ref
    status: ScoreStatus
    score: Score | None = None
    explanation: str = ""
    scorer: str  # "offline", or the AI service
    model: str | None = None
    usage: Usage = Usage()

    @property
    def by_model(self) -> bool:
        """Whether the score is a language model's, and not the scorecard's."""
        return self.score is not None and self.status is ScoreStatus.SCORED and self.scorer != "offline"

    @property
    def label(self) -> str:
        """`8/10`, `8/10 by the scorecard` or `no score (rate limited)`."""
        if self.score is None:
            return f"no score ({self.status.value.replace('_', ' ')})"
        by = "" if self.status is ScoreStatus.SCORED else " by the scorecard"
        return f"{self.score.value}/10{by}"


class Decision(Frozen):
    """Immutable. A lead can have many; re-scoring adds one and never changes one."""

    ref: Ref
    scoring: Scoring
    track: str
    why_track: str
    playbook_version: str
    decided_at: AwareDatetime
    doubts: tuple[Doubt, ...] = ()  # for which it waits until a person has looked


class Decided(Frozen):
    """A lead on its way to the action layer."""

    context: Context
    decision: Decision

    @property
    def ref(self) -> Ref:
        return self.context.lead.ref
