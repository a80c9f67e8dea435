"""Alembic's entry point. It uses the connection it is given, inside that connection's transaction."""

from __future__ import annotations

from alembic import context

from storage.tables.models import Table

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Table.metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
