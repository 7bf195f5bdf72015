"""Tables of the workflow: where each lead stands, its story, what is known of it, what was done for it.

What the rules said of it is in `decided.py`.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Sequence,
    Table,
    Text,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from orchestration_project.ledger.tables.base import SCHEMA, lead, metadata, moment

WORDS = text("leads.words(value)")
"""Of a fact of the kind Lead: the words by which a person looks for it. Cut, as a tsvector has a limit."""

NO_SCORE = -1
"""Of a lead without a score, where leads are sorted by it; 0 is a score."""

lease_numbers = Sequence("lease", metadata=metadata, data_type=BigInteger)
"""Each start of a run's work on leads gets the next one."""

work = Table(
    "work",
    metadata,
    lead(primary_key=True),
    Column("state", Text, nullable=False),
    Column("lease", BigInteger, nullable=False, server_default=text("0")),
    Column("run_id", Text, comment="of the run that took it last"),
    Column("holder", Text, comment="the process of that run; see process.py"),
    moment("claimed_at", nullable=True),
    moment("started_at", nullable=True),
    Column(
        "served_since",
        DateTime(timezone=True),
        comment="when the database server was started under which its run took it",
    ),
    moment("try_at", nullable=True),
    Column("waiting_for", Text, comment="the connection that is away; without try_at until it is back"),
    moment("waiting_since", nullable=True),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    Column("faults", Integer, nullable=False, server_default=text("0"), comment="mistakes of ours it met"),
    Column("deaths", Integer, nullable=False, server_default=text("0"), comment="runs that died of it alone"),
    Column("company", Integer, comment="of a suspect: with so many others at most it goes again"),
    Column("track", Text),
    Column("rank", Integer, comment="of the track in the playbook; 0 is the first"),
    Column("score", Integer, comment="of its newest decision"),
    Column("score_status", Text),
    Column("rescore", Boolean, nullable=False, server_default=false(), comment="once the AI is back"),
    Column("reason", Text),
    Column("explanation", Text, nullable=False, server_default=""),
    Column("attention", Text, nullable=False, server_default="", comment="for a person; stops nothing"),
    Column("person_key", Text, comment="case-folded e-mail address, once it is known"),
    moment("submitted_at"),
    Column("duplicate_of", Integer, ForeignKey(f"{SCHEMA}.submissions.id", ondelete="SET NULL")),
    Column("released", Boolean, nullable=False, server_default=false()),
    Column("told_at", DateTime(timezone=True), comment="when the chat said that it is to be checked"),
    moment("changed_at"),
    moment("finished_at", nullable=True),
    Index("ix_work_open", "lead_id", postgresql_where=text("state IN ('received', 'waiting', 'running')")),
    Index("ix_work_run", "run_id"),
    Index("ix_work_person", "person_key", "submitted_at"),
    Index("ix_work_submitted", "submitted_at"),
    Index("ix_work_state", "state", "lead_id"),
    Index("ix_work_track", "track", "lead_id"),
    Index("ix_work_score", text("coalesce(score, -1)"), "lead_id"),
    Index("ix_work_score_status", "score_status", "lead_id"),
    Index("ix_work_duplicates", "duplicate_of", postgresql_where=text("duplicate_of IS NOT NULL")),
    Index("ix_work_held", "finished_at", postgresql_where=text("state = 'quarantined'")),
    Index("ix_work_told", "told_at", postgresql_where=text("told_at IS NOT NULL")),
    Index("ix_work_look", "lead_id", postgresql_where=text("attention <> ''")),
    comment="Where each lead stands: one row, one lease, one clock.",
)

journal = Table(
    "journal",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    lead(),
    moment("at"),
    Column("event", Text, nullable=False),
    Column("detail", Text, nullable=False, server_default=""),
    Column("run_id", Text),
    Index("ix_journal_lead", "lead_id", "id"),
    Index("ix_journal_waits", "at", postgresql_where=text("event = 'waiting'")),
    comment="The story of each lead, in order of time; written with the change it tells of.",
)

facts = Table(
    "facts",
    metadata,
    lead(primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("run_id", Text),
    Column("value", JSONB, nullable=False),
    moment("at"),
    Index("ix_facts_of_runs", "lead_id", postgresql_where=text("kind NOT IN ('Lead', 'Context')")),
    Index("ix_facts_words", WORDS, postgresql_using="gin", postgresql_where=text("kind = 'Lead'")),
    comment="What a run has found out about a lead, once a kind; what ops and re-scoring read.",
)

receipts = Table(
    "receipts",
    metadata,
    lead(primary_key=True),
    Column("action", Text, primary_key=True),
    Column("status", Text, nullable=False),
    Column("external_id", Text),
    Column("url", Text),
    Column("note", Text, nullable=False, server_default=""),
    Column("error", Text),
    Column("conflicts", JSONB, nullable=False, server_default=text("'[]'")),
    Column("lease", BigInteger, nullable=False, server_default=text("0"), comment="of who wrote it last"),
    Column("tries", Integer, nullable=False, server_default=text("0"), comment="times it was begun"),
    moment("begun_at", nullable=True),
    Column("settles", Double, nullable=False, server_default=text("0"), comment="seconds; see clear_at"),
    moment("clear_at", nullable=True),
    Column("unsure", Boolean, nullable=False, server_default=false(), comment="begun once, end unknown"),
    moment("try_at", nullable=True),
    Column("waiting_for", Text, comment="a connection, or the playbook; then without a time"),
    Column("memo", Text, comment="what the action wants to know of it later"),
    Column(
        "shares",
        ARRAY(Text),
        nullable=False,
        server_default=text("'{}'"),
        comment="what it has in common with other leads: the person, the company, the calendar",
    ),
    moment("look_again_at", nullable=True),
    Column(
        "followed_up",
        Boolean,
        nullable=False,
        server_default=false(),
        comment="of a draft or a hold: what came of it is logged or left out, so nobody asks any more",
    ),
    moment("changed_at"),
    moment("until", nullable=True),
    Index("ix_receipts_planned", "lead_id", postgresql_where=text("status = 'planned'")),
    Index("ix_receipts_unclear", "clear_at", postgresql_where=text("status <> 'done'")),
    Index("ix_receipts_over", "action", "until", postgresql_where=text("until IS NOT NULL")),
    Index(
        "ix_receipts_drafts",
        "changed_at",
        postgresql_where=text("action = 'draft' AND status = 'done' AND NOT followed_up"),
    ),
    Index(
        "ix_receipts_holds",
        "until",
        postgresql_where=text("action = 'calendar_hold' AND status = 'done' AND NOT followed_up"),
    ),
    Index(
        "ix_receipts_follow_ups",
        "action",
        "changed_at",
        postgresql_where=text("action IN ('sent_mail', 'call') AND status NOT IN ('done', 'skipped')"),
    ),
    Index(
        "ix_receipts_copies",
        "changed_at",
        "lead_id",
        postgresql_where=text(
            "status = 'done' AND action IN ('crm_contact', 'sequence', 'calendar_hold', 'folder', 'draft')"
        ),
    ),
    Index("ix_receipts_look_again", "look_again_at", postgresql_where=text("look_again_at IS NOT NULL")),
    comment="One row an action of a lead: planned, waiting, begun, done, skipped or failed. Before clear_at "
    "nobody can look whether what was begun was done: the service may still do it. At look_again_at somebody "
    "looks whether it was done twice.",
)
