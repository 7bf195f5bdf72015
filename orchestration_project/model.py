"""The frozen types that pass between the layers, in the order in which a lead meets them.

No behaviour that needs the outside world, no SQL and no dagster belongs here.
"""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Generic, Literal, NewType, Protocol, TypeVar, runtime_checkable

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

Ref = NewType("Ref", str)
"""The short public id of a lead, `L-` and ten letters; safe to log, tag and print."""


JsonObject = dict[str, JsonValue]


class Frozen(BaseModel):
    # what a person wrote must not turn up in an error message and from there in a log
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


# --- data layer ---------------------------------------------------------------------------------


class Submission(Frozen):
    """What a source delivered. The bytes stay in the ledger; `payload` is how they parse."""

    ref: Ref
    source: str
    external_id: str
    received_at: AwareDatetime
    payload: JsonObject


class Attribution(Frozen):
    """Where a visit came from (UTM parameters and the pages around them)."""

    source: str | None = None
    medium: str | None = None
    campaign: str | None = None
    term: str | None = None
    content: str | None = None
    referrer: str | None = None
    landing_page: str | None = None


class Person(Frozen):
    full_name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    email: str | None = None  # normalised; the case-folded form is the person's key
    phone: str | None = None  # E.164
    region: str | None = None  # ISO 3166 code of the phone number, where it tells
    time_zone: str | None = None  # IANA name, where phone or form tell it


class Company(Frozen):
    name: str | None = None
    domain: str | None = None  # registrable domain; None for free-mail and unknown
    website: str | None = None


class Problem(Frozen):
    """Something about one field that a person may have to mend."""

    field: str
    code: Literal["missing", "invalid", "too_long", "renamed", "ignored"]
    message: str


class Lead(Frozen):
    """A submission made regular."""

    ref: Ref
    source: str
    external_id: str
    submitted_at: AwareDatetime
    person: Person
    company: Company
    message: str = ""
    asked_service: str | None = None
    budget: Decimal | None = None  # in the business's currency
    consent: bool = False  # to marketing mail; a reply to an inquiry needs none
    language: str | None = None  # ISO 639-1, where the message is long enough to tell
    free_mail: bool = False
    honeypot_filled: bool = False
    attribution: Attribution = Attribution()
    first_touch: Attribution = Attribution()  # of the person, written once
    crm_contact_id: str | None = None  # set when the CRM itself is the source
    extra: dict[str, str] = Field(default_factory=dict)  # fields the playbook does not know
    problems: tuple[Problem, ...] = ()


class Contact(Frozen):
    """A person as a CRM knows them."""

    id: str
    email: str | None = None
    name: str | None = None
    phone: str | None = None
    company: str | None = None
    website: str | None = None
    properties: dict[str, str] = Field(default_factory=dict)  # our own fields: lead_score, lead_ref …
    url: str | None = None


class Standing(Frozen):
    """Who this person already is to us."""

    kind: Literal["new", "same_person", "known_contact"]
    earlier_ref: Ref | None = None
    contact: Contact | None = None


class WebPage(Frozen):
    """Text of a company's website, extracted; never its markup or its links."""

    url: str
    title: str | None = None
    text: str = ""


class CompanyProfile(Frozen):
    """What an enrichment service knows of a company."""

    name: str | None = None
    industry: str | None = None
    employees: int | None = None
    country: str | None = None
    description: str | None = None
    source: str


FoundT = TypeVar("FoundT", WebPage, CompanyProfile)


class Finding(Frozen, Generic[FoundT]):
    """One look outside: found, not found, could not ask, or not asked at all (and why)."""

    status: Literal["found", "not_found", "could_not_ask", "not_asked"]
    value: FoundT | None = None
    note: str = ""


class Context(Frozen):
    """The enriched lead record: everything the decision layer may look at."""

    lead: Lead
    standing: Standing
    website: Finding[WebPage]
    company: Finding[CompanyProfile]

    @property
    def ref(self) -> Ref:
        return self.lead.ref


