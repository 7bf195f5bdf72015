"""How far housekeeping has come, so that it does not go through what stays each hour."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    reached = sa.Column("reached", sa.BigInteger, comment="how far it has come, where that is counted")
    op.add_column("marks", reached, schema="leads")
