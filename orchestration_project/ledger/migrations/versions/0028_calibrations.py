"""How often people have agreed with the model, by its confidence."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"

SCHEMA = "leads"


def upgrade() -> None:
    op.create_table(
        "calibrations",
        sa.Column("version", sa.Integer(), sa.Identity(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "curve", postgresql.JSONB(), nullable=False, comment="pairs: confidence, share agreed with"
        ),
        sa.Column("labels", sa.Integer(), nullable=False),
        sa.Column("agreed", sa.Integer(), nullable=False),
        sa.Column("newest", sa.BigInteger(), nullable=False, comment="of the verdicts that were there then"),
        sa.Column("words", sa.Text(), nullable=False, comment="how good it is, or why it is not used"),
        sa.Column("live", sa.Boolean(), nullable=False),
        schema=SCHEMA,
        comment="How often people have agreed with the model's decisions, by its confidence.",
    )
