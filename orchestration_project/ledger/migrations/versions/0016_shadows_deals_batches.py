"""Candidates in shadow, deals of the embedded CRM, and questions that are asked by the file."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "shadows",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="of the candidate"),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("who", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        schema="leads",
        comment="Which candidate has scored live leads beside the live rules, and when; one at a time.",
    )
    op.create_index(
        "ix_shadows_one",
        "shadows",
        [sa.text("(until IS NULL)")],
        unique=True,
        schema="leads",
        postgresql_where=sa.text("until IS NULL"),
    )
    op.create_table(
        "deals",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("value", sa.Numeric(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("outcome IN ('won', 'lost')", name="deals_outcome_check"),
        sa.ForeignKeyConstraint(["contact_id"], ["local_crm.contacts.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("change"),
        schema="local_crm",
    )
    op.create_index(
        op.f("ix_local_crm_deals_contact_id"), "deals", ["contact_id"], unique=False, schema="local_crm"
    )
    op.create_table(
        "ai_batches",
        sa.Column("key", sa.Text(), nullable=False, comment="ours, which the service keeps with it"),
        sa.Column(
            "batch_id",
            sa.Text(),
            nullable=True,
            comment="the service's; none: nobody knows whether it was handed in",
        ),
        sa.Column("playbook_version", sa.Text(), nullable=False),
        sa.Column("scorer", sa.Text(), nullable=False),
        sa.Column(
            "asked", postgresql.ARRAY(sa.Text()), nullable=False, comment="ref and attempt of each question"
        ),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("collected_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key"),
        schema="leads",
        comment="Questions that were handed in by the file, to be answered within a day.",
    )
    op.alter_column(
        "rescored",
        "seconds",
        nullable=True,
        comment="from question to answer; none of a batch",
        schema="leads",
    )
