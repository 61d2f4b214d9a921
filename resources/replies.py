"""What a vendor's HTTP answer is, before anybody reads meaning into it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from pipeline.errors import (
    CredentialsRejected,
    RateLimited,
    RequestRefused,
    UnexpectedAnswer,
    VendorError,
    VendorUnavailable,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pipeline.models import Json

REDIRECTS = frozenset({301, 302, 303, 307, 308})
EXCERPT = 160
"""Characters of an answer quoted in an error message."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer: status, headers by lower-case name, and the decoded bytes of the body.

    `vendor` and `request` ("POST /crm/v2/Leads", never a query or a body) are there for error messages.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes
    vendor: str = ""
    request: str = ""
    _decoded: list[Json] = field(default_factory=list, repr=False, compare=False)

    @property
    def location(self) -> str | None:
        """Return where a redirect leads to, None when the answer is none."""
        return self.headers.get("location") if self.status in REDIRECTS else None

    def json(self) -> Json:
        """Return the decoded body, None for an empty one; UnexpectedAnswer for HTML, a cut or other text."""
        if not self._decoded:
            self._decoded.append(self._decode())
        return self._decoded[0]

    def json_or_none(self) -> Json:
        """Return the decoded body, or None when it is empty or not JSON (for readers of error answers)."""
        try:
            return self.json()
        except UnexpectedAnswer:
            return None

    def excerpt(self) -> str:
        """Return the beginning of the body on one line, for messages (the door strips secrets from it)."""
        return " ".join(self.content[: EXCERPT * 2].decode("utf-8", "replace").split())[:EXCERPT]

    def retry_after(self, now: datetime) -> float | None:
        """Return the pause in seconds that a Retry-After header asks for (seconds or an HTTP date)."""
        text = self.headers.get("retry-after", "").strip()
        if not text:
            return None
        try:
            return max(0.0, float(text))
        except ValueError:
            pass
        try:
            return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
        except (TypeError, ValueError):
            return None

    def _decode(self) -> Json:
        if not self.content.strip():
            return None
        try:
            return json.loads(self.content)
        except ValueError as error:
            kind = "an HTML page" if self.content.lstrip()[:1] == b"<" else "text that is not complete JSON"
            raise UnexpectedAnswer(
                f"{self.vendor} answered {self.request} with {kind} ({len(self.content)} bytes, "
                f"HTTP {self.status}): nothing of it was used; run again, or see the vendor's status page",
                vendor=self.vendor,
                status=self.status,
            ) from error


def status_error(reply: Reply, now: datetime) -> VendorError | None:
    """Return what a status means where the vendor's own reader had no word for it; None for 2xx and 304."""
    status = reply.status
    if 200 <= status < 300 or status == 304:
        return None
    said = f"{reply.vendor} answered {reply.request} with HTTP {status}"
    about = {"vendor": reply.vendor, "status": status, "answer": reply.json_or_none()}
    if status in (401, 403):
        return CredentialsRejected(f"{said}: {reply.excerpt()}; check the key, token and its scopes", **about)
    if status == 429:
        return RateLimited(
            f"{said}: too many requests; it continues after a pause",
            retry_after=reply.retry_after(now),
            **about,
        )
    if status >= 500 or status == 408:
        return VendorUnavailable(f"{said}: {reply.excerpt()}; run again later", **about)
    if 300 <= status < 400:
        return UnexpectedAnswer(f"{said}, a redirect, which is not followed; check the base URL", **about)
    return RequestRefused(f"{said}: {reply.excerpt()}", **about)
