"""Answers of enrichment services, and the pace at which services are asked."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "companies",
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column(
            "status",
            sa.Text(),
            nullable=False,
            comment="asked (paid for, no answer kept), found or not_found",
        ),
        sa.Column("profile", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("service", "domain"),
        schema="leads",
        comment="What enrichment services have answered, since each answer costs money.",
    )
    op.create_index("ix_companies_asked", "companies", ["service", "asked_at"], schema="leads")
    op.create_table(
        "paces",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "turns",
            postgresql.ARRAY(sa.Double()),
            nullable=False,
            comment="the latest requests, as Unix times",
        ),
        sa.PrimaryKeyConstraint("name"),
        schema="leads",
        comment="When each service may be asked again, for all processes together.",
    )
