"""What leads have in common stands on their receipts; a run's lead knows under which server it was taken.

Receipts of the older version have no keys: what they have begun is looked for by their own lead only.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column(
        "receipts",
        sa.Column(
            "shares",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="what it has in common with other leads: the person, the company, the calendar",
        ),
        schema="leads",
    )
    op.create_index(
        "ix_receipts_unclear",
        "receipts",
        ["clear_at"],
        schema="leads",
        postgresql_where=sa.text("status <> 'done'"),
    )
    op.add_column(
        "work",
        sa.Column(
            "served_since",
            sa.DateTime(timezone=True),
            comment="when the database server was started under which its run took it",
        ),
        schema="leads",
    )
