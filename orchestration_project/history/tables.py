"""The tables of history: their columns, in words and types. The only list of them.

No pandas here: `frames.py` makes pandera schemas of it, `assets.py` what the UI shows. No column holds a
person: refs, features, dates and enumerations, never what somebody wrote.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from orchestration_project.model import (
    STATES,
    CorrectionKind,
    DoubtKind,
    OutcomeKind,
    Reason,
    ReceiptStatus,
    ScoreStatus,
)

Kind = Literal["text", "integer", "number", "flag", "moment", "day"]
"""In pandas: str, Int64, float64, boolean, datetime64[us, UTC] and datetime64[us]. Any may be missing."""


@dataclass(frozen=True)
class Column:
    """`allowed`: all that it can hold, where that is known. `needed`: it is never missing."""

    name: str
    kind: Kind
    about: str
    allowed: tuple[str, ...] = ()
    needed: bool = False


@dataclass(frozen=True)
class HistoryTable:
    """`key`: the columns that tell its rows apart."""

    name: str
    about: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


STANDINGS = ("new", "same_person", "known_contact")
FINDINGS = ("found", "not_found", "could_not_ask", "not_asked")

_REF = Column("ref", "text", "the lead's public id; `leads show REF` tells its story", needed=True)
_DAY = Column("day", "day", "the partition: when it was submitted, in the business' time zone", needed=True)
_SOURCE = Column("source", "text", "the form source, as connections.yaml calls it", needed=True)
_DECISION = Column("decision_id", "integer", "number of the decision in the ledger", needed=True)
_DECIDED = Column("decided_at", "moment", "when it was decided", needed=True)
_VERSION = Column("playbook_version", "text", "the rules it was decided by", needed=True)
_TRACK = Column("track", "text", "where the newest decision sends the lead")
_STATUS = Column(
    "score_status",
    "text",
    "`scored`, or why there is no score of the AI",
    tuple(status.value for status in ScoreStatus),
    needed=True,
)
_SCORE = Column("score", "integer", "0-10; missing where there is none")
_COST = Column("cost_usd", "number", "US dollars; missing where the model has no price")


def _count(name: str, about: str) -> Column:
    return Column(name, "integer", about, needed=True)


def _flag(name: str, about: str) -> Column:
    return Column(name, "flag", about, needed=True)


SUBMISSIONS = HistoryTable(
    "submissions",
    "What the sources delivered, and where each stands now.",
    ("ref",),
    (
        _REF,
        _DAY,
        _SOURCE,
        Column("submitted_at", "moment", "when the person sent it, as far as the form tells", needed=True),
        Column("received_at", "moment", "when it reached the ledger", needed=True),
        _count("bytes", "size of what was delivered first"),
        _count("deliveries", "how often the source has delivered it"),
        _count("revisions", "how often it came again with other content"),
        _flag("readable", "it was made a lead of"),
        Column("state", "text", "where the lead stands", STATES, needed=True),
        Column(
            "reason",
            "text",
            "why it is in quarantine, or to be checked",
            tuple(why.value for why in (*Reason, *DoubtKind)),
        ),
        Column("finished_at", "moment", "when nothing more was to be done"),
    ),
)
LEADS = HistoryTable(
    "leads",
    "Submissions made regular: what was known when they were sent, without the person.",
    ("ref",),
    (
        _REF,
        _DAY,
        _SOURCE,
        Column("submitted_at", "moment", "when the person sent it", needed=True),
        _count("hour", "of the day it was sent, on the business' clocks"),
        _count("weekday", "it was sent on; 0 is Monday"),
        Column("region", "text", "ISO 3166 code of the phone number"),
        Column("time_zone", "text", "IANA name"),
        Column("language", "text", "ISO 639-1, where the message is long enough to tell"),
        _flag("has_name", "a name was given"),
        _flag("has_email", "a usable e-mail address was given"),
        _flag("has_phone", "a usable phone number was given"),
        _flag("has_company", "a company was named"),
        _flag("has_domain", "the address or website is of a company's own domain"),
        _flag("has_website", "a website was given"),
        _flag("free_mail", "the address is of a free mail service"),
        Column("asked_service", "text", "a service of the playbook, or `other`"),
        Column("budget", "number", "in the business' currency"),
        _flag("consent", "to marketing mail"),
        _flag("honeypot", "the field that people do not see was filled in"),
        _count("message_characters", "length of the message"),
        _count("message_words", "words of the message"),
        _count("extra_fields", "answers that no lead field takes"),
        _count("problems", "fields with something to mend"),
        Column("utm_source", "text", "where the visit came from"),
        Column("utm_medium", "text", "by what kind of link"),
        Column("utm_campaign", "text", "in which campaign"),
        Column("referrer", "text", "host of the page before"),
        Column("first_source", "text", "utm_source of the person's first visit"),
        Column("first_medium", "text", "utm_medium of the person's first visit"),
        Column("first_campaign", "text", "utm_campaign of the person's first visit"),
    ),
)
LEAD_CONTEXTS = HistoryTable(
    "lead_contexts",
    "What was found out about each lead beside its form; what a score is made from.",
    ("ref",),
    (
        _REF,
        _DAY,
        Column("gathered_at", "moment", "when it was looked up", needed=True),
        Column("standing", "text", "who the person was to us", STANDINGS, needed=True),
        Column("website_status", "text", "what the look at the website brought", FINDINGS, needed=True),
        _count("website_characters", "text that the website gave"),
        Column("company_status", "text", "what the company look-up brought", FINDINGS, needed=True),
        Column("company_source", "text", "the service that knew the company"),
        Column("company_industry", "text", "as that service calls it"),
        Column("company_employees", "integer", "as that service counts"),
        Column("company_country", "text", "as that service writes it"),
    ),
)
LEAD_SCORES = HistoryTable(
    "lead_scores",
    "What each scorer answered, one row a decision.",
    ("decision_id",),
    (
        _DECISION,
        _REF,
        _DAY,
        _DECIDED,
        _VERSION,
        Column("scorer", "text", "offline, or the AI service", needed=True),
        Column("model", "text", "the model that was asked"),
        _STATUS,
        _SCORE,
        Column("service", "text", "recommended, a name of the playbook's"),
        Column("category", "text", "a name of the playbook's"),
        Column("confidence", "number", "0-1, the scorer's own word"),
        _count("evidence", "quotes that occur in the submission"),
        _count("rationale_characters", "length of the reasons given"),
        _count("input_tokens", "of the question"),
        _count("output_tokens", "of the answer"),
        _COST,
    ),
)
DECISIONS = HistoryTable(
    "decisions",
    "Where each lead was sent, by which rules. Decisions are never changed, only added.",
    ("decision_id",),
    (
        _DECISION,
        _REF,
        _DAY,
        _DECIDED,
        _count("number", "1 is the lead's first decision"),
        _flag("newest", "no later decision took its place"),
        _VERSION,
        Column("track", "text", "where it sent the lead", needed=True),
        _STATUS,
        _SCORE,
        Column("service", "text", "recommended, a name of the playbook's"),
        Column("run_id", "text", "the run that decided", needed=True),
    ),
)
RECEIPTS = HistoryTable(
    "receipts",
    "What was done for each lead outside, one row an action.",
    ("ref", "action"),
    (
        _REF,
        _DAY,
        Column("action", "text", "one write to one outside system", needed=True),
        Column(
            "status", "text", "how far it is", tuple(status.value for status in ReceiptStatus), needed=True
        ),
        Column("begun_at", "moment", "when it was begun last"),
        Column("changed_at", "moment", "when its status changed last", needed=True),
        Column("until", "moment", "when it is over, of what takes time; when the mail went, of sent_mail"),
        _count("tries", "times it was begun"),
        _flag("unsure", "a try of it ended nobody knows how"),
        _count("conflicts", "fields a person had changed, which were left alone"),
    ),
)
VERDICTS = HistoryTable(
    "verdicts",
    "What people said of decisions: the corrections to learn from.",
    ("verdict_id",),
    (
        Column("verdict_id", "integer", "number of the verdict in the ledger", needed=True),
        _REF,
        _DAY,
        Column("said_at", "moment", "when somebody said so", needed=True),
        Column(
            "kind",
            "text",
            "what was said something of",
            tuple(each.value for each in CorrectionKind),
            needed=True,
        ),
        Column("track", "text", "the right track, of kind `track`"),
        Column("score", "integer", "the right score, of kind `score`"),
        Column("decision_id", "integer", "the decision it speaks of; missing where there was none"),
        _flag("newest", "no later verdict of the same kind took its place"),
    ),
)
OUTCOMES = HistoryTable(
    "outcomes",
    "What became of the leads: one row each, as soon as it is known.",
    ("ref",),
    (
        _REF,
        _DAY,
        Column(
            "outcome",
            "text",
            "won if any deal was won; else the newest word",
            tuple(each.value for each in OutcomeKind),
            needed=True,
        ),
        Column("at", "moment", "when it was won or lost", needed=True),
        Column("known_at", "moment", "when the ledger learned of it", needed=True),
        Column("value", "number", "of the won deals, in `currency`"),
        Column("currency", "text", "ISO 4217"),
        _count("deals", "that were closed either way"),
        Column("origin", "text", "who said so: csv, hubspot, pipedrive, person", needed=True),
    ),
)
LEDGER_TABLES: tuple[HistoryTable, ...] = (
    SUBMISSIONS,
    LEADS,
    LEAD_CONTEXTS,
    LEAD_SCORES,
    DECISIONS,
    RECEIPTS,
    VERDICTS,
    OUTCOMES,
)
"""What is read from the ledger, in the order a lead goes through them."""

FUNNEL = HistoryTable(
    "funnel",
    "How many leads got how far, by source and track.",
    ("day", "source", "track"),
    (
        _DAY,
        _SOURCE,
        Column("track", "text", "of the newest decision; missing where there was none"),
        _count("submitted", "submissions"),
        _count("genuine", "of them, not in quarantine"),
        _count("decided", "of them, with a decision"),
        _count("acted", "of them, with at least one action done"),
        _count("drafted", "of them, with a first mail drafted"),
        _count("sent", "of them, whose draft a person has sent"),
        _count("won", "of them, won"),
        _count("lost", "of them, lost"),
        _count("no_answer", "of them, who did not answer"),
        Column("value", "number", "of what was won", needed=True),
    ),
)
SPEED_TO_LEAD = HistoryTable(
    "speed_to_lead",
    "How long each lead waited: from the form to the decision, the draft and the sent mail, in seconds.",
    ("ref",),
    (
        _REF,
        _DAY,
        _SOURCE,
        _TRACK,
        Column("received_seconds", "number", "from the form to the ledger", needed=True),
        Column("decided_seconds", "number", "from the form to the first decision"),
        Column("drafted_seconds", "number", "from the form to the draft"),
        Column("sent_seconds", "number", "from the form to the mail that a person sent"),
    ),
)
SOURCE_QUALITY = HistoryTable(
    "source_quality",
    "What each source is worth: how many of its leads are genuine, score high and are won.",
    ("day", "source", "utm_source"),
    (
        _DAY,
        _SOURCE,
        Column("utm_source", "text", "where the visit came from"),
        _count("submitted", "submissions"),
        _count("spam", "of them, spam"),
        _count("duplicates", "of them, duplicates"),
        _count("scored", "of them, with a score"),
        _count("score_sum", "of their newest scores, to take means of"),
        _count("high", "of them, with a score of 8 or more"),
        _count("won", "of them, won"),
        _count("lost", "of them, lost"),
        Column("value", "number", "of what was won", needed=True),
    ),
)
AI_COSTS = HistoryTable(
    "ai_costs",
    "What the AI has cost, by day and model.",
    ("day", "model"),
    (
        Column("day", "day", "the day it was asked, in the business' time zone", needed=True),
        Column("model", "text", "the model that was asked", needed=True),
        _count("answers", "that were paid for"),
        _count("input_tokens", "of the questions"),
        _count("output_tokens", "of the answers"),
        Column("cost_usd", "number", "US dollars; answers without a price count nothing", needed=True),
        _count("unpriced", "answers of a model that has no price in the playbook"),
    ),
)
DERIVED_TABLES: tuple[HistoryTable, ...] = (FUNNEL, SPEED_TO_LEAD, SOURCE_QUALITY, AI_COSTS)
TABLES = MappingProxyType({table.name: table for table in (*LEDGER_TABLES, *DERIVED_TABLES)})
