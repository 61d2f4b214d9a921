"""Zoho's limits as windows and places (Zoho fact sheet §8): credits in 24 hours, calls at the same time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resources.limits import Places, Told, Window
from resources.zoho.answers import CREDITS_LEFT, PARKED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from resources.replies import Reply

DAY = 24 * 60 * 60
HEAVY = r"/coql$|/search$|/actions/convert$|^(GET|POST|PUT) /crm/[^/]+/[A-Z]\w*(/upsert)?$"
"""COQL, search, convert, writes and sorted lists share ten places in every edition; two stay for others."""


DOWNLOADS = 10.0
"""Files of bulk reads that may be downloaded in a minute (Zoho fact sheet §4.6)."""


def windows(credits_per_day: float) -> tuple[Window, ...]:
    """Return the credit window of an organisation with this allowance, and the pace of bulk read downloads."""
    return (
        Window(name="credits", limit=credits_per_day, seconds=DAY, counts="units"),
        Window(
            name="bulk read downloads", limit=DOWNLOADS, seconds=60, only=r"^GET .*/crm/bulk/[^/]+/read/[^/]+/result$"
        ),
    )


def places(concurrent: int) -> tuple[Places, ...]:
    """Return the places of an edition with this many concurrent calls, two of them left to others."""
    return (
        Places(name="calls", limit=max(1, concurrent - 2)),
        Places(name="heavy calls", limit=8, only=HEAVY),
    )


def read_pause(reply: Reply) -> float | None:
    """Return for how many seconds a refusal for want of credits closes Zoho: it does not say so itself."""
    if reply.status != 429:
        return None
    body = reply.json_or_none()
    told = str(body.get("message", "")) if isinstance(body, dict) else ""
    is_out = reply.headers.get(CREDITS_LEFT) == "0" or "credit" in told.lower()
    return PARKED.total_seconds() if is_out else None


def read_headers(reply: Reply) -> Sequence[Told]:
    """Return what Zoho says is left; it says so once half of the allowance is used."""
    left = reply.headers.get(CREDITS_LEFT, "")
    return (Told(window="credits", remaining=float(left)),) if left.isdigit() else ()
