"""The comment on what a person has said names all that it may be."""

from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    op.alter_column(
        "verdicts", "kind", comment="track, score, genuine, spam, edited_draft or taken_back", schema="leads"
    )
