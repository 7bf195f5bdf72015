"""Tables of the services outside: whether each works, how fast it may be asked, what it answered and cost.

None of them names a lead for longer than it is in trouble.
"""

from sqlalchemy import BigInteger, Column, Double, Identity, Index, Integer, Numeric, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from orchestration_project.ledger.tables.base import metadata, moment

connections = Table(
    "connections",
    metadata,
    Column("name", Text, primary_key=True, comment="a line of connections.yaml, or playbook"),
    Column("state", Text, nullable=False, comment="closed, open or half_open"),
    Column("why", Text, nullable=False, server_default="", comment="down, limited, refused or set_up"),
    Column("said", Text, nullable=False, server_default="", comment="what the service answered last"),
    moment("since", nullable=True),
    moment("next_probe", nullable=True),
    moment("closed_at", nullable=True),
    Column("failures", Integer, nullable=False, server_default=text("0"), comment="in a row"),
    Column("failed_ref", Text, comment="the lead of the first of these failures"),
    Column("probes", Integer, nullable=False, server_default=text("0")),
    Column("version", Text, comment="of the playbook that did not cover a lead"),
    comment="Whether each connection works, for all processes together.",
)

companies = Table(
    "companies",
    metadata,
    Column("service", Text, primary_key=True),
    Column("domain", Text, primary_key=True),
    Column("status", Text, nullable=False, comment="asked (paid for, no answer kept), found or not_found"),
    Column("profile", JSONB),
    moment("asked_at"),
    Index("ix_companies_asked", "service", "asked_at"),
    comment="What enrichment services have answered, since each answer costs money.",
)

ai_spend = Table(
    "ai_spend",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    moment("at"),
    Column("model", Text, nullable=False),
    Column("input_tokens", Integer, nullable=False),
    Column("output_tokens", Integer, nullable=False),
    Column("cost_usd", Numeric),
    Column("purpose", Text, nullable=False, server_default="live", comment="live or rescore"),
    Index("ix_ai_spend_at", "at"),
    comment="Every answer of the AI that was paid for. Names no lead, so it outlives erased ones.",
)

ai_refusals = Table(
    "ai_refusals",
    metadata,
    Column("server", Text, primary_key=True),
    Column("model", Text, primary_key=True),
    Column("parameter", Text, primary_key=True, comment="such as temperature"),
    moment("refused_at"),
    comment="Which optional parameters of a question each model refuses.",
)

made_ids = Table(
    "made_ids",
    metadata,
    Column("service", Text, primary_key=True),
    Column("name", Text, primary_key=True, comment="our key of what is made, and which part of it"),
    Column("id", Text, nullable=False),
    moment("taken_at"),
    comment="The ids under which things are made elsewhere, kept before the write.",
)

paces = Table(
    "paces",
    metadata,
    Column("name", Text, primary_key=True),
    Column("turns", ARRAY(Double), nullable=False, comment="the latest requests, as Unix times"),
    comment="When each service may be asked again, for all processes together.",
)

ai_batches = Table(
    "ai_batches",
    metadata,
    Column("key", Text, primary_key=True, comment="ours, which the service keeps with it"),
    Column("batch_id", Text, comment="the service's; none: nobody knows whether it was handed in"),
    Column("playbook_version", Text, nullable=False),
    Column("scorer", Text, nullable=False),
    Column("asked", ARRAY(Text), nullable=False, comment="ref and attempt of each question"),
    moment("begun_at"),
    moment("collected_at", nullable=True),
    comment="Questions that were handed in by the file, to be answered within a day.",
)
