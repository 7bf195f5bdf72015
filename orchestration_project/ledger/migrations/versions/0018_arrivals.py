"""Which leads there ever were, so that one that is gone is missed; indexes for what is asked each minute."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "arrivals",
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("ref"),
        schema="leads",
        comment="Every lead that was ever taken in, whatever became of it.",
    )
    op.create_index("ix_arrivals_time", "arrivals", ["received_at"], schema="leads")
    for name, table, columns, which in (
        ("ix_receipts_over", "receipts", ["action", "until"], "until IS NOT NULL"),
        ("ix_receipts_drafts", "receipts", ["changed_at"], "action = 'draft' AND status = 'done'"),
        ("ix_work_duplicates", "work", ["duplicate_of"], "duplicate_of IS NOT NULL"),
    ):
        op.create_index(name, table, columns, schema="leads", postgresql_where=sa.text(which))
    op.execute(
        "INSERT INTO leads.arrivals SELECT ref, source, received_at FROM leads.submissions ORDER BY id"
    )
