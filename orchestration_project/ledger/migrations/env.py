"""Alembic's entry: runs the migrations on the connection that `engine.migrate` hands over."""

from alembic import context

from orchestration_project.ledger.tables import SCHEMA, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table="migration",
    version_table_schema=SCHEMA,
    include_schemas=True,
)
with context.begin_transaction():
    context.run_migrations()
