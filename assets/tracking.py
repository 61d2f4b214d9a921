"""Tables that follow the ledger: what changed there since they were last filled, not everything again."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pyarrow as pa

    from assets.boundary import Stage
    from assets.targets import Row
    from resources.session import Session

OVERLAP = timedelta(seconds=5)
"""How far before its last moment a table looks again; what is found twice replaces itself."""


@dataclass(frozen=True, slots=True)
class Following:
    """One table that follows: read rows that changed at or after `since` (None: all of them)."""

    table: str
    since: datetime | None
    session: Session

    def merge(self, key: str, batches: Iterable[Sequence[Row]]) -> None:
        """Put rows in the place of those with the same `key`; all rows of one key come in one batch."""
        if self.since is None:
            self.session.execute(f"DELETE FROM {self.table}")
        for rows in batches:
            if self.since is not None:
                self.drop(key, list(dict.fromkeys(row[key] for row in rows)))
            self.session.insert(self.table, rows)

    def replace(self, key: str, names: Sequence[str], batches: Iterable[Sequence[Row] | pa.Table]) -> None:
        """Put rows in the place of those with one of these values of the column `key`; all when nothing is known."""
        if self.since is None:
            self.session.execute(f"DELETE FROM {self.table}")
        else:
            self.drop(key, names)
        for rows in batches:
            self.session.insert(self.table, rows)

    def drop(self, key: str, names: Sequence[str]) -> None:
        """Take away the rows with one of these values of the column `key`."""
        if names:
            self.session.execute(f"DELETE FROM {self.table} WHERE {key} IN (SELECT unnest(?))", [list(names)])


def last_followed(stage: Stage, table: str) -> datetime | None:
    """Return from when a table must look at the ledger again; None: it was never filled, or time went backwards."""
    with stage.warehouse.open() as session:
        text = session.value("SELECT cursor FROM raw.cursors WHERE feed = ?", [table])
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    return None if moment > stage.now() else moment - OVERLAP


@contextmanager
def following(stage: Stage, table: str, *, since: datetime | None, began: datetime) -> Iterator[Following]:
    """Change a table in one transaction with the moment it has followed the ledger to.

    Args:
        stage: the stage.
        table: catalogue table.
        since: what `last_followed` gave.
        began: the moment before the ledger was read.
    """
    with stage.warehouse.open() as session, session.transaction():
        yield Following(table, since, session)
        session.execute("DELETE FROM raw.cursors WHERE feed = ?", [table])
        session.execute("INSERT INTO raw.cursors VALUES (?, ?, ?)", [table, began.isoformat(), began])
