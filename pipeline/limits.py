"""`rules/limits.yaml`: what the vendors allow, and how long an unanswered call may still be executing."""

from __future__ import annotations

from datetime import date

from pydantic import Field, field_validator

from pipeline.rules import Rule, of_each

DAY = 86_400.0


class Window(Rule):
    """At most so many units (or calls) in so many seconds."""

    units: float = Field(gt=0)
    seconds: float = Field(gt=0)


class VendorLimits(Rule):
    """The limits of one vendor's account, dated. Headers of the vendor win over them."""

    as_of: date
    windows: tuple[Window, ...] = ()
    concurrency: int | None = Field(None, ge=1)
    heavy_concurrency: int | None = Field(None, ge=1)
    reserved_share: float = Field(0.0, ge=0, lt=1)

    @property
    def units_per_day(self) -> float:
        """Return the allowance of the rolling day; without one there is none to keep."""
        return min((window.units for window in self.windows if window.seconds == DAY), default=float("inf"))


class Horizons(Rule):
    """Seconds after which a call whose answer was lost is certainly not executing any more."""

    single_call_seconds: float = Field(gt=0)
    bulk_job_seconds: float = Field(gt=0)


class Limits(Rule):
    """The whole file."""

    vendors: dict[str, VendorLimits]
    horizons: Horizons

    @field_validator("vendors")
    @classmethod
    def _are_of_vendors(cls, vendors: dict[str, VendorLimits]) -> dict[str, VendorLimits]:
        return of_each(vendors)
