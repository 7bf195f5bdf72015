"""The copies that we made in other systems, what we wrote there and what they say now."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

SCHEMA = "leads"


def _moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "copies",
        sa.Column(
            "lead_id",
            sa.Integer(),
            sa.ForeignKey(f"{SCHEMA}.submissions.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("system", sa.Text(), primary_key=True, comment="a kind of connector"),
        sa.Column("service", sa.Text(), nullable=False, comment="the connector that served it then"),
        sa.Column(
            "outside_id",
            sa.Text(),
            nullable=False,
            comment="as the receipt has it, or what it was merged into",
        ),
        _moment("looked_at", nullable=False),
        _moment("gone_at"),
        schema=SCHEMA,
        comment="What we made in other systems, or wrote to, and when each was looked at last.",
    )
    op.create_index("ix_copies_outside", "copies", ["system", "outside_id"], schema=SCHEMA)
    op.create_index(
        "ix_copies_looked",
        "copies",
        ["system", "looked_at"],
        schema=SCHEMA,
        postgresql_where=sa.text("gone_at IS NULL"),
    )
    op.create_table(
        "copy_values",
        sa.Column(
            "lead_id",
            sa.Integer(),
            sa.ForeignKey(f"{SCHEMA}.submissions.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("system", sa.Text(), primary_key=True),
        sa.Column(
            "item",
            sa.Text(),
            primary_key=True,
            comment="an Item of model/records.py",
        ),
        sa.Column("written", sa.Text(), comment="by us, last; null: it is not ours"),
        sa.Column("writing", sa.Text(), comment="what ought to stand there: to be written, or held back"),
        sa.Column("says", sa.Text(), comment="what stands there; null: not looked at yet"),
        _moment("since"),
        sa.Column("changes", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("pending", sa.Text(), comment="learn (its lead does not know yet) or carry (its copies)"),
        schema=SCHEMA,
        comment="Each value as we wrote it and as it stands: what differs of both was changed by somebody.",
    )
    op.create_index(
        "ix_copy_values_pending",
        "copy_values",
        ["pending"],
        schema=SCHEMA,
        postgresql_where=sa.text("pending IS NOT NULL"),
    )
    op.create_index(
        "ix_copy_values_withdrawn",
        "copy_values",
        ["lead_id"],
        schema=SCHEMA,
        postgresql_where=sa.text("item = 'consent' AND says = 'no'"),
    )
    op.create_index(
        "ix_receipts_copies",
        "receipts",
        ["changed_at", "lead_id"],
        schema=SCHEMA,
        postgresql_where=sa.text(
            "status = 'done' AND action IN ('crm_contact', 'sequence', 'calendar_hold', 'folder', 'draft')"
        ),
    )
