"""The tables of history that are read from the ledger: their columns, in words and types.

No column holds a person: refs, features, dates and enumerations, never what somebody wrote.
"""

from orchestration_project.history.columns import (
    COST,
    DAY,
    DECIDED,
    DECISION,
    REF,
    SCORE,
    SOURCE,
    STATUS,
    VERSION,
    Column,
    HistoryTable,
    count,
    flag,
)
from orchestration_project.model import STATES, CorrectionKind, DoubtKind, OutcomeKind, Reason, ReceiptStatus

STANDINGS = ("new", "same_person", "known_contact")
FINDINGS = ("found", "not_found", "could_not_ask", "not_asked")

SUBMISSIONS = HistoryTable(
    "submissions",
    "What the sources delivered, and where each stands now.",
    ("ref",),
    (
        REF,
        DAY,
        SOURCE,
        Column("submitted_at", "moment", "when the person sent it, as far as the form tells", needed=True),
        Column("received_at", "moment", "when it reached the ledger", needed=True),
        count("bytes", "size of what was delivered first"),
        count("deliveries", "how often the source has delivered it"),
        count("revisions", "how often it came again with other content"),
        flag("readable", "it was made a lead of"),
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
        REF,
        DAY,
        SOURCE,
        Column("submitted_at", "moment", "when the person sent it", needed=True),
        count("hour", "of the day it was sent, on the business' clocks"),
        count("weekday", "it was sent on; 0 is Monday"),
        Column("region", "text", "ISO 3166 code of the phone number"),
        Column("time_zone", "text", "IANA name"),
        Column("language", "text", "ISO 639-1, where the message is long enough to tell"),
        flag("has_name", "a name was given"),
        flag("has_email", "a usable e-mail address was given"),
        flag("has_phone", "a usable phone number was given"),
        flag("has_company", "a company was named"),
        flag("has_domain", "the address or website is of a company's own domain"),
        flag("has_website", "a website was given"),
        flag("free_mail", "the address is of a free mail service"),
        Column("asked_service", "text", "a service of the playbook, or `other`"),
        Column("budget", "number", "in the business' currency"),
        flag("consent", "to marketing mail"),
        flag("honeypot", "the field that people do not see was filled in"),
        count("message_characters", "length of the message"),
        count("message_words", "words of the message"),
        count("extra_fields", "answers that no lead field takes"),
        count("problems", "fields with something to mend"),
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
        REF,
        DAY,
        Column("gathered_at", "moment", "when it was looked up", needed=True),
        Column("standing", "text", "who the person was to us", STANDINGS, needed=True),
        Column("website_status", "text", "what the look at the website brought", FINDINGS, needed=True),
        count("website_characters", "text that the website gave"),
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
        DECISION,
        REF,
        DAY,
        DECIDED,
        VERSION,
        Column("scorer", "text", "offline, or the AI service", needed=True),
        Column("model", "text", "the model that was asked"),
        STATUS,
        SCORE,
        Column("service", "text", "recommended, a name of the playbook's"),
        Column("category", "text", "a name of the playbook's"),
        Column("confidence", "number", "0-1, the scorer's own word"),
        count("evidence", "quotes that occur in the submission"),
        count("rationale_characters", "length of the reasons given"),
        count("input_tokens", "of the question"),
        count("output_tokens", "of the answer"),
        COST,
    ),
)
DECISIONS = HistoryTable(
    "decisions",
    "Where each lead was sent, by which rules. Decisions are never changed, only added.",
    ("decision_id",),
    (
        DECISION,
        REF,
        DAY,
        DECIDED,
        count("number", "1 is the lead's first decision"),
        flag("newest", "no later decision took its place"),
        VERSION,
        Column("track", "text", "where it sent the lead", needed=True),
        STATUS,
        SCORE,
        Column("service", "text", "recommended, a name of the playbook's"),
        Column("run_id", "text", "the run that decided", needed=True),
    ),
)
RECEIPTS = HistoryTable(
    "receipts",
    "What was done for each lead outside, one row an action.",
    ("ref", "action"),
    (
        REF,
        DAY,
        Column("action", "text", "one write to one outside system", needed=True),
        Column(
            "status", "text", "how far it is", tuple(status.value for status in ReceiptStatus), needed=True
        ),
        Column("begun_at", "moment", "when it was begun last"),
        Column("changed_at", "moment", "when its status changed last", needed=True),
        Column("until", "moment", "when it is over, of what takes time; when the mail went, of sent_mail"),
        count("tries", "times it was begun"),
        flag("unsure", "a try of it ended nobody knows how"),
        count("conflicts", "fields a person had changed, which were left alone"),
    ),
)
VERDICTS = HistoryTable(
    "verdicts",
    "What people said of decisions: the corrections to learn from.",
    ("verdict_id",),
    (
        Column("verdict_id", "integer", "number of the verdict in the ledger", needed=True),
        REF,
        DAY,
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
        flag("newest", "no later verdict of the same kind took its place"),
    ),
)
OUTCOMES = HistoryTable(
    "outcomes",
    "What became of the leads: one row each, as soon as it is known.",
    ("ref",),
    (
        REF,
        DAY,
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
        count("deals", "that were closed either way"),
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
