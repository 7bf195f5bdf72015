"""What was erased on request, and by what it stays out: the certificates, and salted hashes of addresses."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "erasures",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refs", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column(
            "outside",
            postgresql.JSONB(),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="what became of each thing in each service; no word about the person",
        ),
        sa.Column("counts", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("left", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        schema="leads",
        comment="Who asked to be forgotten: what was erased when, and what could not be. Names nobody. "
        "Without finished_at it was broken off, and is to be done again.",
    )
    op.create_table(
        "forgotten",
        sa.Column("person", sa.Text(), nullable=False, comment="HMAC-SHA-256 of the person key"),
        sa.Column("salt", sa.Text(), nullable=False, comment="its key"),
        sa.Column("erasure_id", sa.BigInteger(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept_out", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("person"),
        sa.ForeignKeyConstraint(["erasure_id"], ["leads.erasures.id"], ondelete="CASCADE"),
        schema="leads",
        comment="By what a person who was erased is known again, when history is brought once more.",
    )
