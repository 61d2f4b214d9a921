"""The sandbox's clock: real time, moved forward by whole days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def real_now() -> datetime:
    """Give the present moment as aware UTC."""
    return datetime.now(UTC)


class Clock:
    """Real UTC time plus the days that were let pass."""

    def __init__(self, *, source: Callable[[], datetime] = real_now, days: int = 0) -> None:
        self._source = source
        self.days = days

    @property
    def offset(self) -> timedelta:
        """How far this clock is ahead of real time."""
        return timedelta(days=self.days)

    def now(self) -> datetime:
        """Give the sandbox's present moment as aware UTC."""
        return self._source() + self.offset

    def advance(self, days: int = 1) -> None:
        """Let whole days pass; time never goes back."""
        if days < 0:
            raise ValueError(f"the sandbox clock cannot go back {-days} days")
        self.days += days
