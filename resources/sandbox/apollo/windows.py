"""Rate limits: three fixed windows per endpoint, opened by the first request (Apollo fact sheet §2)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

Limits = tuple[int | None, int | None, int | None]
"""Requests per minute, hour and day; None is unlimited."""

PLANS: dict[str, dict[str, Limits]] = {
    "free": {
        "default": (50, 200, 600),
        "enrichment": (50, 200, 600),
        "bulk": (20, 100, 600),
        "search": (50, 200, 600),
    },
    "basic": {
        "default": (200, 400, 2000),
        "enrichment": (1000, None, None),
        "bulk": (1000, None, None),
        "search": (200, 6000, 50_000),
    },
    "professional": {
        "default": (200, 400, 2000),
        "enrichment": (1000, None, None),
        "bulk": (1000, None, None),
        "search": (200, 6000, 50_000),
    },
    "organization": {
        "default": (200, 600, 6000),
        "enrichment": (1000, None, None),
        "bulk": (1000, None, None),
        "search": (200, 6000, 50_000),
    },
}
_WINDOWS = (("minute", "minute", 60.0), ("hourly", "hour", 3600.0), ("24-hour", "day", 86_400.0))


@dataclass(slots=True)
class _Window:
    opened: float = 0.0
    used: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a request may pass, with the headers that tell; `exceeded` is (limit, period) when not."""

    headers: dict[str, str]
    exceeded: tuple[int, str] | None


class Windows:
    """The windows of all endpoints of one team. `time_scale` divides their length."""

    def __init__(self, limits: dict[str, Limits], *, time_scale: float) -> None:
        self._limits = limits
        self._scale = time_scale
        self._open: dict[str, tuple[_Window, _Window, _Window]] = {}

    def admit(self, endpoint: str, group: str, now: datetime) -> Verdict:
        """Count one request to `endpoint`, unless a window is used up."""
        moment = now.timestamp()
        windows = self._open.setdefault(endpoint, (_Window(), _Window(), _Window()))
        limits = self._limits[group]
        exceeded: tuple[int, str] | None = None
        wait = 0.0
        for window, limit, (_, period, seconds) in zip(windows, limits, _WINDOWS, strict=True):
            length = seconds / self._scale
            if moment - window.opened >= length:
                window.opened, window.used = moment, 0
            if limit is not None and window.used >= limit:
                exceeded, wait = (limit, period), window.opened + length - moment
        if exceeded is None:
            for window in windows:
                window.used += 1
        headers = self._headers(windows, limits)
        if exceeded is not None:
            headers["retry-after"] = str(max(1, math.ceil(wait)))
        return Verdict(headers, exceeded)

    @staticmethod
    def _headers(windows: tuple[_Window, ...], limits: Limits) -> dict[str, str]:
        headers: dict[str, str] = {}
        for window, limit, (word, _, _) in zip(windows, limits, _WINDOWS, strict=True):
            headers[f"x-rate-limit-{word}"] = "" if limit is None else str(limit)
            if limit is not None:
                headers[f"x-{word}-usage"] = str(window.used)
                headers[f"x-{word}-requests-left"] = str(max(0, limit - window.used))
        return headers

    def usage(self, endpoint: str, group: str, now: datetime) -> dict[str, Any]:
        """Give the consumption of one endpoint as `api_usage_stats` shows it."""
        moment = now.timestamp()
        windows = self._open.get(endpoint, (_Window(), _Window(), _Window()))
        shown: dict[str, Any] = {}
        for window, limit, (_, period, seconds) in zip(windows, self._limits[group], _WINDOWS, strict=True):
            used = window.used if moment - window.opened < seconds / self._scale else 0
            left = None if limit is None else max(0, limit - used)
            shown[period] = {"limit": limit, "consumed": used, "left_over": left}
        return dict(reversed(shown.items()))
