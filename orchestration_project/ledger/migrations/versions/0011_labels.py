"""Outcomes and verdicts, the rules behind each decision, and an index for the days of leads."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_index("ix_work_submitted", "work", ["submitted_at"], schema="leads")
    op.create_table(
        "playbook_versions",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False, comment="as it was called in the playbook folder"),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("version", "file"),
        schema="leads",
        comment="The files of every playbook that ever decided something, byte for byte.",
    )
    op.create_table(
        "verdicts",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("lead_id", sa.Integer(), nullable=False),
        sa.Column("said_at", _MOMENT, nullable=False),
        sa.Column(
            "said_by", sa.Text(), server_default="", nullable=False, comment="who of us, as far as known"
        ),
        sa.Column("kind", sa.Text(), nullable=False, comment="track, score, genuine, spam or edited_draft"),
        sa.Column("track", sa.Text()),
        sa.Column("score", sa.Integer()),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("decision_id", sa.BigInteger(), comment="the newest decision at that time"),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.submissions.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        schema="leads",
        comment="What people said of decisions; added, never changed.",
    )
    op.create_index("ix_verdicts_lead", "verdicts", ["lead_id"], schema="leads")
    op.create_table(
        "outcomes",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("lead_id", sa.Integer(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False, comment="who says so: csv, a CRM, or person"),
        sa.Column(
            "external_id",
            sa.Text(),
            server_default="",
            nullable=False,
            comment="of the deal, where it has one",
        ),
        sa.Column("outcome", sa.Text(), nullable=False, comment="won, lost or no_answer"),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("value", sa.Numeric(), comment="of the deal, in its currency"),
        sa.Column("currency", sa.Text()),
        sa.Column("recorded_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.submissions.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("lead_id", "origin", "external_id"),
        schema="leads",
        comment="What became of leads, as it becomes known; one row a deal, the newest word on it.",
    )
