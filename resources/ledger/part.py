"""What every part of the ledger stands on: the open store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resources.ledger.rows import BATCH

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Row, Select

    from resources.ledger.store import Store


class Part:
    """A part of the ledger."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def now(self) -> datetime:
        """Return the moment, aware UTC."""
        return self.store.clock()

    def read_batches(self, query: Select[Any]) -> Iterator[Sequence[Row[Any]]]:
        """Yield the rows of a query in batches: those of a large table do not fit in memory together."""
        with self.store.read() as connection:
            yield from connection.execute(query, execution_options={"yield_per": BATCH}).partitions()

    def read_all(self, query: Select[Any]) -> list[Row[Any]]:
        """Return the rows of a query."""
        with self.store.read() as connection:
            return list(connection.execute(query).all())
