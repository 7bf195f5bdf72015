"""By what leads of one person find one another. Of leads that are here already, by their address."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0018"

SCHEMA = "leads"


def upgrade() -> None:
    op.create_table(
        "lead_keys",
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column(
            "lead_id",
            sa.Integer(),
            sa.ForeignKey(f"{SCHEMA}.submissions.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        schema=SCHEMA,
        comment="What leads that may be of one person have at least one of in common.",
    )
    op.create_index("ix_lead_keys_lead", "lead_keys", ["lead_id"], schema=SCHEMA)
    op.execute(
        f"INSERT INTO {SCHEMA}.lead_keys (key, lead_id) "  # noqa: S608 - no word of it comes from outside
        f"SELECT 'mail:' || person_key, lead_id FROM {SCHEMA}.work WHERE person_key IS NOT NULL"
    )
