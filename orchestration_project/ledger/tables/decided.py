"""Tables of what was decided by which rules, and what people and time said of it.

What was done because of it is in `workflow.py`.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from orchestration_project.ledger.tables.base import lead, metadata, moment

decisions = Table(
    "decisions",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    lead(),
    Column("run_id", Text, nullable=False),
    moment("decided_at"),
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
    moment("kept_at"),
    comment="The files of every playbook that ever decided something, byte for byte.",
)

rescored = Table(
    "rescored",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    lead(),
    moment("decided_at"),
    Column("playbook_version", Text, nullable=False),
    Column("scorer", Text, nullable=False),
    Column("model", Text),
    Column("attempt", Integer, nullable=False, server_default=text("0")),
    Column("score_status", Text, nullable=False),
    Column("score", Integer),
    Column("service", Text),
    Column("track", Text, nullable=False),
    Column("cost_usd", Numeric),
    Column("seconds", Double, comment="from question to answer; none of a batch"),
    Column("decision", JSONB, nullable=False),
    UniqueConstraint("playbook_version", "scorer", "attempt", "lead_id"),
    comment="What rules that are not live would have decided. Nothing acts on it.",
)

_NO_TEXTS = text("'{}'")
releases = Table(
    "releases",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    moment("at"),
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

verdicts = Table(
    "verdicts",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    lead(),
    moment("said_at"),
    Column("said_by", Text, nullable=False, server_default="", comment="who of us, as far as known"),
    Column("kind", Text, nullable=False, comment="track, score, genuine, spam, edited_draft or taken_back"),
    Column("track", Text),
    Column("score", Integer),
    Column("note", Text, nullable=False, server_default=""),
    Column("decision_id", BigInteger, comment="the newest decision at that time"),
    Index("ix_verdicts_lead", "lead_id"),
    comment="What people said of decisions; added, never changed.",
)

own_words = Table(
    "own_words",
    metadata,
    Column("version", Integer, Identity(), primary_key=True),
    moment("at"),
    Column("weights", LargeBinary, nullable=False, comment="bucket and weight, packed"),
    Column("spam", Integer, nullable=False),
    Column("genuine", Integer, nullable=False),
    Column("newest", BigInteger, nullable=False, comment="of the verdicts that were there then"),
    Column("words", Text, nullable=False, comment="how good it is, or why it is not used"),
    Column("live", Boolean, nullable=False),
    comment="What the firm's own labels have added to the text model. No text is in it.",
)

calibrations = Table(
    "calibrations",
    metadata,
    Column("version", Integer, Identity(), primary_key=True),
    moment("at"),
    Column("curve", JSONB, nullable=False, comment="pairs: confidence, share agreed with"),
    Column("labels", Integer, nullable=False),
    Column("agreed", Integer, nullable=False),
    Column("newest", BigInteger, nullable=False, comment="of the verdicts that were there then"),
    Column("words", Text, nullable=False, comment="how good it is, or why it is not used"),
    Column("live", Boolean, nullable=False),
    comment="How often people have agreed with the model's decisions, by its confidence.",
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    lead(),
    Column("origin", Text, nullable=False, comment="who says so: csv, a CRM, or person"),
    Column("external_id", Text, nullable=False, server_default="", comment="of the deal, where it has one"),
    Column("outcome", Text, nullable=False, comment="won, lost or no_answer"),
    moment("at"),
    Column("value", Numeric, comment="of the deal, in its currency"),
    Column("currency", Text),
    moment("recorded_at"),
    UniqueConstraint("lead_id", "origin", "external_id"),
    comment="What became of leads, as it becomes known; one row a deal, the newest word on it.",
)

shadows = Table(
    "shadows",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("name", Text, nullable=False, comment="of the candidate"),
    moment("since"),
    moment("until", nullable=True),
    Column("who", Text, nullable=False),
    Index("ix_shadows_one", text("(until IS NULL)"), unique=True, postgresql_where=text("until IS NULL")),
    comment="Which candidate has scored live leads beside the live rules, and when; one at a time.",
)
