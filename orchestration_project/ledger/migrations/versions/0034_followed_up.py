"""Drafts and holds whose follow-up is known are marked, so that nobody goes through all those of a month."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    told = "of a draft or a hold: what came of it is logged or left out, so nobody asks any more"
    column = sa.Column("followed_up", sa.Boolean, nullable=False, server_default=sa.false(), comment=told)
    op.add_column("receipts", column, schema="leads")
    op.drop_index("ix_receipts_drafts", table_name="receipts", schema="leads")
    for name, columns, where in (
        ("ix_receipts_drafts", ["changed_at"], "action = 'draft' AND status = 'done' AND NOT followed_up"),
        ("ix_receipts_holds", ["until"], "action = 'calendar_hold' AND status = 'done' AND NOT followed_up"),
        (
            "ix_receipts_follow_ups",
            ["action", "changed_at"],
            "action IN ('sent_mail', 'call') AND status NOT IN ('done', 'skipped')",
        ),
    ):
        op.create_index(name, "receipts", columns, schema="leads", postgresql_where=sa.text(where))
