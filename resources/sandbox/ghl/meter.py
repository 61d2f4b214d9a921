"""The rate meter: 100 calls per 10 s and 200 000 per day, with five headers (GHL fact sheet §2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from resources.sandbox.ghl.switches import Switches

_DAY_MS = 86_400_000


class Meter:
    """Counts calls of one app at one location; windows are divided by the sandbox's time scale.

    A window opens with the first call after the last one closed. Refused calls are not counted.
    """

    def __init__(self, *, switches: Switches, time_scale: float) -> None:
        self._burst_limit = switches.burst_limit
        self._daily_limit = switches.daily_limit
        self._burst_ms = max(1.0, switches.burst_seconds * 1000 / time_scale)
        self._day_ms = _DAY_MS / time_scale
        self._burst_from = self._day_from = float("-inf")
        self._burst_used = 0
        self.daily_used = 0

    def admit(self, now: int) -> bool:
        """Count a call at `now` (epoch ms); False when a limit is reached."""
        if not 0 <= now - self._burst_from < self._burst_ms:
            self._burst_from, self._burst_used = now, 0
        if not 0 <= now - self._day_from < self._day_ms:
            self._day_from, self.daily_used = now, 0
        if self._burst_used >= self._burst_limit or self.daily_used >= self._daily_limit:
            return False
        self._burst_used += 1
        self.daily_used += 1
        return True

    def headers(self) -> dict[str, str]:
        """Give the five headers of every answer."""
        return {
            "X-RateLimit-Limit-Daily": str(self._daily_limit),
            "X-RateLimit-Daily-Remaining": str(self._daily_limit - self.daily_used),
            "X-RateLimit-Interval-Milliseconds": str(round(self._burst_ms)),
            "X-RateLimit-Max": str(self._burst_limit),
            "X-RateLimit-Remaining": str(self._burst_limit - self._burst_used),
        }
