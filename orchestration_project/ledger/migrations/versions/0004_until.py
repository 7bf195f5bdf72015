"""When what an action has left is over: the end of a calendar slot, after which its call is logged."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("receipts", sa.Column("until", sa.DateTime(timezone=True), nullable=True), schema="leads")
