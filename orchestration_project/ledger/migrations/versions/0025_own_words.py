"""What the firm's own labels for genuine and spam have added to the text model."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0020"

SCHEMA = "leads"


def upgrade() -> None:
    op.create_table(
        "own_words",
        sa.Column("version", sa.Integer(), sa.Identity(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("weights", sa.LargeBinary(), nullable=False, comment="bucket and weight, packed"),
        sa.Column("spam", sa.Integer(), nullable=False),
        sa.Column("genuine", sa.Integer(), nullable=False),
        sa.Column("newest", sa.BigInteger(), nullable=False, comment="of the verdicts that were there then"),
        sa.Column("words", sa.Text(), nullable=False, comment="how good it is, or why it is not used"),
        sa.Column("live", sa.Boolean(), nullable=False),
        schema=SCHEMA,
        comment="What the firm's own labels have added to the text model. No text is in it.",
    )