# --- decision layer -----------------------------------------------------------------------------


class Reason(StrEnum):
    """Why a submission waits in quarantine."""

    MISSING_FIELD = "missing_field"
    INVALID_FIELD = "invalid_field"
    UNREADABLE = "unreadable"
    DUPLICATE = "duplicate"
    TEST = "test"
    SPAM = "spam"


class Verdict(Frozen):
    """May this lead go on? `reason` is None exactly when it may."""

    ref: Ref
    reason: Reason | None = None
    explanation: str = ""


class ScoreStatus(StrEnum):
    """`scored`, or why there is no score. No score is never 0."""

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


class Score(Frozen):
    value: Annotated[int, Field(ge=0, le=10)]
    service: str | None = None  # a name of the playbook's services
    category: str | None = None  # a name of the playbook's categories
    rationale: str
    evidence: tuple[str, ...] = ()  # quotes that occur in the submission
    confidence: Annotated[float, Field(ge=0, le=1)]
    opening: str = ""  # one personal sentence for the draft, no links


class Usage(Frozen):
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: Decimal | None = None  # None: the model has no price in the playbook


class Scoring(Frozen):
    """What a scorer answered: a score, or the status that says why there is none."""

    ref: Ref
    status: ScoreStatus
    score: Score | None = None
    explanation: str = ""
    scorer: str  # "offline", or the AI service
    model: str | None = None
    usage: Usage = Usage()


class Decision(Frozen):
    """Immutable. A lead can have many; re-scoring adds one and never changes one."""

    ref: Ref
    scoring: Scoring
    track: str
    why_track: str
    playbook_version: str
    decided_at: AwareDatetime


class Decided(Frozen):
    """A lead on its way to the action layer."""

    context: Context
    decision: Decision

    @property
    def ref(self) -> Ref:
        return self.context.lead.ref


# --- action layer -------------------------------------------------------------------------------


class ReceiptStatus(StrEnum):
    PLANNED = "planned"  # autonomy does not allow the act yet; nothing was written outside
    BEGUN = "begun"  # left by a crash: look before creating
    DONE = "done"
    SKIPPED = "skipped"  # a rule says that this lead does not get it; `note` says which
    FAILED = "failed"


class Written(Frozen):
    """What an action left in the outside world."""

    external_id: str
    url: str | None = None
    note: str = ""
    conflicts: tuple[str, ...] = ()  # fields that a person had changed and we left alone
    until: AwareDatetime | None = None  # when it is over, of what takes time


class NotDone(Frozen):
    """What an action answers that learned outside, and only there, that it should not act (yet)."""

    status: Literal[ReceiptStatus.PLANNED, ReceiptStatus.SKIPPED]
    note: str
    until: AwareDatetime | None = None  # when to look again


class Receipt(Frozen):
    """The record of one action for one lead; unique on (ref, action)."""

    ref: Ref
    action: str
    status: ReceiptStatus
    external_id: str | None = None
    url: str | None = None
    note: str = ""
    error: str | None = None
    conflicts: tuple[str, ...] = ()
    until: AwareDatetime | None = None  # when it is over; of what is planned, when to look again


# --- batches ------------------------------------------------------------------------------------


@runtime_checkable
class HasRef(Protocol):
    @property
    def ref(self) -> Ref: ...


ItemT_co = TypeVar("ItemT_co", bound=HasRef, covariant=True)


class Batch(Frozen, Generic[ItemT_co]):
    """The leads one run carries through an op, one item a lead: one on a quiet day, many in a burst."""

    # what it may hold is a protocol, which pydantic can only check with isinstance
    model_config = ConfigDict(arbitrary_types_allowed=True)

    items: tuple[ItemT_co, ...] = ()

    @property
    def refs(self) -> tuple[Ref, ...]:
        return tuple(item.ref for item in self.items)


class Clock(Protocol):
    """Tells the time, in UTC. Passed in wherever time matters, so that tests do not wait."""

    def __call__(self) -> datetime: ...
