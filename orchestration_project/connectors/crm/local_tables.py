"""The tables of the embedded CRM, in a schema of their own in the ledger's server.

Queries are in `local.py`; creating and changing the tables is the business of the migrations.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Integer,
    MetaData,
    Numeric,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(schema="local_crm")


def _id() -> Column[int]:
    return Column("id", BigInteger, Identity(always=True), primary_key=True)


def _contact_id() -> Column[int]:
    # erasing a contact erases what hangs on it
    return Column(
        "contact_id", BigInteger, ForeignKey("contacts.id", ondelete="CASCADE"), nullable=False, index=True
    )


contacts = Table(
    "contacts",
    metadata,
    _id(),
    Column("person_key", Text, unique=True),  # the case-folded e-mail; a hand-entered contact may have none
    Column("email", Text),
    Column("name", Text),
    Column("phone", Text),
    Column("company", Text),
    Column("website", Text),
    Column("properties", JSONB, nullable=False, server_default=text("'{}'")),
    Column("entered_by", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("entered_by IN ('person', 'us')", name="contacts_entered_by_check"),
)

notes = Table(
    "notes",
    metadata,
    _id(),
    _contact_id(),
    Column("key", Text, nullable=False, unique=True),
    Column("text", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
)

tasks = Table(
    "tasks",
    metadata,
    _id(),
    _contact_id(),
    Column("key", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("due", Date, nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("assignee", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
)

activities = Table(
    "activities",
    metadata,
    _id(),
    _contact_id(),
    Column("key", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("minutes", Integer),
    Column("created_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("kind IN ('call', 'mail')", name="activities_kind_check"),
)

deals = Table(
    "deals",
    metadata,
    _id(),
    _contact_id(),
    Column("outcome", Text, nullable=False),
    Column("value", Numeric),
    Column("currency", Text),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("closed_at", DateTime(timezone=True), nullable=False),
    Column("change", BigInteger, nullable=False, unique=True),  # counts upwards over all deals
    CheckConstraint("outcome IN ('won', 'lost')", name="deals_outcome_check"),
)
