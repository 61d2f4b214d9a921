"""Legs of a forecast: what one operation on one object costs by one route, in calls, units and seconds."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from pipeline.planning.routes import cheapest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipeline.planning.prices import Route, VendorPrices

Purpose = Literal["records", "tags", "conversions", "opt_outs", "activities", "enrolments", "read_back"]
PURPOSES: Mapping[str, Purpose] = {
    "insert": "records",
    "update": "records",
    "add_tags": "tags",
    "remove_tags": "tags",
    "convert": "conversions",
    "set_optout": "opt_outs",
    "add_task": "activities",
    "add_note": "activities",
    "enrol": "enrolments",
    "unenrol": "enrolments",
    "delete": "records",
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


def priced(operation: str, kind: str, records: int, fit: int, price: VendorPrices) -> Iterator[Leg]:
    """Yield what writing some records costs by the cheapest routes; `fit`: how many of them may go by bulk job."""
    route, bulk = price.route(operation), price.bulk
    jobs = cheapest(fit, price, operation=operation, besides=records - fit).jobs
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
    if records > sum(jobs):
        yield _single(PURPOSES[operation], operation, kind, records - sum(jobs), route)


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


def look(kind: str, records: int, price: VendorPrices) -> Leg:
    """Return what reading back some records of an object costs."""
    survey = price.survey
    route = survey if survey is not None and records >= survey.least else price.look
    return _single("read_back", "read_back", kind, records, route)


def by_route(found: Sequence[Leg]) -> list[list[Leg]]:
    """Return the legs of each route that there are any of, bulk first."""
    routes = [[leg for leg in found if leg.route == route] for route in ("bulk", "single")]
    return [same for same in routes if same]


def summed(same: Sequence[Leg]) -> Leg:
    """Return batches of one operation, object and route (tag sets) as one."""
    told = {name: sum(getattr(leg, name) for leg in same) for name in ("records", "calls", "units", "seconds", "jobs")}
    return replace(same[0], **told)
