"""Alembic's entry: runs the revisions on the connection that the caller has already locked."""

from __future__ import annotations

from alembic import context

from corpora.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters a table only by copying it
)
with context.begin_transaction():
    context.run_migrations()
