"""What every part of the ledger stands on: the open store."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from resources.ledger.store import Store


class Part:
    """A part of the ledger."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def now(self) -> datetime:
        """Return the moment, aware UTC."""
        return self.store.clock()
