"""Runs the migrations on the connection that `resources/ledger/store.py` hands over."""

from __future__ import annotations

from alembic import context

from resources.ledger import decided, writes

(metadata,) = {table.metadata for table in (writes.intents, decided.decisions)}
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=False,
)
context.run_migrations()
