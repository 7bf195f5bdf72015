"""What is open for want of rules says which; a receipt says what it waits for; a run finds its leads.

What is open for want of rules under the older version is tried once more.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column(
        "connections",
        sa.Column("version", sa.Text(), comment="of the playbook that did not cover a lead"),
        schema="leads",
    )
    op.add_column(
        "receipts",
        sa.Column("waiting_for", sa.Text(), comment="a connection, or the playbook; then without a time"),
        schema="leads",
    )
    op.create_index("ix_work_run", "work", ["run_id"], schema="leads")
