"""What a plan will cost: calls, the vendor's units, money and time, before anything is sent."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from pydantic import Field

from pipeline.planning.plans import group
from pipeline.rules import Rule

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.models import PlanRow


class Route(Rule):
    """One way of writing: records per call, units per call and per record, seconds per call."""

    batch: int = Field(ge=1)
    units_per_call: float = Field(default=0, ge=0)
    units_per_record: float = Field(default=0, ge=0)
    seconds_per_call: float = Field(default=0.5, ge=0)


class VendorPrices(Rule):
    """The unit a vendor counts in, what it costs, and the route of each operation. Dated."""

    as_of: date
    unit: str
    usd_per_unit: float = Field(ge=0)
    routes: dict[str, Route] = Field(default_factory=dict)


class Prices(Rule):
    """`rules/prices.yaml`."""

    vendors: dict[str, VendorPrices]


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """The cost of one plan. `units` are the vendor's (`unit`), `seconds` of calls one after the other."""

    vendor: str
    unit: str
    units: float
    usd: float
    calls: int
    seconds: float
    records: Mapping[str, int]
    price_as_of: date

    def summary(self) -> dict[str, object]:
        """Return the forecast as JSON values."""
        told = {"unit": self.unit, "units": self.units, "usd": round(self.usd, 4), "calls": self.calls}
        return told | {"seconds": round(self.seconds, 1), "records": dict(self.records)}


def forecast(rows: Sequence[PlanRow], prices: Prices, *, vendor: str) -> Forecast:
    """Return what the actionable rows cost; skips and holds are free.

    Calls are counted per object, operation and tag set, because a batch holds one of each.
    """
    price = prices.vendors[vendor]
    batches: Counter[tuple[str, ...]] = Counter()
    records: Counter[str] = Counter()
    for item in group(rows, [0] * len(rows), ""):
        tags = ",".join(item.intent.payload.get("tags", ()))
        batches[item.intent.operation, item.intent.object, tags] += 1
        records[item.intent.operation] += 1
    calls, units, seconds = 0, 0.0, 0.0
    for (operation, *_), count in batches.items():
        route = price.routes.get(operation, Route(batch=1, units_per_call=1))
        made = math.ceil(count / route.batch)
        calls += made
        units += made * route.units_per_call + math.ceil(count * route.units_per_record)
        seconds += made * route.seconds_per_call
    return Forecast(
        vendor=vendor,
        unit=price.unit,
        units=units,
        usd=units * price.usd_per_unit,
        calls=calls,
        seconds=seconds,
        records=dict(records),
        price_as_of=price.as_of,
    )
