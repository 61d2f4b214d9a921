"""What can go wrong with bulk jobs on purpose; tests set it on `ZohoSandbox.bulk.mishaps`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(slots=True, kw_only=True)
class Mishaps:
    """The faults that jobs made from now on get; each count falls by one with the job it strikes.

    `every` numbers strike each nth row of a job (counted from 1); 0 strikes none.
    """

    stuck_jobs: int = 0
    """So many jobs write half of their rows and stay in progress until `Bulk.release`."""
    failed_jobs: int = 0
    """So many jobs end as FAILED, having written `failed_rows` rows."""
    failed_rows: int = 0
    lost_every: int = 0
    """Rows that are neither written nor told of in the result."""
    untold_every: int = 0
    """Rows that are written, but lack in the result."""
    skipped_every: int = 0
    """Rows skipped with CANNOT_PROCESS."""
    stops_after: int | None = None
    """Rows after this many are UNPROCESSED; the job is COMPLETED all the same."""
    result_delay_seconds: float = 0.0
    """How much later than COMPLETED the result's link comes; divided by the time scale."""
    dropped_fields: tuple[str, ...] = ()
    """Fields whose values are lost without a word."""
    overwrites: dict[str, Any] = field(default_factory=dict)
    """Values that a workflow sets on each record after its row."""
    failed_reads: int = 0
    """So many bulk reads end as FAILURE."""

    def strike(self) -> dict[str, Any]:
        """Give the faults of one new bulk write as JSON values, counting down."""
        is_stuck, is_failed = self.stuck_jobs > 0, self.failed_jobs > 0 and self.stuck_jobs <= 0
        self.stuck_jobs -= is_stuck
        self.failed_jobs -= is_failed
        return {
            "stuck": is_stuck,
            "failed": self.failed_rows if is_failed else None,
            "lost": self.lost_every,
            "untold": self.untold_every,
            "skipped": self.skipped_every,
            "stops": self.stops_after,
            "delay": self.result_delay_seconds,
            "dropped": list(self.dropped_fields),
            "overwrites": dict(self.overwrites),
        }

    def strike_read(self) -> bool:
        """Say whether one new bulk read fails, counting down."""
        is_failed = self.failed_reads > 0
        self.failed_reads -= is_failed
        return is_failed


def strikes(number: Any, place: int) -> bool:
    """Whether each nth is meant and `place` (from 0) is such a one."""
    return bool(number) and (place + 1) % int(number) == 0


def row_limit(struck: Mapping[str, Any], total: int) -> int:
    """Give how many rows a job with these faults ever reaches."""
    if struck["stuck"]:
        return total // 2
    if struck["failed"] is not None:
        return min(int(struck["failed"]), total)
    return total if struck["stops"] is None else min(int(struck["stops"]), total)
