"""Alembic's entry: migrations run inside the transaction that `store.migrate` opened."""

from __future__ import annotations

from alembic import context

from pipeline.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
