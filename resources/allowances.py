"""What is left of each limit, read from the limits' file without asking a vendor: for status, gates and forecasts.

Where a vendor tells (Zoho from half of the day's credits on, GoHighLevel and Apollo with each answer) its word is in
the file; elsewhere it is our own count, which knows nothing of other apps.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from resources.usage import BUCKETS, held_as

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DAY_WINDOWS = {"zoho": "credits", "ghl": "day"}
"""The window that a day's work is planned within."""

LONG_AGO = datetime.min.replace(tzinfo=UTC)

_WINDOWS = "SELECT scope, win, cap, seconds, share FROM windows ORDER BY scope, win"
_BUCKETS = "SELECT bucket, amount FROM usage WHERE scope = ? AND win = ? AND bucket >= ? AND amount > 0 ORDER BY bucket"
_HOLDS = "SELECT scope, until FROM holds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """One window of one vendor account.

    Attributes:
        vendor: apollo, zoho or ghl.
        window: its name (credits, day, burst, ...).
        limit: calls or units allowed within `seconds` (real ones, after time scaling).
        used: of these, now.
        usable: what everyday calls may still use: the reserve for people and other apps is taken off.
        resumes_at: when everyday calls find room again, None when they do now.
        resets_at: when all that is used now will be available again, None when nothing is used.
    """

    vendor: str
    window: str
    limit: float
    seconds: float
    used: float
    usable: float
    resumes_at: datetime | None
    resets_at: datetime | None

    @property
    def left(self) -> float:
        """Return what is left, the reserve included."""
        return max(0.0, self.limit - self.used)


def read_allowances(path: Path, now: datetime) -> list[Allowance]:
    """Return every window that was ever counted in a workspace; a missing or unreadable file has none.

    After a change of credentials the file knows an account by both: the one used last counts.
    """
    if not path.exists():
        return []
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5.0)) as connection:
            windows = connection.execute(_WINDOWS).fetchall()
            holds = dict(connection.execute(_HOLDS).fetchall())
            counted = [_allowance(connection, window, _held(holds, window), now.timestamp()) for window in windows]
    except sqlite3.DatabaseError:
        # Of another version, or torn by a power cut: the next run begins a new one.
        return []
    found: dict[tuple[str, str], Allowance] = {}
    for each in sorted(counted, key=lambda each: each.resets_at or LONG_AGO):
        found[each.vendor, each.window] = each
    return [found[name] for name in sorted(found)]


def allowance_of(vendor: str, path: Path, now: datetime) -> Allowance | None:
    """Return the window that a vendor's day is planned within; None before its first call."""
    wanted = (vendor, DAY_WINDOWS.get(vendor))
    return next((each for each in read_allowances(path, now) if (each.vendor, each.window) == wanted), None)


def _held(holds: Mapping[str, float], window: tuple[str, str, float, float, float]) -> float:
    """Return until when the account of a window, or the part of it that the window is named after, has to pause."""
    scope, name = window[:2]
    return max(holds.get(scope, 0.0), holds.get(held_as(scope, name.rpartition(" ")[0]), 0.0))


def _allowance(
    connection: sqlite3.Connection, window: tuple[str, str, float, float, float], held_until: float, now: float
) -> Allowance:
    scope, name, limit, seconds, share = window
    width = seconds / BUCKETS
    kept = connection.execute(_BUCKETS, (scope, name, int(now / width) - BUCKETS)).fetchall()
    used = sum(amount for _, amount in kept)
    leaves = [(bucket + 1 + BUCKETS) * width for bucket, _ in kept]
    rest, frees_at = used, held_until if held_until > now else 0.0
    for (_, amount), moment in zip(kept, leaves, strict=True):
        if rest < limit * share:
            break
        rest, frees_at = rest - amount, max(frees_at, moment)
    return Allowance(
        vendor=scope.split()[0],
        window=name,
        limit=limit,
        seconds=seconds,
        used=used,
        usable=max(0.0, limit * share - used),
        resumes_at=datetime.fromtimestamp(frees_at, UTC) if frees_at else None,
        resets_at=datetime.fromtimestamp(leaves[-1], UTC) if leaves else None,
    )
