"""One call of a vendor and its attempts: how long it may try, what is known so far, what the log keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pipeline.errors import (
    AnswerLost,
    LeadflowError,
    RateLimited,
    RequestRefused,
    UnexpectedAnswer,
    VendorUnavailable,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pipeline.models import Json
    from resources.replies import Reply

FIRST_PAUSE_WHEN_LIMITED = 2.0
"""Seconds before the first repeat of a call answered 429 without Retry-After (Zoho fact sheet §8)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """How long a call may try: attempts, and seconds in total.

    The pauses double from `first_pause` to `longest_pause` (seconds), with full jitter, divided by the time
    scale. A pause that the vendor names is obeyed as it is; one too long for `seconds` ends the call.
    """

    attempts: int = 5
    seconds: float = 90.0
    first_pause: float = 0.5
    longest_pause: float = 20.0


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One attempt of one call, for the request log and the meters: no query, no body, no secret.

    `status` is None when no answer arrived; `seconds` is wall time; `units` is what the caller said it costs.
    """

    vendor: str
    method: str
    path: str
    status: int | None
    seconds: float
    units: float
    purpose: str
    attempt: int


@dataclass(slots=True, kw_only=True)
class Call:
    """A call under way. `perhaps_executed` is set once an attempt was sent and not clearly refused."""

    vendor: str
    method: str
    path: str
    arguments: Mapping[str, Json]
    headers: Mapping[str, str]
    repeatable: bool
    writes: bool
    expects: Literal["json", "bytes"]
    redirects: bool
    largest: int
    priority: str
    units: float
    purpose: str
    ends_at: float
    attempt: int = 0
    perhaps_executed: bool = False
    unreadable: bool = False
    unauthorized: bool = False
    limited: bool = False
    asked_pause: float | None = None

    @property
    def name(self) -> str:
        """Return "POST /crm/v2/Leads", for messages and limits; never a query."""
        return f"{self.method} {self.path.partition('?')[0]}"

    def note(self, error: LeadflowError, asked_pause: float | None) -> None:
        """Remember what an attempt's error says about the call as a whole."""
        self.asked_pause = asked_pause
        self.limited = isinstance(error, RateLimited)
        if isinstance(error, RateLimited):
            error.retry_after = self.asked_pause = error.retry_after or asked_pause
        elif isinstance(error, VendorUnavailable):
            self.perhaps_executed = True

    def gathered(self, parts: Iterable[bytes]) -> bytes:
        """Return the body out of its parts; UnexpectedAnswer as soon as it is larger than the call allows."""
        found, size = [], 0
        for part in parts:
            found.append(part)
            size += len(part)
            if size > self.largest:
                self.perhaps_executed = True
                told = f"{self.vendor} answered {self.name} with over {self.largest >> 20} MB: not used"
                raise UnexpectedAnswer(told, vendor=self.vendor)
        return b"".join(found)

    def readable(self, reply: Reply) -> Reply:
        """Return the reply; UnexpectedAnswer when JSON was expected and something else or a part came."""
        if self.expects == "json":
            try:
                reply.json()
            except UnexpectedAnswer:
                self.unreadable = self.perhaps_executed = True
                raise
        return reply

    def may_repeat(self, error: BaseException) -> bool:
        """Tell whether another attempt can help and does no harm."""
        if self.unauthorized:
            return False
        if isinstance(error, RateLimited):
            return True
        if isinstance(error, VendorUnavailable):
            return error.retryable and (self.repeatable or not self.perhaps_executed)
        return isinstance(error, UnexpectedAnswer) and self.unreadable and self.repeatable

    def pause(self, retry: Retry, *, jitter: float, time_scale: float) -> float:
        """Return the seconds to wait before the next attempt; `jitter` is between 0 and 1."""
        asked, self.asked_pause = self.asked_pause, None
        if asked is not None:
            return asked
        first = FIRST_PAUSE_WHEN_LIMITED if self.limited else retry.first_pause
        return min(retry.longest_pause, first * 2.0 ** (self.attempt - 1)) * jitter / time_scale

    def ended(self, error: LeadflowError) -> LeadflowError:
        """Return the error to raise: a write that may have been executed ends as AnswerLost."""
        if not (self.writes and self.perhaps_executed) or isinstance(error, RequestRefused | AnswerLost):
            return error
        return AnswerLost(
            f"{self.vendor} may have executed {self.name}, but no usable answer arrived ({error}); "
            f"it is settled by asking {self.vendor}, not by sending again",
            vendor=self.vendor,
            status=getattr(error, "status", None),
            code=getattr(error, "code", None),
        )

    def unanswered(self, base_url: str, error: Exception) -> VendorUnavailable:
        """Return the error of an attempt that brought no answer."""
        told = str(error) or type(error).__name__
        return VendorUnavailable(
            f"{self.name} at {base_url} of {self.vendor} got no answer ({told}); run again later",
            vendor=self.vendor,
        )

    def record(self, status: int | None, seconds: float) -> CallRecord:
        """Return the log entry of the attempt that just ended."""
        path = self.path.partition("?")[0]
        return CallRecord(self.vendor, self.method, path, status, seconds, self.units, self.purpose, self.attempt)
