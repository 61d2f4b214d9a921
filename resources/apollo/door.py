"""Apollo's words for key, limits and errors (Apollo fact sheet §1 to §3).

Four error envelopes, and the answer to a wrong key is plain text. Limits are three windows (minute, hour,
day) for each endpoint; an unlimited window has an empty header.
"""

from __future__ import annotations

import json
import math
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

_ENDPOINTS = {
    "search": r"/mixed_(people|companies)/",
    "enrichment": r"/people/(match|bulk_match|[0-9a-f]{24}$)|/organizations/",
    "sequences": r"/emailer_campaigns/",
    "credits": r"/usage_stats/",
}
"""Name → pattern of the endpoints that we call; of each pattern we call one. Whatever else is called is `other`."""
_PATTERNS = {**_ENDPOINTS, "other": rf"^(?!.*({'|'.join(_ENDPOINTS.values())}))"}
_SECONDS = {"minute": 60.0, "hour": 3600.0, "day": 86400.0}
_HEADERS = {"minute": ("minute",), "hour": ("hourly",), "day": ("24-hour", "daily")}
_LIMITS = {
    "search": (200, 6000, 50_000),
    "enrichment": (1000, math.inf, math.inf),
}
_USUAL = (200, 400, 2000)
PATIENCE = 60.0
"""Seconds: a longer pause that Apollo asks for ends the run as incomplete instead of holding it."""

WINDOWS: tuple[Window, ...] = tuple(
    Window(name=f"{endpoint} {period}", limit=limit, seconds=_SECONDS[period], only=pattern)
    for endpoint, pattern in _PATTERNS.items()
    for period, limit in zip(_SECONDS, _LIMITS.get(endpoint, _USUAL), strict=True)
)
"""Limits of the Professional plan (as of August 2026); what the headers say wins."""


def apollo_door(
    *,
    api_key: str,
    base_url: str = "https://api.apollo.io/api/v1",
    time_scale: float = 1.0,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    **rest: Any,
) -> Door:
    """Return the door to Apollo; `rest` goes to `Door` (limiter, retry, on_call, transport)."""
    headers = {
        "x-api-key": api_key,
        "Accept": "application/json",
        "Content-Type": "application/json",
        "Cache-Control": "no-cache",
    }
    return Door(
        vendor="apollo",
        base_url=base_url,
        authorize=lambda _refused: headers,
        read_error=lambda reply: read_error(reply, clock=clock, time_scale=time_scale),
        time_scale=time_scale,
        clock=clock,
        **rest,
    )


def endpoint_of(request: str) -> str:
    """Return which endpoint a request ("POST /people/bulk_match") is for: Apollo's limits are those of an endpoint."""
    return next(name for name, pattern in _PATTERNS.items() if re.search(pattern, request))


def read_headers(reply: Reply) -> list[Told]:
    """Return what the nine rate headers say about the windows of the endpoint that answered."""
    endpoint = endpoint_of(reply.request)
    told = []
    for period, words in _HEADERS.items():
        for word in words:
            limit = _count(reply.headers, f"x-rate-limit-{word}")
            left = _count(reply.headers, f"x-{word}-requests-left")
            if limit is not None and left is not None:
                told.append(Told(window=f"{endpoint} {period}", remaining=left, limit=limit))
                break
    return told


def read_error(reply: Reply, *, clock: Callable[[], datetime], time_scale: float = 1.0) -> LeadflowError | None:
    """Return what an answer of 400 and above means; None for others and for 5xx (the status says enough)."""
    if not 400 <= reply.status < 500 or reply.status == 408:
        return None
    body = _unwrapped(reply)
    said, code = _message(body) or reply.excerpt(), body.get("error_code")
    what = f"Apollo refused {reply.request}"
    about: dict[str, Any] = {"vendor": "apollo", "status": reply.status, "code": code, "answer": body or said}
    if reply.status == 401:
        return CredentialsRejected(f"{what}: {said} Check APOLLO_API_KEY.", **about)
    if reply.status == 403:
        advice = "allow this endpoint for the key in APOLLO_API_KEY, or use a master key or another plan"
        return CredentialsRejected(f"{what}: {said} To do: {advice}.", **about)
    if reply.status == 429:
        pause = _pause(reply, said, clock(), time_scale)
        if pause > PATIENCE:
            resumes_at = clock() + timedelta(seconds=pause)
            return QuotaExhausted(
                f"Apollo's limit is used up ({said}); it continues at {resumes_at:%Y-%m-%d %H:%M:%S} UTC",
                resumes_at=resumes_at,
            )
        return RateLimited(f"{what}: {said}", vendor="apollo", retry_after=pause, status=429, answer=body)
    return RequestRefused(f"{what} with HTTP {reply.status}: {said}", **about)


def _pause(reply: Reply, said: str, now: datetime, time_scale: float) -> float:
    """Return the seconds asked for; without Retry-After the window the message names, at its longest."""
    asked = reply.retry_after(now)
    if asked is not None:
        return asked
    period = re.search(r"times per (minute|hour|day)", said)
    return _SECONDS[period[1] if period else "minute"] / time_scale


def _unwrapped(reply: Reply) -> dict[str, Json]:
    """Return the error object; some examples of the docs hold it as JSON text inside JSON."""
    body = reply.json_or_none()
    if isinstance(body, str):
        try:
            body = json.loads(body)
        except ValueError:
            return {"message": body}
    return body if isinstance(body, dict) else {}


def _message(body: Mapping[str, Json]) -> str | None:
    for key in ("error", "message", "error_message"):
        value = body.get(key)
        if isinstance(value, str) and value:
            inner = re.search(r'"message"\s*:\s*"([^"]+)"', value)
            return inner[1] if inner else value
    return None


def _count(headers: Mapping[str, str], name: str) -> float | None:
    text = headers.get(name, "").strip()
    return float(text) if text.replace(".", "", 1).isdecimal() else None
