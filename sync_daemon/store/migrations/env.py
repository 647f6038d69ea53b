"""What alembic runs around a migration: on the connection that `migrations.upgrade` was given."""

from __future__ import annotations

from alembic import context

from sync_daemon.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
