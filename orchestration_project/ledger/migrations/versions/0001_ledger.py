"""The ledger, and the tables of the embedded CRM."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


def upgrade() -> None:
    ledger()
    embedded_crm()


def ledger() -> None:
    op.create_table(
        "submissions",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deliveries", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("ref"),
        sa.UniqueConstraint("source", "external_id"),
        schema="leads",
        comment="What a source delivered, byte for byte. Never changed, only counted when it comes again.",
    )
    op.create_table(
        "decisions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("playbook_version", sa.Text(), nullable=False),
        sa.Column("scorer", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("score_status", sa.Text(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("service", sa.Text(), nullable=True),
        sa.Column("track", sa.Text(), nullable=False),
        sa.Column("cost_usd", sa.Numeric(), nullable=True),
        sa.Column("decision", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.submissions.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("lead_id", "run_id"),
        schema="leads",
        comment="Immutable. Re-scoring adds rows.",
    )
    op.create_index("ix_decisions_time", "decisions", ["decided_at"], unique=False, schema="leads")
    op.create_table(
        "facts",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("output", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.submissions.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "step", "output", "lead_id"),
        schema="leads",
        comment="What the ops of a run hand to one another; the archive that re-scoring reads.",
    )
    op.create_index("ix_facts_lead", "facts", ["lead_id", "type", "at"], unique=False, schema="leads")
    op.create_table(
        "first_touches",
        sa.Column("person_key", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.Integer(), nullable=False),
        sa.Column("attribution", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.submissions.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_key"),
        schema="leads",
        comment="Where a person came from the first time. Written once.",
    )
    op.create_table(
        "journal",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lead_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.submissions.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        schema="leads",
        comment="The story of each lead, in order of time; written with the change it tells of.",
    )
    op.create_index("ix_journal_lead", "journal", ["lead_id", "id"], unique=False, schema="leads")
    op.create_table(
        "receipts",
        sa.Column("lead_id", sa.Integer(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("conflicts", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.submissions.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("lead_id", "action"),
        schema="leads",
        comment="One row an action of a lead: planned, begun, done, skipped or failed.",
    )
    op.create_table(
        "work",
        sa.Column("lead_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("explanation", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "person_key", sa.Text(), nullable=True, comment="case-folded e-mail address, once it is known"
        ),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("duplicate_of", sa.Integer(), nullable=True),
        sa.Column("released", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("alone", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "batch", sa.Text(), nullable=True, comment="the claim under which a run may take this lead"
        ),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["duplicate_of"], ["leads.submissions.id"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.submissions.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("lead_id"),
        schema="leads",
        comment="Where each lead stands. One row a submission.",
    )
    op.create_index(
        "ix_work_open",
        "work",
        ["lead_id"],
        unique=False,
        schema="leads",
        postgresql_where=sa.text("status IN ('pending', 'queued', 'running')"),
    )
    op.create_index("ix_work_person", "work", ["person_key", "submitted_at"], unique=False, schema="leads")


def embedded_crm() -> None:
    op.execute("CREATE SCHEMA local_crm")
    op.create_table(
        "contacts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("person_key", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("company", sa.Text(), nullable=True),
        sa.Column("website", sa.Text(), nullable=True),
        sa.Column("properties", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("entered_by IN ('person', 'us')", name="contacts_entered_by_check"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("person_key"),
        schema="local_crm",
    )
    op.create_table(
        "notes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["local_crm.contacts.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        schema="local_crm",
    )
    op.create_index(
        op.f("ix_local_crm_notes_contact_id"), "notes", ["contact_id"], unique=False, schema="local_crm"
    )
    op.create_table(
        "tasks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assignee", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["local_crm.contacts.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        schema="local_crm",
    )
    op.create_index(
        op.f("ix_local_crm_tasks_contact_id"), "tasks", ["contact_id"], unique=False, schema="local_crm"
    )
