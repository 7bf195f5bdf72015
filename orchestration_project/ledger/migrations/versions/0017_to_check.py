"""Whether the team has been told that a lead is to be checked."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0013"


def upgrade() -> None:
    op.add_column(
        "work",
        sa.Column(
            "told_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when the chat said that it is to be checked",
        ),
        schema="leads",
    )
