"""What vendors charge, as data: single calls, bulk jobs, the read-back (`rules/prices.yaml`, dated)."""

from __future__ import annotations

import math
from datetime import date
from typing import Self, get_args

from pydantic import Field, field_validator, model_validator

from pipeline.models import Operation
from pipeline.rules import Rule, of_each


class Route(Rule):
    """Single calls: records per call, units per call and one more per so many records begun, seconds per call."""

    batch: int = Field(ge=1)
    units_per_call: float = Field(default=0, ge=0)
    records_per_unit: int | None = Field(default=None, ge=1)
    seconds_per_call: float = Field(default=0.5, ge=0)

    def units(self, records: int) -> float:
        """Return what so many records cost, in full calls and a last smaller one."""
        full, last = divmod(records, self.batch)
        return full * self._call(self.batch) + (self._call(last) if last else 0)

    def calls(self, records: int) -> int:
        """Return how many calls so many records take."""
        return math.ceil(records / self.batch)

    def room(self, records: int) -> int:
        """Return how many more records the last call takes without another unit."""
        last = records % self.batch
        if not last:
            return 0
        paid = self.batch if self.records_per_unit is None else _ceil(last, self.records_per_unit)
        return min(paid, self.batch) - last

    def _call(self, records: int) -> float:
        begun = 0 if self.records_per_unit is None else math.ceil(records / self.records_per_unit)
        return self.units_per_call + begun


class BulkRoute(Rule):
    """Bulk jobs: rows per job, what one job costs with its upload, polls and download, and how long it takes."""

    operations: tuple[Operation, ...]
    rows: int = Field(ge=1)
    units_per_job: float = Field(ge=0)
    units_per_upload: float = Field(default=0, ge=0)
    units_per_poll: float = Field(default=0, ge=0)
    units_per_download: float = Field(default=0, ge=0)
    polls: int = Field(default=1, ge=1)
    in_flight: int = Field(default=1, ge=1)
    seconds_per_job: float = Field(default=0, ge=0)

    @property
    def units(self) -> float:
        """Return what one job costs, whatever its size."""
        looking = self.polls * self.units_per_poll + self.units_per_download
        return self.units_per_upload + self.units_per_job + looking

    @property
    def calls(self) -> int:
        """Return how many calls one job takes: upload, creation, polls, download."""
        return 3 + self.polls


class Survey(Route):
    """Looking at everything that was modified lately instead of asking by id, from `least` records on."""

    least: int = Field(ge=1)


class VendorPrices(Rule):
    """The unit a vendor counts in, what it costs, and the routes of each operation and of the read-back. Dated."""

    as_of: date
    unit: str
    usd_per_unit: float = Field(ge=0)
    routes: dict[str, Route] = Field(default_factory=dict)
    bulk: BulkRoute | None = None
    read_back: Route | None = None
    survey: Survey | None = None

    @field_validator("routes")
    @classmethod
    def _are_of_operations(cls, routes: dict[str, Route]) -> dict[str, Route]:
        return of_each(routes, get_args(Operation), is_whole=False)

    @model_validator(mode="after")
    def _jobs_hold_whole_calls(self) -> Self:
        # `cheapest` compares three mixtures only, which is exact when a full job replaces full calls.
        for operation in self.bulk.operations if self.bulk else ():
            if self.bulk and self.bulk.rows % self.route(operation).batch:
                raise ValueError(f"bulk.rows must be a multiple of routes.{operation}.batch")
        return self

    def route(self, operation: str) -> Route:
        """Return the single route of an operation; one record and one unit per call where none is named."""
        return self.routes.get(operation, Route(batch=1, units_per_call=1))

    @property
    def look(self) -> Route:
        """Return the route of the read-back; one record and one unit per call where none is named."""
        return self.read_back or Route(batch=1, units_per_call=1)


class Prices(Rule):
    """`rules/prices.yaml`."""

    vendors: dict[str, VendorPrices]

    @field_validator("vendors")
    @classmethod
    def _are_of_vendors(cls, vendors: dict[str, VendorPrices]) -> dict[str, VendorPrices]:
        return of_each(vendors)


def _ceil(number: int, step: int) -> int:
    return -(-number // step) * step
