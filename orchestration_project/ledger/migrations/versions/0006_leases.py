"""One row a lead with a lease, waiting as a state, connection states, revisions, facts once a kind.

A run of the older version that was under way is taken over: its leads are received anew, and what it had
begun is looked up before anything is written again.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"

_MOMENT = sa.DateTime(timezone=True)
_LOOK_AFTER = "interval '2 minutes'"
"""What the older version had begun is looked for after that time: it is longer than a service may take."""


def upgrade() -> None:
    op.execute("CREATE SEQUENCE leads.lease AS BIGINT")
    submissions()
    work()
    receipts()
    facts()
    connections_and_sources()


def submissions() -> None:
    op.add_column(
        "submissions",
        sa.Column(
            "variant", sa.Text(), server_default="", nullable=False, comment="tells people of one id apart"
        ),
        schema="leads",
    )
    op.add_column(
        "submissions", sa.Column("content", sa.Text(), comment="SHA-256 of the bytes"), schema="leads"
    )
    op.execute("UPDATE leads.submissions SET content = encode(sha256(raw), 'hex')")
    op.alter_column("submissions", "content", nullable=False, schema="leads")
    op.drop_constraint("submissions_source_external_id_key", "submissions", schema="leads")
    op.create_unique_constraint(
        "submissions_source_external_id_variant_key",
        "submissions",
        ["source", "external_id", "variant"],
        schema="leads",
    )
    op.create_table(
        "revisions",
        sa.Column("lead_id", sa.Integer(), nullable=False),
        sa.Column(
            "number", sa.Integer(), nullable=False, comment="1 is the first after what was delivered first"
        ),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False, comment="SHA-256 of the bytes"),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.Column(
            "kind",
            sa.Text(),
            server_default="unread",
            nullable=False,
            comment="unread, same (says nothing new), newer (takes the place of what came before) or other "
            "(of another person, who has a lead of their own)",
        ),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.submissions.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("lead_id", "number"),
        schema="leads",
        comment="The same id again with other content. The bytes are kept before anybody reads them.",
    )
    op.create_index(
        "ix_revisions_unread",
        "revisions",
        ["lead_id"],
        schema="leads",
        postgresql_where=sa.text("kind = 'unread'"),
    )


def work() -> None:
    op.drop_index("ix_work_open", "work", schema="leads")
    op.alter_column("work", "status", new_column_name="state", schema="leads")
    op.alter_column("work", "not_before", new_column_name="try_at", schema="leads")
    op.alter_column("work", "run_id", comment="of the run that took it last", schema="leads")
    for column in (
        sa.Column("lease", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("holder", sa.Text(), comment="the process of that run; see process.py"),
        sa.Column("claimed_at", _MOMENT),
        sa.Column("started_at", _MOMENT),
        sa.Column(
            "waiting_for", sa.Text(), comment="the connection that is away; without try_at until it is back"
        ),
        sa.Column("waiting_since", _MOMENT),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "faults",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="mistakes of ours it met",
        ),
        sa.Column(
            "deaths",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="runs that died of it alone",
        ),
        sa.Column("company", sa.Integer(), comment="of a suspect: with so many others at most it goes again"),
        sa.Column("track", sa.Text()),
        sa.Column("rank", sa.Integer(), comment="of the track in the playbook; 0 is the first"),
        sa.Column(
            "rescore", sa.Boolean(), server_default=sa.false(), nullable=False, comment="once the AI is back"
        ),
        sa.Column(
            "attention", sa.Text(), server_default="", nullable=False, comment="for a person; stops nothing"
        ),
    ):
        op.add_column("work", column, schema="leads")
    op.execute(
        """
        UPDATE leads.work SET track = newest.track FROM (
            SELECT DISTINCT ON (lead_id) lead_id, track FROM leads.decisions ORDER BY lead_id, id DESC
        ) AS newest WHERE newest.lead_id = work.lead_id AND state <> 'imported'
        """
    )
    # what failed by itself and was never tried again, as its text had promised, is tried again now
    op.execute(
        """
        UPDATE leads.work SET state = 'waiting', waiting_since = now(), finished_at = NULL
        WHERE state = 'failed' AND explanation LIKE '%It is tried again by itself%'
            AND changed_at > now() - interval '3 days'
        """
    )
    op.execute("UPDATE leads.work SET state = 'needs_person' WHERE state = 'failed'")
    op.execute("UPDATE leads.work SET state = 'received' WHERE state IN ('pending', 'queued', 'running')")
    op.execute(
        """
        UPDATE leads.work SET state = 'planned' WHERE state = 'done'
            AND lead_id IN (SELECT lead_id FROM leads.receipts WHERE status = 'planned')
            AND lead_id NOT IN (SELECT lead_id FROM leads.receipts WHERE status = 'done')
        """
    )
    # whoever was set aside as the duplicate of one that stands for nobody waited for nobody, too
    op.execute(
        """
        UPDATE leads.work SET state = 'received', reason = NULL, explanation = '', duplicate_of = NULL,
            finished_at = NULL
        WHERE state = 'quarantined' AND duplicate_of IN (
            SELECT lead_id FROM leads.work WHERE state IN ('quarantined', 'needs_person')
        ) AND changed_at > now() - interval '3 days'
        """
    )
    for name in ("attempts", "alone", "batch"):
        op.drop_column("work", name, schema="leads")
    op.create_index(
        "ix_work_open",
        "work",
        ["lead_id"],
        schema="leads",
        postgresql_where=sa.text("state IN ('received', 'waiting', 'running')"),
    )
    op.create_table_comment("work", "Where each lead stands: one row, one lease, one clock.", schema="leads")


def receipts() -> None:
    for column in (
        sa.Column(
            "lease",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="of who wrote it last",
        ),
        sa.Column(
            "tries", sa.Integer(), server_default=sa.text("0"), nullable=False, comment="times it was begun"
        ),
        sa.Column("begun_at", _MOMENT),
        sa.Column(
            "settles",
            sa.Double(),
            server_default=sa.text("0"),
            nullable=False,
            comment="seconds; see clear_at",
        ),
        sa.Column("clear_at", _MOMENT),
        sa.Column(
            "unsure",
            sa.Boolean(),
            server_default=sa.false(),
            nullable=False,
            comment="begun once, end unknown",
        ),
        sa.Column("try_at", _MOMENT),
        sa.Column("memo", sa.Text(), comment="what the action wants to know of it later"),
        sa.Column("look_again_at", _MOMENT),
    ):
        op.add_column("receipts", column, schema="leads")
    op.create_index(
        "ix_receipts_look_again",
        "receipts",
        ["look_again_at"],
        schema="leads",
        postgresql_where=sa.text("look_again_at IS NOT NULL"),
    )
    op.execute(
        f"""
        UPDATE leads.receipts SET tries = 1, begun_at = changed_at, unsure = true,
            clear_at = changed_at + {_LOOK_AFTER}
        WHERE status = 'begun'
        """  # noqa: S608 - our own words
    )
    op.execute("UPDATE leads.receipts SET tries = 1 WHERE status = 'failed'")
    op.create_table_comment(
        "receipts",
        "One row an action of a lead: planned, waiting, begun, done, skipped or failed. Before clear_at "
        "nobody can look whether what was begun was done: the service may still do it. At look_again_at "
        "somebody looks whether it was done twice.",
        schema="leads",
    )


def facts() -> None:
    op.rename_table("facts", "old_facts", schema="leads")
    op.create_table(
        "facts",
        sa.Column("lead_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text()),
        sa.Column("value", postgresql.JSONB(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.submissions.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("lead_id", "kind", name="facts_lead_id_kind_pkey"),
        schema="leads",
        comment="What a run has found out about a lead, once a kind; what ops and re-scoring read.",
    )
    op.execute(
        """
        INSERT INTO leads.facts (lead_id, kind, run_id, value, at)
        SELECT DISTINCT ON (lead_id, type) lead_id, type, run_id, value, at FROM leads.old_facts
        WHERE type IN ('Lead', 'Context') ORDER BY lead_id, type, at DESC
        """
    )
    op.drop_table("old_facts", schema="leads")


def connections_and_sources() -> None:
    op.create_table(
        "connections",
        sa.Column("name", sa.Text(), nullable=False, comment="a line of connections.yaml, or playbook"),
        sa.Column("state", sa.Text(), nullable=False, comment="closed, open or half_open"),
        sa.Column(
            "why", sa.Text(), server_default="", nullable=False, comment="down, limited, refused or set_up"
        ),
        sa.Column(
            "said", sa.Text(), server_default="", nullable=False, comment="what the service answered last"
        ),
        sa.Column("since", _MOMENT),
        sa.Column("next_probe", _MOMENT),
        sa.Column("closed_at", _MOMENT),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False, comment="in a row"),
        sa.Column("failed_ref", sa.Text(), comment="the lead of the first of these failures"),
        sa.Column("probes", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        schema="leads",
        comment="Whether each connection works, for all processes together.",
    )
    op.create_table(
        "sources",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("cursor", sa.Text()),
        sa.Column("read_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name"),
        schema="leads",
        comment="How far each source has been read; moved together with what was read.",
    )
