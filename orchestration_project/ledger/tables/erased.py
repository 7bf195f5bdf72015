"""Tables of what was erased on request. They name nobody, and outlive those whom they are about.

What is wiped elsewhere is decided in `ledger/erasing.py`.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Identity, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from orchestration_project.ledger.tables.base import SCHEMA, metadata, moment

erasures = Table(
    "erasures",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    moment("asked_at"),
    moment("finished_at", nullable=True),
    Column("refs", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column(
        "outside",
        JSONB,
        nullable=False,
        server_default=text("'{}'"),
        comment="what became of each thing in each service; no word about the person",
    ),
    Column("counts", JSONB, nullable=False, server_default=text("'{}'")),
    Column("left", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    comment="Who asked to be forgotten: what was erased when, and what could not be. Names nobody. Without "
    "finished_at it was broken off, and is to be done again.",
)

forgotten = Table(
    "forgotten",
    metadata,
    Column("person", Text, primary_key=True, comment="HMAC-SHA-256 of the person key"),
    Column("salt", Text, nullable=False, comment="its key"),
    Column("erasure_id", BigInteger, ForeignKey(f"{SCHEMA}.erasures.id", ondelete="CASCADE"), nullable=False),
    moment("erased_at"),
    Column("kept_out", Integer, nullable=False, server_default=text("0")),
    comment="By what a person who was erased is known again, when history is brought once more.",
)
