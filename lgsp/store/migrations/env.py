"""Runs the steps on the connection that `upgrading.upgrade` (or a developer's Alembic) hands over."""

from __future__ import annotations

from alembic import context

from lgsp.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
    transaction_per_migration=True,  # and one for all where the connection is in one already
)
with context.begin_transaction():
    context.run_migrations()
