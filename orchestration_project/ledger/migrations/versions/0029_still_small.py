"""Indexes for what the watch, the weekly post and housekeeping ask again and again."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"

SCHEMA = "leads"


def upgrade() -> None:
    op.create_index(
        "ix_work_held",
        "work",
        ["finished_at"],
        schema=SCHEMA,
        postgresql_where=sa.text("state = 'quarantined'"),
    )
    op.create_index(
        "ix_journal_waits", "journal", ["at"], schema=SCHEMA, postgresql_where=sa.text("event = 'waiting'")
    )
    op.create_index(
        "ix_facts_of_runs",
        "facts",
        ["lead_id"],
        schema=SCHEMA,
        postgresql_where=sa.text("kind NOT IN ('Lead', 'Context')"),
    )
