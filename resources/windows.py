"""What a vendor limits, as data: windows of calls or units, places, and what its headers say is left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """At most `limit` calls (or units) of the calls matching `only` within `seconds` (before time scaling).

    `only` is a regular expression on "POST /crm/v2/coql"; empty means every call.
    """

    name: str
    limit: float
    seconds: float
    counts: Literal["calls", "units"] = "calls"
    only: str = ""

    def cost(self, units: float) -> float:
        """Return what a call of so many units takes from this window."""
        return 1.0 if self.counts == "calls" else units


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """At most `limit` calls matching `only` under way at the same time."""

    name: str
    limit: int
    only: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a vendor's headers say about a window: how much is left and, where they say so, of how much."""

    window: str
    remaining: float
    limit: float | None = None
