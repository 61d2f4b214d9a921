"""The error tree. Whether a retry can help, and the exit code, are part of an error's type.

LeadflowError (1)
├── ConfigurationError (2)         a setting is missing or wrong: names the variable
│   └── WorkspaceMismatch (2)      this folder belongs to another organisation, location or sandbox
├── GateClosed (3)                 a gate or a blocking check stopped the run before a write
├── ApprovalNeeded (4)             the plan waits for a person
├── QuotaExhausted (75)            a budget is used up; carries when it resumes
└── VendorError (1)                a vendor answered, or failed to
    ├── VendorUnavailable          5xx, reset, timeout: a repeat may help            retryable
    │   └── AnswerLost             the request may have been executed                not by itself
    ├── RateLimited                429: repeat after a pause                         retryable
    ├── CredentialsRejected (2)    the key or token was refused
    ├── RequestRefused             4xx: the same request will be refused again
    └── UnexpectedAnswer           not JSON, HTML, truncated, a required field renamed
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from datetime import datetime


class LeadflowError(Exception):
    """Root of everything leadflow raises on purpose: what we did, what came back, what to do."""

    exit_code: ClassVar[int] = 1
    retryable: ClassVar[bool] = False


class ConfigurationError(LeadflowError):
    """A setting is missing or wrong; the message names it, its value and the allowed values."""

    exit_code = 2


class WorkspaceMismatch(ConfigurationError):
    """The data folder belongs to another organisation, location, seed or size."""


class GateClosed(LeadflowError):
    """A gate or a blocking check stopped the run before anything was sent."""

    exit_code = 3


class ApprovalNeeded(LeadflowError):
    """A plan waits for a person; `plan_hash` says which."""

    exit_code = 4

    def __init__(self, message: str, *, plan_hash: str) -> None:
        super().__init__(message)
        self.plan_hash = plan_hash


class QuotaExhausted(LeadflowError):
    """A budget is used up; the run is incomplete and continues at `resumes_at` (UTC)."""

    exit_code = 75

    def __init__(self, message: str, *, resumes_at: datetime) -> None:
        super().__init__(message)
        self.resumes_at = resumes_at


class VendorError(LeadflowError):
    """A vendor refused, failed or could not be understood.

    Attributes:
        vendor: `apollo`, `zoho` or `ghl`.
        status: HTTP status, None where no answer arrived.
        code: the vendor's own error code, where it gave one.
        answer: decoded body (secrets stripped), for the dead-letter tables.
    """

    def __init__(
        self,
        message: str,
        *,
        vendor: str,
        status: int | None = None,
        code: str | None = None,
        answer: object = None,
    ) -> None:
        super().__init__(message)
        self.vendor = vendor
        self.status = status
        self.code = code
        self.answer = answer


class VendorUnavailable(VendorError):
    """No usable answer after all permitted attempts, and the request was certainly not executed twice."""

    retryable = True


class AnswerLost(VendorUnavailable):
    """A write was sent and its answer never arrived: it may have been executed. Settle by asking."""

    retryable = False


class RateLimited(VendorError):
    """The vendor asks for a pause longer than we may wait inside a call; `retry_after` is in seconds."""

    retryable = True

    def __init__(self, message: str, *, vendor: str, retry_after: float | None = None, **rest: object) -> None:
        super().__init__(message, vendor=vendor, **rest)  # type: ignore[arg-type]
        self.retry_after = retry_after


class CredentialsRejected(VendorError):
    """The key, token or scope was refused: a person has to mend it."""

    exit_code = 2


class RequestRefused(VendorError):
    """The vendor refused the request as such; sending it again unchanged is useless."""


class UnexpectedAnswer(VendorError):
    """The answer does not have the documented shape; nothing of it was used."""


AWAY = (QuotaExhausted, VendorUnavailable, RateLimited, CredentialsRejected)
"""What says that a vendor cannot be asked for now, whatever is asked: the day goes on for opt-outs alone."""
Away = QuotaExhausted | VendorUnavailable | RateLimited | CredentialsRejected
