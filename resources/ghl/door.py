"""GoHighLevel's words for token, version, limits and errors (GoHighLevel fact sheet §0 to §3).

Every call names the version of its resource. 100 calls in 10 seconds and 200,000 a day for each location; no
Retry-After: the pause is the interval header. An unknown id is 400, not 404; the message of a 422 is a list.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pipeline.errors import CredentialsRejected, QuotaExhausted, RateLimited, RequestRefused
from resources.http import Door
from resources.limits import Told, Window

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pipeline.errors import LeadflowError
    from pipeline.models import Json
    from resources.http import Reply

CONTACTS_VERSION = "2021-07-28"
"""Contacts, opportunities, locations, workflows, users, e-mail schedules."""
CONVERSATIONS_VERSION = "2021-04-15"
"""Conversations and calendars."""
STATS_VERSION = "v3"
"""E-mail statistics of workflows and bulk actions exist in this version only."""

INTERVAL = 10.0
DAY = 86_400.0
WINDOWS: tuple[Window, ...] = (
    Window(name="burst", limit=100, seconds=INTERVAL),
    Window(name="day", limit=200_000, seconds=DAY),
)
"""Limits of a location (as of June 2026); what the headers say wins."""


def ghl_door(
    *,
    token: str,
    base_url: str = "https://services.leadconnectorhq.com",
    time_scale: float = 1.0,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    **rest: Any,
) -> Door:
    """Return the door to GoHighLevel for a Private Integration Token of a sub-account.

    `rest` goes to `Door` (limiter, retry, on_call, transport).
    """
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    return Door(
        vendor="ghl",
        base_url=base_url,
        authorize=lambda _refused: headers,
        read_error=lambda reply: read_error(reply, clock=clock, time_scale=time_scale),
        time_scale=time_scale,
        clock=clock,
        **rest,
    )


def read_headers(reply: Reply) -> list[Told]:
    """Return what the rate headers say about the windows `burst` and `day`."""
    pairs = (
        ("burst", "x-ratelimit-max", "x-ratelimit-remaining"),
        ("day", "x-ratelimit-limit-daily", "x-ratelimit-daily-remaining"),
    )
    told = []
    for window, limit_header, left_header in pairs:
        limit, left = _count(reply.headers, limit_header), _count(reply.headers, left_header)
        if limit is not None and left is not None:
            told.append(Told(window=window, remaining=left, limit=limit))
    return told


def read_error(reply: Reply, *, clock: Callable[[], datetime], time_scale: float = 1.0) -> LeadflowError | None:
    """Return what an answer of 400 and above means; None for others and for 5xx (the status says enough).

    `code` of a refusal is `duplicate` (the answer's `meta.contactId` names the contact), `not_found`, or the
    status.
    """
    if not 400 <= reply.status < 500 or reply.status == 408:
        return None
    body = reply.json_or_none()
    body = body if isinstance(body, dict) else {}
    said = message(body) or reply.excerpt()
    what = f"GoHighLevel refused {reply.request} with HTTP {reply.status}: {said}"
    about: dict[str, Any] = {"vendor": "ghl", "status": reply.status, "answer": body or said}
    if reply.status in (401, 403):
        return _no_access(what, said, about)
    if reply.status == 429:
        return _limited(reply, what, clock(), time_scale)
    return RequestRefused(what, code=_code(reply.status, body, said), **about)


def message(body: Mapping[str, Json]) -> str:
    """Return the words of an error answer: a text, a list of texts, or v3's error object."""
    error, said = body.get("error"), body.get("message")
    if isinstance(error, dict):
        said = error.get("message")
    if isinstance(said, list):
        return "; ".join(map(str, said))
    return str(said or error or "")


def _no_access(what: str, said: str, about: Mapping[str, Any]) -> LeadflowError:
    if "version" in said.lower():
        return RequestRefused(what, **about)
    advice = "check GHL_TOKEN"
    if "location" in said.lower():
        advice = "GHL_TOKEN has no access to the location in GHL_LOCATION_ID: use a token of that sub-account"
    elif "scope" in said.lower():
        advice = "add the missing scope to the private integration whose token is in GHL_TOKEN"
    return CredentialsRejected(f"{what.removesuffix('.')}. To do: {advice}.", **about)


def _limited(reply: Reply, what: str, now: datetime, time_scale: float) -> LeadflowError:
    if _count(reply.headers, "x-ratelimit-daily-remaining") == 0:
        resumes_at = now + timedelta(seconds=DAY / time_scale)
        return QuotaExhausted(
            f"GoHighLevel's daily limit is used up; it continues by {resumes_at:%Y-%m-%d %H:%M:%S} UTC",
            resumes_at=resumes_at,
        )
    interval = _count(reply.headers, "x-ratelimit-interval-milliseconds")
    pause = min(INTERVAL / time_scale, interval / 1000) if interval else INTERVAL / time_scale
    return RateLimited(what, vendor="ghl", status=429, retry_after=reply.retry_after(now) or pause)


def _code(status: int, body: Mapping[str, Json], said: str) -> str:
    meta = body.get("meta")
    if isinstance(meta, dict) and meta.get("contactId"):
        return "duplicate"
    if status == 404 or re.search(r"\bnot found\b", said, re.IGNORECASE):
        return "not_found"
    return str(status)


def _count(headers: Mapping[str, str], name: str) -> float | None:
    text = headers.get(name, "").strip()
    return float(text) if text.isdecimal() else None
