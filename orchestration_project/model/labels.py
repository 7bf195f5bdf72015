"""Labels, which come after the decision: what a person said of it, and what became of the lead.

Where they are kept is `ledger/labels.py`; who learns from them is `history/`.
"""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field

from orchestration_project.model.common import Frozen, Ref


class OutcomeKind(StrEnum):
    WON = "won"
    LOST = "lost"
    NO_ANSWER = "no_answer"


class Outcome(Frozen):
    """What became of a lead, or of one deal with it."""

    ref: Ref
    kind: OutcomeKind
    at: AwareDatetime  # when it was won or lost
    value: Decimal | None = None
    currency: str | None = None  # ISO 4217
    origin: str  # who says so: csv, the name of a CRM connector, or person
    external_id: str = ""  # of the deal: a newer word on the same one takes the place of the older


class CorrectionKind(StrEnum):
    TRACK = "track"
    SCORE = "score"
    GENUINE = "genuine"  # it was set aside, and should not have been
    SPAM = "spam"  # it went through, and should not have
    TAKEN_BACK = "taken_back"  # what was said of it before no longer counts
    EDITED_DRAFT = "edited_draft"  # the draft was sent otherwise than it was written


class Correction(Frozen):
    """What a person said of a decision. (A `Verdict` is what the rules say of a submission.)"""

    ref: Ref
    kind: CorrectionKind
    track: str | None = None
    score: Annotated[int, Field(ge=0, le=10)] | None = None
    note: str = ""
    said_by: str = ""
