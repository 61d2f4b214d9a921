"""One applier of a vendor at a time: a lock that dies with the process that holds it.

A file lock for a ledger on this machine (SQLite); where several machines share a ledger (PostgreSQL) an advisory
lock of its session, which the server lets go when the connection ends.
"""

from __future__ import annotations

import hashlib
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout
from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

POLL_SECONDS = 0.25
_TAKE = text("SELECT pg_try_advisory_lock(:number)")
_LEAVE = text("SELECT pg_advisory_unlock(:number)")


class Taken(Exception):
    """Somebody else holds it, and has for the whole wait."""


class Exclusion:
    """Holds a lock for the length of a block; `wait` in seconds. Not to be entered twice at once."""

    def __init__(self, *, engine: Engine, path: Path, wait: float) -> None:
        self.wait = wait
        self._engine, self._name = engine, path.name
        self._file = None if engine.dialect.name == "postgresql" else FileLock(str(path), timeout=wait)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock.

        Raises:
            Taken: it did not come free in time.
        """
        if self._file is None:
            with self._advisory():
                yield
            return
        try:
            self._file.acquire()
        except Timeout:
            raise Taken from None
        try:
            yield
        finally:
            self._file.release()

    @contextmanager
    def _advisory(self) -> Iterator[None]:
        """Hold the session's lock on a connection of its own, which does nothing else."""
        number = int.from_bytes(hashlib.sha256(self._name.encode()).digest()[:8], "big", signed=True)
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        with connection:
            until = time.monotonic() + self.wait
            while not connection.execute(_TAKE, {"number": number}).scalar():
                if time.monotonic() >= until:
                    raise Taken
                time.sleep(POLL_SECONDS)
            try:
                yield
            finally:
                connection.execute(_LEAVE, {"number": number})
