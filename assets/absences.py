"""What is told of a stage that went on although a vendor could not be asked."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from pipeline.errors import CredentialsRejected, QuotaExhausted, VendorError

if TYPE_CHECKING:
    from assets.boundary import Counts


def absence(error: VendorError | QuotaExhausted, told: str) -> Counts:
    """Return how the run ends: incomplete for want of calls or credits, else not well; `told`: why, in words."""
    counts: dict[str, int | float | str] = {"error": type(error).__name__}
    if isinstance(error, QuotaExhausted):
        return counts | {"incomplete": str(error), "resumes_at": error.resumes_at.astimezone(UTC).isoformat()}
    if isinstance(error, CredentialsRejected):
        counts["refused_by"] = error.vendor
    return counts | {"problems": told, "exit_code": error.exit_code}
