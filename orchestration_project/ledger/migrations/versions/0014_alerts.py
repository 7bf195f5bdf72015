"""What is broken, who was told of it, which senders are well, and when the watch was there."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0017"

_NOUGHT = sa.text("0")


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("severity", sa.Text(), nullable=False, comment="note, warning or urgent"),
        _moment("opened_at"),
        _moment("seen_at"),
        _moment("ended_at", nullable=True),
        sa.Column("openings", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("leads", sa.Integer(), server_default=_NOUGHT, nullable=False, comment="at most at once"),
        sa.Column("times", sa.Integer(), server_default=_NOUGHT, nullable=False),
        sa.Column("trouble", postgresql.JSONB(), nullable=False, comment="as it was seen last"),
        sa.PrimaryKeyConstraint("id"),
        schema="leads",
        comment="What is or was broken: one row from its beginning to its end, with what comes back at once.",
    )
    op.create_index(
        "ux_alerts_open",
        "alerts",
        ["cause", "subject"],
        unique=True,
        schema="leads",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_alerts_ended", "alerts", ["ended_at"], schema="leads")
    op.create_table(
        "alert_tellings",
        sa.Column("alert_id", sa.BigInteger(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        _moment("told_at", nullable=True),
        sa.Column("tellings", sa.Integer(), server_default=_NOUGHT, nullable=False),
        sa.Column("severity", sa.Text(), server_default="", nullable=False),
        sa.Column("leads", sa.Integer(), server_default=_NOUGHT, nullable=False),
        sa.Column("times", sa.Integer(), server_default=_NOUGHT, nullable=False),
        sa.Column("openings", sa.Integer(), server_default=_NOUGHT, nullable=False),
        _moment("cleared_at", nullable=True),
        sa.ForeignKeyConstraint(["alert_id"], ["leads.alerts.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("alert_id", "sender"),
        schema="leads",
        comment="What each sender has delivered of each alert, and how it stood then.",
    )
    op.create_table(
        "alert_senders",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), server_default=_NOUGHT, nullable=False, comment="in a row"),
        _moment("failing_since", nullable=True),
        _moment("try_at", nullable=True),
        sa.Column("said", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("name"),
        schema="leads",
        comment="Whether each sender delivers.",
    )
    op.create_table(
        "marks",
        sa.Column("name", sa.Text(), nullable=False),
        _moment("at"),
        sa.Column("words", sa.Text(), server_default="", nullable=False, comment="a line of the digest"),
        sa.PrimaryKeyConstraint("name"),
        schema="leads",
        comment="When something that is due again and again was done last, and what came of it.",
    )
