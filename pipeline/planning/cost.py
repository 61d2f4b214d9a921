"""What a plan will cost, by route: calls, the vendor's units, money and time, before anything is sent."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Literal, get_args

from pipeline.models import Operation
from pipeline.planning.equivalence import is_blank
from pipeline.planning.prices import Prices
from pipeline.planning.routes import cheapest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from pipeline.models import PlanRow
    from pipeline.planning.prices import Route, VendorPrices

__all__ = ["Forecast", "Leg", "Prices", "Purpose", "forecast"]

Purpose = Literal["records", "tags", "conversions", "opt_outs", "read_back"]
PURPOSES: Mapping[str, Purpose] = {
    "insert": "records",
    "update": "records",
    "add_tags": "tags",
    "remove_tags": "tags",
    "convert": "conversions",
    "set_optout": "opt_outs",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One operation on one object by one route. `jobs` is 0 for single calls."""

    purpose: Purpose
    operation: str
    object: str
    route: Literal["single", "bulk"]
    records: int
    calls: int
    units: float
    seconds: float
    jobs: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """The cost of one plan. `units` are the vendor's (`unit`), `seconds` of calls one after the other.

    `units`, `usd`, `calls` and `seconds` are of the writing; reading back what was written comes on top and is
    part of `units_in_all`.
    """

    vendor: str
    unit: str
    units: float
    usd: float
    calls: int
    seconds: float
    records: Mapping[str, int]
    price_as_of: date
    legs: tuple[Leg, ...] = ()

    @property
    def units_in_all(self) -> float:
        """Return the units of writing and reading back."""
        return sum(leg.units for leg in self.legs)

    @property
    def seconds_in_all(self) -> float:
        """Return the seconds of writing and reading back."""
        return sum(leg.seconds for leg in self.legs)

    def summary(self) -> dict[str, object]:
        """Return the forecast as JSON values."""
        told = {"unit": self.unit, "units": self.units, "usd": round(self.usd, 4), "calls": self.calls}
        purposes = dict.fromkeys(get_args(Purpose), 0.0)
        for leg in self.legs:
            purposes[leg.purpose] += leg.units
        return {
            **told,
            "seconds": round(self.seconds, 1),
            "records": dict(self.records),
            "units_in_all": self.units_in_all,
            "seconds_in_all": round(self.seconds_in_all, 1),
            "units_by_purpose": purposes,
            "price_as_of": self.price_as_of.isoformat(),
            "routes": [asdict(leg) | {"seconds": round(leg.seconds, 1)} for leg in self.legs],
        }


@dataclass(frozen=True, slots=True)
class _Write:
    """One record's write as the router sees it: a batch holds one object, operation and tag set."""

    object: str
    operation: str
    tags: str
    person_key: str
    may_go_by_bulk: bool


def forecast(rows: Sequence[PlanRow], prices: Prices, *, vendor: str) -> Forecast:
    """Return what the actionable rows cost by the cheapest routes; skips and holds are free."""
    price = prices.vendors[vendor]
    writes = list(_writes(rows))
    records: dict[str, int] = {}
    batches: dict[tuple[str, str, str], list[_Write]] = {}
    for write in writes:
        records[write.operation] = records.get(write.operation, 0) + 1
        batches.setdefault((write.operation, write.object, write.tags), []).append(write)
    written: dict[tuple[str, str], list[Leg]] = {}
    for (operation, kind, _), members in batches.items():
        written.setdefault((operation, kind), []).extend(_legs(operation, kind, members, price))
    legs = [_sum(same) for found in written.values() for same in _by_route(found)]
    return Forecast(
        vendor=vendor,
        unit=price.unit,
        units=sum(leg.units for leg in legs),
        usd=sum(leg.units for leg in legs) * price.usd_per_unit,
        calls=sum(leg.calls for leg in legs),
        seconds=sum(leg.seconds for leg in legs),
        records=records,
        price_as_of=price.as_of,
        legs=(*legs, *_looks(writes, price)),
    )


def _writes(rows: Iterable[PlanRow]) -> Iterator[_Write]:
    """Return one write per record and operation, without the cost of naming intents."""
    members: dict[tuple[str, ...], list[PlanRow]] = {}
    for row in rows:
        if row.action in get_args(Operation):
            key = (row.lane, row.object, row.record_id or "", row.person_key, row.action)
            members.setdefault(key, []).append(row)
    for same in members.values():
        first = same[0]
        tags = (
            {tag for row in same for tag in row.new_value or ()} if first.action in {"add_tags", "remove_tags"} else ()
        )
        ours = all(row.policy == "ours" and not is_blank(row.new_value) for row in same)
        may = first.lane == "normal" and (first.action == "insert" or (first.action == "update" and ours))
        yield _Write(first.object, first.action, ",".join(sorted(tags)), first.person_key, may)


def _legs(operation: str, kind: str, members: Sequence[_Write], price: VendorPrices) -> Iterator[Leg]:
    fit, route, bulk = sum(write.may_go_by_bulk for write in members), price.route(operation), price.bulk
    jobs = cheapest(fit, price, operation=operation, besides=len(members) - fit).jobs
    if bulk is not None and jobs:
        yield Leg(
            purpose=PURPOSES[operation],
            operation=operation,
            object=kind,
            route="bulk",
            records=sum(jobs),
            calls=len(jobs) * bulk.calls,
            units=len(jobs) * bulk.units,
            seconds=math.ceil(len(jobs) / bulk.in_flight) * bulk.seconds_per_job,
            jobs=len(jobs),
        )
    if len(members) > sum(jobs):
        yield _single(PURPOSES[operation], operation, kind, len(members) - sum(jobs), route)


def _single(purpose: Purpose, operation: str, kind: str, records: int, route: Route) -> Leg:
    calls = route.calls(records)
    return Leg(
        purpose=purpose,
        operation=operation,
        object=kind,
        route="single",
        records=records,
        calls=calls,
        units=route.units(records),
        seconds=calls * route.seconds_per_call,
    )


def _looks(writes: Sequence[_Write], price: VendorPrices) -> list[Leg]:
    """Return the reading back: every record written is looked at once, with others of its object."""
    seen: dict[str, set[str]] = {}
    for write in writes:
        seen.setdefault(write.object, set()).add(write.person_key)
    return [_single("read_back", "read_back", kind, len(people), price.look) for kind, people in seen.items()]


def _by_route(legs: Sequence[Leg]) -> list[list[Leg]]:
    found = [[leg for leg in legs if leg.route == route] for route in ("bulk", "single")]
    return [same for same in found if same]


def _sum(legs: Sequence[Leg]) -> Leg:
    """Return batches of one operation, object and route (tag sets) as one."""
    told = {name: sum(getattr(leg, name) for leg in legs) for name in ("records", "calls", "units", "seconds", "jobs")}
    return replace(legs[0], **told)
