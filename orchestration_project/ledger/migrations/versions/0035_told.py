"""Which leads a chat was told of lately is asked each minute while one waits for it: by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    op.create_index(
        "ix_work_told", "work", ["told_at"], schema="leads", postgresql_where=sa.text("told_at IS NOT NULL")
    )
