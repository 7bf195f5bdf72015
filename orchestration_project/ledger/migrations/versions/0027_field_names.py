"""The names of the fields that forms and the CRM have, by week: what vanishes is told before it is missed."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"

SCHEMA = "leads"


def upgrade() -> None:
    op.create_table(
        "field_names",
        sa.Column("whose", sa.Text(), primary_key=True, comment="a form source, or crm"),
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("first_week", sa.Date(), nullable=False, comment="its Monday"),
        sa.Column("last_week", sa.Date(), nullable=False),
        schema=SCHEMA,
        comment="Which fields a form or the CRM had in which weeks. Names alone, never a value.",
    )
