"""What Alembic runs around the migrations. The transaction is the caller's."""

from alembic import context

from quafu_runtime.server.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
