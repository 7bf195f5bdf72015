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


submissions = Table(
    "submissions",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("ref", Text, nullable=False, unique=True),
    Column("source", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    _moment("received_at"),
    Column("deliveries", Integer, nullable=False, server_default=text("1")),
    UniqueConstraint("source", "external_id"),
    comment="What a source delivered, byte for byte. Never changed, only counted when it comes again.",
)

work = Table(
    "work",
    metadata,
    _lead(primary_key=True),
    Column("status", Text, nullable=False),
    Column("reason", Text),
    Column("explanation", Text, nullable=False, server_default=""),
    Column("person_key", Text, comment="case-folded e-mail address, once it is known"),
    _moment("submitted_at"),
    Column("duplicate_of", Integer, ForeignKey(f"{SCHEMA}.submissions.id", ondelete="SET NULL")),
    Column("released", Boolean, nullable=False, server_default=false()),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("alone", Boolean, nullable=False, server_default=false()),
    _moment("not_before", nullable=True),
    Column("batch", Text, comment="the claim under which a run may take this lead"),
    Column("run_id", Text),
    _moment("changed_at"),
    _moment("finished_at", nullable=True),
    Index("ix_work_open", "lead_id", postgresql_where=text("status IN ('pending', 'queued', 'running')")),
    Index("ix_work_person", "person_key", "submitted_at"),
    comment="Where each lead stands. One row a submission.",
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
    Column("run_id", Text, primary_key=True),
    Column("step", Text, primary_key=True),
    Column("output", Text, primary_key=True),
    _lead(primary_key=True),
    Column("position", Integer, nullable=False),
    Column("type", Text, nullable=False),
    Column("value", JSONB, nullable=False),
    _moment("at"),
    Index("ix_facts_lead", "lead_id", "type", "at"),
    comment="What the ops of a run hand to one another; the archive that re-scoring reads.",
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
    _moment("changed_at"),
    _moment("until", nullable=True),
    comment="One row an action of a lead: planned, begun, done, skipped or failed.",
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
    Index("ix_ai_spend_at", "at"),
    comment="Every answer of the AI that was paid for. Names no lead, so it outlives erased ones.",
)

paces = Table(
    "paces",
    metadata,
    Column("name", Text, primary_key=True),
    Column("turns", ARRAY(Double), nullable=False, comment="the latest requests, as Unix times"),
    comment="When each service may be asked again, for all processes together.",
)
