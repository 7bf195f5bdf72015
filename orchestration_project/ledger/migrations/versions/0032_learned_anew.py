"""What was learned for the smaller text model no longer fits: where it is in use it goes, and with it the
note of how far was learned, so that the next night learns all labels anew."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.execute(sa.text("DELETE FROM leads.own_words WHERE EXISTS (SELECT FROM leads.own_words WHERE live)"))
