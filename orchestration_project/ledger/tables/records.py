"""Tables of the copies that we made in other systems, and of what each says now.

Of the write itself tells its receipt, in `workflow.py`.
"""

from sqlalchemy import Column, Index, Integer, Table, Text, text

from orchestration_project.ledger.tables.base import lead, metadata, moment

copies = Table(
    "copies",
    metadata,
    lead(primary_key=True),
    Column("system", Text, primary_key=True, comment="a kind of connector"),
    Column("service", Text, nullable=False, comment="the connector that served it then"),
    Column("outside_id", Text, nullable=False, comment="as the receipt has it, or what it was merged into"),
    moment("looked_at"),
    moment("gone_at", nullable=True),
    Index("ix_copies_outside", "system", "outside_id"),
    Index("ix_copies_looked", "system", "looked_at", postgresql_where=text("gone_at IS NULL")),
    comment="What we made in other systems, or wrote to, and when each was looked at last.",
)

copy_values = Table(
    "copy_values",
    metadata,
    lead(primary_key=True),
    Column("system", Text, primary_key=True),
    Column("item", Text, primary_key=True, comment="an Item of model/records.py"),
    Column("written", Text, comment="by us, last; null: it is not ours"),
    Column("writing", Text, comment="what ought to stand there: to be written, or held back"),
    Column("says", Text, comment="what stands there; null: not looked at yet"),
    moment("since", nullable=True),
    Column("changes", Integer, nullable=False, server_default=text("0")),
    Column("pending", Text, comment="learn (its lead does not know yet) or carry (its copies)"),
    Index("ix_copy_values_pending", "pending", postgresql_where=text("pending IS NOT NULL")),
    Index(
        "ix_copy_values_withdrawn",
        "lead_id",
        postgresql_where=text("item = 'consent' AND says = 'no'"),
    ),
    comment="Each value as we wrote it and as it stands: what differs of both was changed by somebody.",
)
