"""Ids that a service gives before anything is made under them, so that what comes late makes no twin."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"

SCHEMA = "leads"


def upgrade() -> None:
    op.create_table(
        "made_ids",
        sa.Column("service", sa.Text(), primary_key=True),
        sa.Column(
            "name", sa.Text(), primary_key=True, comment="our key of what is made, and which part of it"
        ),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.TIMESTAMP(timezone=True), nullable=False),
        schema=SCHEMA,
        comment="The ids under which things are made elsewhere, kept before the write.",
    )
