"""Tables of what sources delivered, how far each is read, and where a person came from first.

What is done with it is in `workflow.py`.
"""

from sqlalchemy import Column, Identity, Index, Integer, LargeBinary, Table, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB

from orchestration_project.ledger.tables.base import lead, metadata, moment

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
    moment("received_at"),
    Column("deliveries", Integer, nullable=False, server_default=text("1")),
    UniqueConstraint("source", "external_id", "variant"),
    Index("ix_submissions_received", "received_at", "id"),
    Index("ix_submissions_source", "source", "received_at", "id"),
    comment="What a source delivered, byte for byte. Never changed, only counted when it comes again.",
)

revisions = Table(
    "revisions",
    metadata,
    lead(primary_key=True),
    Column("number", Integer, primary_key=True, comment="1 is the first after what was delivered first"),
    Column("raw", LargeBinary, nullable=False),
    Column("content", Text, nullable=False, comment="SHA-256 of the bytes"),
    moment("received_at"),
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

sources = Table(
    "sources",
    metadata,
    Column("name", Text, primary_key=True),
    Column("cursor", Text),
    moment("read_at"),
    comment="How far each source has been read; moved together with what was read.",
)

first_touches = Table(
    "first_touches",
    metadata,
    Column("person_key", Text, primary_key=True),
    lead(),
    Column("attribution", JSONB, nullable=False),
    comment="Where a person came from the first time. Written once.",
)

lead_keys = Table(
    "lead_keys",
    metadata,
    Column("key", Text, primary_key=True),
    lead(primary_key=True),
    Index("ix_lead_keys_lead", "lead_id"),
    comment="What leads that may be of one person have at least one of in common.",
)

arrivals = Table(
    "arrivals",
    metadata,
    Column("ref", Text, primary_key=True),
    Column("source", Text, nullable=False),
    moment("received_at"),
    Index("ix_arrivals_time", "received_at"),
    comment="Every lead that was ever taken in, whatever became of it.",
)
