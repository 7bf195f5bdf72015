"""What the AI has cost, written as it is spent: the day's limit is held against it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "ai_spend",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("input_tokens", sa.Integer(), nullable=False),
        sa.Column("output_tokens", sa.Integer(), nullable=False),
        sa.Column("cost_usd", sa.Numeric(), nullable=True),
        schema="leads",
        comment="Every answer of the AI that was paid for. Names no lead, so it outlives erased ones.",
    )
    op.create_index("ix_ai_spend_at", "ai_spend", ["at"], schema="leads")
