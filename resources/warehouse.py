"""The warehouse: one DuckDB file, opened late and closed early, by one process at a time.

DuckDB locks a file across processes and an open reader blocks a writer, so every use takes a file lock with a
bounded wait first. Opening costs ten milliseconds, so between uses the file stays open until `release`, which
the workspace calls before a vendor is asked: it is never held meanwhile. Tables are declared in
`pipeline/tables/*.yaml`; nothing else creates them.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb
from filelock import FileLock, Timeout

from pipeline.errors import LeadflowError
from resources.rooms import rooms
from resources.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK_WAIT_SECONDS = 120.0
THREADS = 2
MEMORY = "512MB"
"""DuckDB spills to disk beyond this: a laptop with other work on it is the machine to plan for."""


class WarehouseBusy(LeadflowError):
    """Another process kept the warehouse longer than we may wait."""

    retryable = True


class Warehouse:
    """The warehouse file of a workspace."""

    def __init__(self, path: Path, *, lock_wait: float = LOCK_WAIT_SECONDS, memory: str = MEMORY) -> None:
        self.path, self.memory, self.rooms = path, memory, rooms(memory)
        self._lock = FileLock(f"{path}.lock", timeout=lock_wait)
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._in_use = 0
        self._is_ready = False

    @contextmanager
    def open(self) -> Iterator[Session]:
        """Use the warehouse; no other process can until `release`.

        Raises:
            WarehouseBusy: another process holds it for longer than the bounded wait.
        """
        session = Session(self._connect(), rooms=self.rooms)
        self._in_use += 1
        try:
            yield session
        finally:
            self._in_use -= 1
            session.forget_views()

    def release(self) -> None:
        """Close the file and let other processes have it; the next use opens it again.

        Raises:
            LeadflowError: it is in use right now: a vendor must not be asked inside `open`.
        """
        if self._in_use:
            raise LeadflowError("the warehouse is held while a vendor is asked: close it first")
        if self._connection is not None:
            self._connection.close()
            self._connection = None
            self._lock.release()

    def _connect(self) -> duckdb.DuckDBPyConnection:
        if self._connection is not None:
            return self._connection
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire()
        except Timeout as error:
            waited = f"{self._lock.timeout:.0f} s"
            raise WarehouseBusy(
                f"the warehouse {self.path.name} has been in use by another run for {waited}; try again"
            ) from error
        is_new = not self.path.exists()
        try:
            connection = duckdb.connect(str(self.path), config={"threads": THREADS, "memory_limit": self.memory})
            connection.execute("SET TimeZone = 'UTC'")
            if is_new or not self._is_ready:
                # Looked at once per process: nobody takes tables away from a file that is there.
                Session(connection).ensure_tables()
                self._is_ready = True
        except BaseException:
            self._lock.release()
            raise
        self._connection = connection
        return connection
