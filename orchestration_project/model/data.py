"""Of the data layer: from what a source delivered to the enriched lead record.

What is decided about a lead is in `decision`.
"""

from decimal import Decimal
from typing import Generic, Literal, TypeVar

from pydantic import AwareDatetime, Field

from orchestration_project.model.common import Frozen, JsonObject, Ref


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
    """Who wrote, as far as the form tells."""

    full_name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    email: str | None = None  # normalised; the case-folded form is the person's key
    phone: str | None = None  # E.164
    phone_extension: str | None = None  # to be dialled once somebody answers
    region: str | None = None  # ISO 3166 code of the phone number, where it tells
    time_zone: str | None = None  # IANA name, where phone or form tell it

    @property
    def parts(self) -> tuple[str, str] | None:
        """First and last name, where nothing of the name is in neither: a form that asked for the two, above
        all."""
        given, family = self.given_name or "", self.family_name or ""
        full = (self.full_name or "").replace(" ", "")
        whole = {part.replace(" ", "") for part in (given + family, family + given)}
        return (given, family) if given and family and full in whole else None

    @property
    def dialled(self) -> str | None:
        """The phone number with its extension, as people write it."""
        return (
            f"{self.phone} ext. {self.phone_extension}" if self.phone and self.phone_extension else self.phone
        )

    job_title: str | None = None


class Company(Frozen):
    """For whom they wrote, as far as the form tells; what others know of it is a CompanyProfile."""

    name: str | None = None
    domain: str | None = None  # registrable domain; None for free-mail and unknown
    website: str | None = None
    industry: str | None = None
    employees: int | None = None  # the lower end of what the form names


class Problem(Frozen):
    """Something about one field that a person may have to mend."""

    field: str
    code: Literal["missing", "invalid", "unclear", "too_long", "renamed", "ignored"]
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
    budget: Decimal | None = None  # a month, in the business's currency
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
    first_name: str | None = None  # the name in its two parts, where a CRM keeps it so
    last_name: str | None = None
    phone: str | None = None
    company: str | None = None
    website: str | None = None
    properties: dict[str, str] = Field(default_factory=dict)  # our own fields: lead_score, lead_ref …
    url: str | None = None
    remark: str = ""  # for the people in the CRM: how sure the link to a company is


class EarlierLead(Frozen):
    """A lead that came before this one and has something in common with it."""

    ref: Ref
    submitted_at: AwareDatetime
    stands: bool  # for its person: neither set aside, nor waiting for a person of ours, nor history


class Resemblance(Frozen):
    """What an earlier lead is to this one: of the same person, maybe of the same, of a colleague, or of
    somebody else who uses the same office's mailbox."""

    ref: Ref
    kind: Literal["same", "maybe", "colleague", "shared_mailbox"]
    why: tuple[str, ...]  # what they have in common, in words
    submitted_at: AwareDatetime
    stands: bool = False  # as of an EarlierLead
    repeated: bool = False  # all that this lead says was said there already


class Standing(Frozen):
    """Who this person already is to us."""

    kind: Literal["new", "same_person", "known_contact"]
    earlier_ref: Ref | None = None
    contact: Contact | None = None
    thread: tuple[Ref, ...] = ()  # what the same person wrote a short time before, the newest first
    repeats: Ref | None = None  # the one of those that said all of it already
    said_before: str = ""  # in those messages, the oldest first
    addresses: tuple[str, ...] = ()  # other spellings of their mailbox, under which the CRM may know them
    resembles: tuple[Resemblance, ...] = ()  # earlier leads, the nearest first


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


LookFailure = Literal["", "away", "refused", "set_up", "our_limit", "unusable"]
"""Why a look outside brought nothing: it is away or asks us to wait; it refuses our credential; something of
the account lacks, such as credits; we asked no more today; it answered, and that cannot be used."""


class Finding(Frozen, Generic[FoundT]):
    """One look outside: found, not found, could not ask, or not asked at all (and why)."""

    status: Literal["found", "not_found", "could_not_ask", "not_asked"]
    value: FoundT | None = None
    note: str = ""
    failure: LookFailure = ""  # of one that could not ask; empty: it was kept before this was noted


class Context(Frozen):
    """The enriched lead record: everything the decision layer may look at."""

    lead: Lead
    standing: Standing
    website: Finding[WebPage]
    company: Finding[CompanyProfile]
    held_back: bool = False  # nobody was asked: the submission alone told enough

    @property
    def ref(self) -> Ref:
        return self.lead.ref

    @property
    def words(self) -> str:
        """What the person wrote, with what they had written a short time before: "and it is urgent" alone
        tells of nothing."""
        return "\n\n".join(filter(None, (self.standing.said_before, self.lead.message)))
