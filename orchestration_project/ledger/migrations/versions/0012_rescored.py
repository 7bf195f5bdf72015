"""What rules that are not live would have decided, and what asking for it has cost."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "rescored",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("lead_id", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("playbook_version", sa.Text(), nullable=False),
        sa.Column("scorer", sa.Text(), nullable=False),
        sa.Column("model", sa.Text()),
        sa.Column("attempt", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("score_status", sa.Text(), nullable=False),
        sa.Column("score", sa.Integer()),
        sa.Column("service", sa.Text()),
        sa.Column("track", sa.Text(), nullable=False),
        sa.Column("cost_usd", sa.Numeric()),
        sa.Column("seconds", sa.Double(), nullable=False, comment="from question to answer"),
        sa.Column("decision", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.submissions.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("playbook_version", "scorer", "attempt", "lead_id"),
        schema="leads",
        comment="What rules that are not live would have decided. Nothing acts on it.",
    )
    op.add_column(
        "ai_spend",
        sa.Column("purpose", sa.Text(), server_default="live", nullable=False, comment="live or rescore"),
        schema="leads",
    )
