"""What `leads list` filters, sorts and searches by: the score beside the state, and indexes for all of it."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_NEWEST = """
UPDATE leads.work SET score = newest.score, score_status = newest.score_status
FROM (
    SELECT DISTINCT ON (lead_id) lead_id, score, score_status FROM leads.decisions ORDER BY lead_id, id DESC
) AS newest WHERE newest.lead_id = work.lead_id
"""
_WORDS = """
CREATE FUNCTION leads.words(lead jsonb) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT to_tsvector('simple', translate(left(
    coalesce(lead #>> '{person,full_name}', '') || ' ' || coalesce(lead #>> '{person,email}', '') || ' '
    || coalesce(lead #>> '{person,phone}', '') || ' ' || coalesce(lead #>> '{company,name}', '') || ' '
    || coalesce(lead #>> '{company,website}', '') || ' ' || coalesce(lead ->> 'message', ''), 20000),
    '@.-_/+', '      '))
$$
"""


def upgrade() -> None:
    op.add_column("work", sa.Column("score", sa.Integer, comment="of its newest decision"), schema="leads")
    op.add_column("work", sa.Column("score_status", sa.Text), schema="leads")
    op.execute(_NEWEST)
    for name, table, columns in (
        ("ix_submissions_received", "submissions", ["received_at", "id"]),
        ("ix_submissions_source", "submissions", ["source", "received_at", "id"]),
        ("ix_work_state", "work", ["state", "lead_id"]),
        ("ix_work_track", "work", ["track", "lead_id"]),
        ("ix_work_score", "work", [sa.text("coalesce(score, -1)"), "lead_id"]),
        ("ix_work_score_status", "work", ["score_status", "lead_id"]),
    ):
        op.create_index(name, table, columns, schema="leads")
    op.create_index(
        "ix_work_look", "work", ["lead_id"], schema="leads", postgresql_where=sa.text("attention <> ''")
    )
    op.create_index(
        "ix_receipts_planned",
        "receipts",
        ["lead_id"],
        schema="leads",
        postgresql_where=sa.text("status = 'planned'"),
    )
    op.execute(_WORDS)
    op.create_index(
        "ix_facts_words",
        "facts",
        [sa.text("leads.words(value)")],
        schema="leads",
        postgresql_using="gin",
        postgresql_where=sa.text("kind = 'Lead'"),
    )
