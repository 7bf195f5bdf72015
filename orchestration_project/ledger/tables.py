"""The ledger's tables, as the newest migration leaves them. Queries are in the modules beside this one.

`migrations/` changes a database; this file only describes it. A test holds the two against each other.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    Sequence,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

SCHEMA = "leads"
metadata = MetaData(schema=SCHEMA)


def _moment(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


def _lead(*, primary_key: bool = False) -> Column[int]:
    return Column(
        "lead_id",
        Integer,
        ForeignKey(f"{SCHEMA}.submissions.id", ondelete="CASCADE"),
        nullable=False,
        primary_key=primary_key,
    )


WORDS = text("leads.words(value)")
"""Of a fact of the kind Lead: the words by which a person looks for it. Cut, as a tsvector has a limit."""

NO_SCORE = -1
"""Of a lead without a score, where leads are sorted by it; 0 is a score."""

lease_numbers = Sequence("lease", metadata=metadata, data_type=BigInteger)
"""Each start of a run's work on leads gets the next one."""

submissions = Table(
    "submissions",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("ref", Text, nullable=False, unique=True),
    Column("source", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("variant", Text, nullable=False, server_default="", comment="tells people of one id apart"),
    Column("content", Text, nullable=False, comment="SHA-256 of the bytes"),
    Column("raw", LargeBinary, nullable=False),
    _moment("received_at"),
    Column("deliveries", Integer, nullable=False, server_default=text("1")),
    UniqueConstraint("source", "external_id", "variant"),
    Index("ix_submissions_received", "received_at", "id"),
    Index("ix_submissions_source", "source", "received_at", "id"),
    comment="What a source delivered, byte for byte. Never changed, only counted when it comes again.",
)

revisions = Table(
    "revisions",
    metadata,
    _lead(primary_key=True),
    Column("number", Integer, primary_key=True, comment="1 is the first after what was delivered first"),
    Column("raw", LargeBinary, nullable=False),
    Column("content", Text, nullable=False, comment="SHA-256 of the bytes"),
    _moment("received_at"),
    Column(
        "kind",
        Text,
        nullable=False,
        server_default="unread",
        comment="unread, same (says nothing new), newer (takes the place of what came before) or other "
        "(of another person, who has a lead of their own)",
    ),
    Index("ix_revisions_unread", "lead_id", postgresql_where=text("kind = 'unread'")),
    comment="The same id again with other content. The bytes are kept before anybody reads them.",
)

work = Table(
    "work",
    metadata,
    _lead(primary_key=True),
    Column("state", Text, nullable=False),
    Column("lease", BigInteger, nullable=False, server_default=text("0")),
    Column("run_id", Text, comment="of the run that took it last"),
    Column("holder", Text, comment="the process of that run; see process.py"),
    _moment("claimed_at", nullable=True),
    _moment("started_at", nullable=True),
    Column(
        "served_since",
        DateTime(timezone=True),
        comment="when the database server was started under which its run took it",
    ),
    _moment("try_at", nullable=True),
    Column("waiting_for", Text, comment="the connection that is away; without try_at until it is back"),
    _moment("waiting_since", nullable=True),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    Column("faults", Integer, nullable=False, server_default=text("0"), comment="mistakes of ours it met"),
    Column("deaths", Integer, nullable=False, server_default=text("0"), comment="runs that died of it alone"),
    Column("company", Integer, comment="of a suspect: with so many others at most it goes again"),
    Column("track", Text),
    Column("rank", Integer, comment="of the track in the playbook; 0 is the first"),
    Column("score", Integer, comment="of its newest decision"),
    Column("score_status", Text),
    Column("rescore", Boolean, nullable=False, server_default=false(), comment="once the AI is back"),
    Column("reason", Text),
    Column("explanation", Text, nullable=False, server_default=""),
    Column("attention", Text, nullable=False, server_default="", comment="for a person; stops nothing"),
    Column("person_key", Text, comment="case-folded e-mail address, once it is known"),
    _moment("submitted_at"),
    Column("duplicate_of", Integer, ForeignKey(f"{SCHEMA}.submissions.id", ondelete="SET NULL")),
    Column("released", Boolean, nullable=False, server_default=false()),
    Column("told_at", DateTime(timezone=True), comment="when the chat said that it is to be checked"),
    _moment("changed_at"),
    _moment("finished_at", nullable=True),
    Index("ix_work_open", "lead_id", postgresql_where=text("state IN ('received', 'waiting', 'running')")),
    Index("ix_work_run", "run_id"),
    Index("ix_work_person", "person_key", "submitted_at"),
    Index("ix_work_submitted", "submitted_at"),
    Index("ix_work_state", "state", "lead_id"),
    Index("ix_work_track", "track", "lead_id"),
    Index("ix_work_score", text("coalesce(score, -1)"), "lead_id"),
    Index("ix_work_score_status", "score_status", "lead_id"),
    Index("ix_work_look", "lead_id", postgresql_where=text("attention <> ''")),
    comment="Where each lead stands: one row, one lease, one clock.",
)

connections = Table(
    "connections",
    metadata,
    Column("name", Text, primary_key=True, comment="a line of connections.yaml, or playbook"),
    Column("state", Text, nullable=False, comment="closed, open or half_open"),
    Column("why", Text, nullable=False, server_default="", comment="down, limited, refused or set_up"),
    Column("said", Text, nullable=False, server_default="", comment="what the service answered last"),
    _moment("since", nullable=True),
    _moment("next_probe", nullable=True),
    _moment("closed_at", nullable=True),
    Column("failures", Integer, nullable=False, server_default=text("0"), comment="in a row"),
    Column("failed_ref", Text, comment="the lead of the first of these failures"),
    Column("probes", Integer, nullable=False, server_default=text("0")),
    Column("version", Text, comment="of the playbook that did not cover a lead"),
    comment="Whether each connection works, for all processes together.",
)

sources = Table(
    "sources",
    metadata,
    Column("name", Text, primary_key=True),
    Column("cursor", Text),
    _moment("read_at"),
    comment="How far each source has been read; moved together with what was read.",
)

journal = Table(
    "journal",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    _lead(),
    _moment("at"),
    Column("event", Text, nullable=False),
    Column("detail", Text, nullable=False, server_default=""),
    Column("run_id", Text),
    Index("ix_journal_lead", "lead_id", "id"),
    comment="The story of each lead, in order of time; written with the change it tells of.",
)

facts = Table(
    "facts",
    metadata,
    _lead(primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("run_id", Text),
    Column("value", JSONB, nullable=False),
    _moment("at"),
    Index("ix_facts_words", WORDS, postgresql_using="gin", postgresql_where=text("kind = 'Lead'")),
    comment="What a run has found out about a lead, once a kind; what ops and re-scoring read.",
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    _lead(),
    Column("run_id", Text, nullable=False),
    _moment("decided_at"),
    Column("playbook_version", Text, nullable=False),
    Column("scorer", Text, nullable=False),
    Column("model", Text),
    Column("score_status", Text, nullable=False),
    Column("score", Integer),
    Column("service", Text),
    Column("track", Text, nullable=False),
    Column("cost_usd", Numeric),
    Column("decision", JSONB, nullable=False),
    UniqueConstraint("lead_id", "run_id"),
    Index("ix_decisions_time", "decided_at"),
    comment="Immutable. Re-scoring adds rows.",
)

playbook_versions = Table(
    "playbook_versions",
    metadata,
    Column("version", Text, primary_key=True),
    Column("file", Text, primary_key=True, comment="as it was called in the playbook folder"),
    Column("content", LargeBinary, nullable=False),
    _moment("kept_at"),
    comment="The files of every playbook that ever decided something, byte for byte.",
)

verdicts = Table(
    "verdicts",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    _lead(),
    _moment("said_at"),
    Column("said_by", Text, nullable=False, server_default="", comment="who of us, as far as known"),
    Column("kind", Text, nullable=False, comment="track, score, genuine, spam or edited_draft"),
    Column("track", Text),
    Column("score", Integer),
    Column("note", Text, nullable=False, server_default=""),
    Column("decision_id", BigInteger, comment="the newest decision at that time"),
    Index("ix_verdicts_lead", "lead_id"),
    comment="What people said of decisions; added, never changed.",
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    _lead(),
    Column("origin", Text, nullable=False, comment="who says so: csv, a CRM, or person"),
    Column("external_id", Text, nullable=False, server_default="", comment="of the deal, where it has one"),
    Column("outcome", Text, nullable=False, comment="won, lost or no_answer"),
    _moment("at"),
    Column("value", Numeric, comment="of the deal, in its currency"),
    Column("currency", Text),
    _moment("recorded_at"),
    UniqueConstraint("lead_id", "origin", "external_id"),
    comment="What became of leads, as it becomes known; one row a deal, the newest word on it.",
)

rescored = Table(
    "rescored",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    _lead(),
    _moment("decided_at"),
    Column("playbook_version", Text, nullable=False),
    Column("scorer", Text, nullable=False),
    Column("model", Text),
    Column("attempt", Integer, nullable=False, server_default=text("0")),
    Column("score_status", Text, nullable=False),
    Column("score", Integer),
    Column("service", Text),
    Column("track", Text, nullable=False),
    Column("cost_usd", Numeric),
    Column("seconds", Double, nullable=False, comment="from question to answer"),
    Column("decision", JSONB, nullable=False),
    UniqueConstraint("playbook_version", "scorer", "attempt", "lead_id"),
    comment="What rules that are not live would have decided. Nothing acts on it.",
)

_NO_TEXTS = text("'{}'")
releases = Table(
    "releases",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    _moment("at"),
    Column("kind", Text, nullable=False, comment="promoted or rolled back"),
    Column("name", Text, nullable=False, comment="of the candidate, or the version"),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("changes", ARRAY(Text), nullable=False, server_default=_NO_TEXTS),
    Column("objections", ARRAY(Text), nullable=False, server_default=_NO_TEXTS),
    Column("why", Text, nullable=False, server_default=""),
    Column("who", Text, nullable=False),
    comment="Which rules went live when, by whom, and what that changed. Added, never changed.",
)

receipts = Table(
    "receipts",
    metadata,
    _lead(primary_key=True),
    Column("action", Text, primary_key=True),
    Column("status", Text, nullable=False),
    Column("external_id", Text),
    Column("url", Text),
    Column("note", Text, nullable=False, server_default=""),
    Column("error", Text),
    Column("conflicts", JSONB, nullable=False, server_default=text("'[]'")),
    Column("lease", BigInteger, nullable=False, server_default=text("0"), comment="of who wrote it last"),
    Column("tries", Integer, nullable=False, server_default=text("0"), comment="times it was begun"),
    _moment("begun_at", nullable=True),
    Column("settles", Double, nullable=False, server_default=text("0"), comment="seconds; see clear_at"),
    _moment("clear_at", nullable=True),
    Column("unsure", Boolean, nullable=False, server_default=false(), comment="begun once, end unknown"),
    _moment("try_at", nullable=True),
    Column("waiting_for", Text, comment="a connection, or the playbook; then without a time"),
    Column("memo", Text, comment="what the action wants to know of it later"),
    Column(
        "shares",
        ARRAY(Text),
        nullable=False,
        server_default=text("'{}'"),
        comment="what it has in common with other leads: the person, the company, the calendar",
    ),
    _moment("look_again_at", nullable=True),
    _moment("changed_at"),
    _moment("until", nullable=True),
    Index("ix_receipts_planned", "lead_id", postgresql_where=text("status = 'planned'")),
    Index("ix_receipts_unclear", "clear_at", postgresql_where=text("status <> 'done'")),
    Index("ix_receipts_look_again", "look_again_at", postgresql_where=text("look_again_at IS NOT NULL")),
    comment="One row an action of a lead: planned, waiting, begun, done, skipped or failed. Before clear_at "
    "nobody can look whether what was begun was done: the service may still do it. At look_again_at somebody "
    "looks whether it was done twice.",
)

first_touches = Table(
    "first_touches",
    metadata,
    Column("person_key", Text, primary_key=True),
    _lead(),
    Column("attribution", JSONB, nullable=False),
    comment="Where a person came from the first time. Written once.",
)

companies = Table(
    "companies",
    metadata,
    Column("service", Text, primary_key=True),
    Column("domain", Text, primary_key=True),
    Column("status", Text, nullable=False, comment="asked (paid for, no answer kept), found or not_found"),
    Column("profile", JSONB),
    _moment("asked_at"),
    Index("ix_companies_asked", "service", "asked_at"),
    comment="What enrichment services have answered, since each answer costs money.",
)

ai_spend = Table(
    "ai_spend",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    _moment("at"),
    Column("model", Text, nullable=False),
    Column("input_tokens", Integer, nullable=False),
    Column("output_tokens", Integer, nullable=False),
    Column("cost_usd", Numeric),
    Column("purpose", Text, nullable=False, server_default="live", comment="live or rescore"),
    Index("ix_ai_spend_at", "at"),
    comment="Every answer of the AI that was paid for. Names no lead, so it outlives erased ones.",
)

ai_refusals = Table(
    "ai_refusals",
    metadata,
    Column("server", Text, primary_key=True),
    Column("model", Text, primary_key=True),
    Column("parameter", Text, primary_key=True, comment="such as temperature"),
    _moment("refused_at"),
    comment="Which optional parameters of a question each model refuses.",
)

paces = Table(
    "paces",
    metadata,
    Column("name", Text, primary_key=True),
    Column("turns", ARRAY(Double), nullable=False, comment="the latest requests, as Unix times"),
    comment="When each service may be asked again, for all processes together.",
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("cause", Text, nullable=False),
    Column("subject", Text, nullable=False, server_default=""),
    Column("severity", Text, nullable=False, comment="note, warning or urgent"),
    _moment("opened_at"),
    _moment("seen_at"),
    _moment("ended_at", nullable=True),
    Column("openings", Integer, nullable=False, server_default=text("1")),
    Column("leads", Integer, nullable=False, server_default=text("0"), comment="at most at once"),
    Column("times", Integer, nullable=False, server_default=text("0")),
    Column("trouble", JSONB, nullable=False, comment="as it was seen last"),
    Index("ux_alerts_open", "cause", "subject", unique=True, postgresql_where=text("ended_at IS NULL")),
    Index("ix_alerts_ended", "ended_at"),
    comment="What is or was broken: one row from its beginning to its end, with what comes back at once.",
)

alert_tellings = Table(
    "alert_tellings",
    metadata,
    Column(
        "alert_id",
        BigInteger,
        ForeignKey(f"{SCHEMA}.alerts.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("sender", Text, primary_key=True),
    _moment("told_at", nullable=True),
    Column("tellings", Integer, nullable=False, server_default=text("0")),
    Column("severity", Text, nullable=False, server_default=""),
    Column("leads", Integer, nullable=False, server_default=text("0")),
    Column("times", Integer, nullable=False, server_default=text("0")),
    Column("openings", Integer, nullable=False, server_default=text("0")),
    _moment("cleared_at", nullable=True),
    comment="What each sender has delivered of each alert, and how it stood then.",
)

alert_senders = Table(
    "alert_senders",
    metadata,
    Column("name", Text, primary_key=True),
    Column("failures", Integer, nullable=False, server_default=text("0"), comment="in a row"),
    _moment("failing_since", nullable=True),
    _moment("try_at", nullable=True),
    Column("said", Text, nullable=False, server_default=""),
    comment="Whether each sender delivers.",
)

marks = Table(
    "marks",
    metadata,
    Column("name", Text, primary_key=True),
    _moment("at"),
    Column("words", Text, nullable=False, server_default="", comment="a line of the digest"),
    comment="When something that is due again and again was done last, and what came of it.",
)
