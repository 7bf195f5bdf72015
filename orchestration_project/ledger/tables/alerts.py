"""Tables of what is broken and who was told of it, and of what is due again and again.

Whether a service works is in `services.py`.
"""

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Identity, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from orchestration_project.ledger.tables.base import SCHEMA, metadata, moment

alerts = Table(
    "alerts",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("cause", Text, nullable=False),
    Column("subject", Text, nullable=False, server_default=""),
    Column("severity", Text, nullable=False, comment="note, warning or urgent"),
    moment("opened_at"),
    moment("seen_at"),
    moment("ended_at", nullable=True),
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
    moment("told_at", nullable=True),
    Column("tellings", Integer, nullable=False, server_default=text("0")),
    Column("severity", Text, nullable=False, server_default=""),
    Column("leads", Integer, nullable=False, server_default=text("0")),
    Column("times", Integer, nullable=False, server_default=text("0")),
    Column("openings", Integer, nullable=False, server_default=text("0")),
    moment("cleared_at", nullable=True),
    comment="What each sender has delivered of each alert, and how it stood then.",
)

alert_senders = Table(
    "alert_senders",
    metadata,
    Column("name", Text, primary_key=True),
    Column("failures", Integer, nullable=False, server_default=text("0"), comment="in a row"),
    moment("failing_since", nullable=True),
    moment("try_at", nullable=True),
    Column("said", Text, nullable=False, server_default=""),
    comment="Whether each sender delivers.",
)

field_names = Table(
    "field_names",
    metadata,
    Column("whose", Text, primary_key=True, comment="a form source, or crm"),
    Column("name", Text, primary_key=True),
    Column("first_week", Date, nullable=False, comment="its Monday"),
    Column("last_week", Date, nullable=False),
    comment="Which fields a form or the CRM had in which weeks. Names alone, never a value.",
)

marks = Table(
    "marks",
    metadata,
    Column("name", Text, primary_key=True),
    moment("at"),
    Column("words", Text, nullable=False, server_default="", comment="a line of the digest"),
    Column("reached", BigInteger, comment="how far it has come, where that is counted"),
    comment="When something that is due again and again was done last, and what came of it.",
)
