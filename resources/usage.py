"""What was used of each limit, in one SQLite file shared by the processes of a workspace.

The file is unsynchronised on purpose: after a power cut a window that forgot a few calls is harmless, and the
vendor's own headers correct it. A file that cannot be read is started afresh for the same reason.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUCKETS = 60
"""Parts of a window that are counted apart; a part leaves when its newest call may leave."""
LEASE_SECONDS = 180.0
"""A place of a process that died is free again after this (longer than any call may last)."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS usage
    (scope TEXT, win TEXT, bucket INTEGER, amount REAL, PRIMARY KEY (scope, win, bucket));
CREATE TABLE IF NOT EXISTS places
    (scope TEXT, place TEXT, holder TEXT, until REAL, PRIMARY KEY (scope, place, holder));
CREATE TABLE IF NOT EXISTS holds (scope TEXT PRIMARY KEY, until REAL);
CREATE TABLE IF NOT EXISTS windows
    (scope TEXT, win TEXT, cap REAL, seconds REAL, share REAL, told_at REAL, PRIMARY KEY (scope, win));
"""


def held_as(scope: str, part: str) -> str:
    """Return under which name a pause of an account, or of one of its parts, is kept."""
    return f"{scope}/{part}" if part else scope


class Usage:
    """The usage of one vendor account (`scope`): buckets of windows, places taken, a pause asked for.

    Every method belongs inside `with usage.exclusive():`, which also serialises the threads of a process.
    Times are POSIX seconds.
    """

    def __init__(self, path: Path, scope: str) -> None:
        self._scope = scope
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._connection = _open(path)
        except sqlite3.DatabaseError:
            for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
                path.with_name(name).unlink(missing_ok=True)
            self._connection = _open(path)

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold the file alone; every way out leaves consistent rows, so all of them commit."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            finally:
                self._connection.execute("COMMIT")

    def buckets(self, window: str, oldest: int) -> list[tuple[int, float]]:
        """Return (bucket, amount) of a window in order, forgetting those before `oldest`."""
        self._run("DELETE FROM usage WHERE scope = ? AND win = ? AND bucket < ?", self._scope, window, oldest)
        return self._run(
            "SELECT bucket, amount FROM usage WHERE scope = ? AND win = ? ORDER BY bucket",
            self._scope,
            window,
        )

    def spend(self, window: str, bucket: int, amount: float) -> None:
        """Add an amount to a bucket."""
        self._run(
            "INSERT INTO usage VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET amount = amount + excluded.amount",
            *(self._scope, window, bucket, amount),
        )

    def hold(self, until: float, part: str = "") -> None:
        """Let no call pass before `until`; with `part`, none of that part of the account."""
        self._run("INSERT OR REPLACE INTO holds VALUES (?, ?)", held_as(self._scope, part), until)

    def held_until(self, part: str = "") -> float:
        """Return until when no call of a part may pass, 0 when there is no such pause."""
        names = (self._scope, held_as(self._scope, part))
        return float(self._run("SELECT coalesce(max(until), 0) FROM holds WHERE scope IN (?, ?)", *names)[0][0])

    def describe(self, window: str, cap: float, seconds: float, share: float) -> None:
        """Note a window's limit, its length in real seconds, and the share that everyday calls may fill."""
        self._run(
            "INSERT INTO windows VALUES (?, ?, ?, ?, ?, NULL) ON CONFLICT DO UPDATE SET"
            " cap = excluded.cap, seconds = excluded.seconds, share = excluded.share, told_at = NULL",
            *(self._scope, window, cap, seconds, share),
        )

    def tell(self, window: str, cap: float, now: float) -> None:
        """Note the limit that the vendor told."""
        query = "UPDATE windows SET cap = ?, told_at = ? WHERE scope = ? AND win = ?"
        self._run(query, cap, now, self._scope, window)

    def taken(self, place: str, now: float) -> int:
        """Return how many places are taken, without those of the dead."""
        self._run("DELETE FROM places WHERE scope = ? AND until < ?", self._scope, now)
        rows = self._run("SELECT count(*) FROM places WHERE scope = ? AND place = ?", self._scope, place)
        return int(rows[0][0])

    def take(self, place: str, holder: str, now: float) -> None:
        """Take a place for a holder."""
        self._run("INSERT INTO places VALUES (?, ?, ?, ?)", self._scope, place, holder, now + LEASE_SECONDS)

    def free(self, holder: str) -> None:
        """Give back all places of a holder."""
        self._run("DELETE FROM places WHERE scope = ? AND holder = ?", self._scope, holder)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _run(self, sql: str, *values: object) -> list[Any]:
        return self._connection.execute(sql, values).fetchall()


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=30.0, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = OFF")
        connection.executescript(_SCHEMA)
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection
