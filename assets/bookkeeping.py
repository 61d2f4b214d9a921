"""Dagster's own SQLite files, made quick for the length of a run.

Dagster opens, commits and closes a connection for each event. Closing the last connection of a file copies its
write-ahead log back, and each commit waits for the disk: several seconds of a run that a few hundred events make.
With one connection kept open per file nothing is copied back in between. A commit that does not wait for the disk
survives a killed process, as every commit of SQLite does; after a power cut Dagster's history may lack its last
moments. What must not be lost is in the ledger, which always waits.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy import Engine, event

if TYPE_CHECKING:
    from collections.abc import Iterator

ANYTHING = "SELECT 1 FROM sqlite_master LIMIT 1"


@contextmanager
def kept_open(home: Path) -> Iterator[None]:
    """Keep every SQLite file below `home` open from its first use to the end of the block."""
    keepers: dict[str, sqlite3.Connection] = {}
    lock = Lock()
    inside = home.resolve()

    def connected(connection: object, _record: object) -> None:
        if not isinstance(connection, sqlite3.Connection):
            return
        (place,) = {name: path for _, name, path in connection.execute("PRAGMA database_list")}.values()
        if not place or not Path(place).is_relative_to(inside):
            return
        connection.execute("PRAGMA synchronous = NORMAL")
        with lock:
            keeper = keepers.get(place)
            if keeper is None:
                keeper = keepers[place] = sqlite3.connect(place, check_same_thread=False, timeout=60)
            # Reading is what makes it hold the log, once the file has one.
            keeper.execute(ANYTHING).fetchall()

    event.listen(Engine, "connect", connected)
    try:
        yield
    finally:
        event.remove(Engine, "connect", connected)
        for keeper in keepers.values():
            keeper.close()
