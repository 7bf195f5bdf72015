"""Which rules went live when, by whom, and what that changed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"

_TEXTS = postgresql.ARRAY(sa.Text())
_NONE = sa.text("'{}'")


def upgrade() -> None:
    op.create_table(
        "releases",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="promoted or rolled back"),
        sa.Column("name", sa.Text(), nullable=False, comment="of the candidate, or the version"),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("changes", _TEXTS, server_default=_NONE, nullable=False),
        sa.Column("objections", _TEXTS, server_default=_NONE, nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        schema="leads",
        comment="Which rules went live when, by whom, and what that changed. Added, never changed.",
    )
