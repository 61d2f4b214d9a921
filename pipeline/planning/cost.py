"""What a plan will cost, by route: calls, the vendor's units, money and time, before anything is sent."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, get_args

from pipeline.models import Operation
from pipeline.planning.equivalence import is_blank
from pipeline.planning.legs import Leg, Purpose, by_route, look, priced, summed
from pipeline.planning.plans import ENROLMENTS, REFERENCED
from pipeline.planning.prices import Prices

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from pipeline.models import PlanRow

__all__ = ["Bill", "Forecast", "Leg", "Prices", "Purpose", "forecast"]

_OPERATIONS = frozenset(get_args(Operation))


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


class Bill:
    """Adds up what a plan costs, part by part; each part holds all rows of its records."""

    def __init__(self) -> None:
        # (operation, object, tag set) → records and those of them that may go by bulk: a batch holds one of each.
        self._batches: dict[tuple[str, str, str], tuple[int, int]] = {}
        self._people: dict[str, set[str]] = {}

    def add(self, rows: Iterable[PlanRow]) -> None:
        """Take rows of the plan; skips and holds are free."""
        members: dict[tuple[str, ...], list[PlanRow]] = {}
        for row in rows:
            if row.action in _OPERATIONS:
                apart = row.field or "" if row.action in REFERENCED else ""
                key = (row.lane, row.object, row.record_id or "", row.person_key, row.action, apart)
                members.setdefault(key, []).append(row)
        for same in members.values():
            first = same[0]
            batch = (first.action, first.object, _tags(same))
            records, fit = self._batches.get(batch, (0, 0))
            self._batches[batch] = (records + 1, fit + _may_go_by_bulk(same))
            if first.action not in ENROLMENTS:
                # Nobody can look at who is in a workflow.
                self._people.setdefault(first.object, set()).add(first.person_key)

    def forecast(self, prices: Prices, *, vendor: str) -> Forecast:
        """Return the cost of everything added, by the cheapest routes."""
        price = prices.vendors[vendor]
        records: dict[str, int] = {}
        written: dict[tuple[str, str], list[Leg]] = {}
        for (operation, kind, _), (count, fit) in self._batches.items():
            records[operation] = records.get(operation, 0) + count
            written.setdefault((operation, kind), []).extend(priced(operation, kind, count, fit, price))
        legs = [summed(same) for found in written.values() for same in by_route(found)]
        # Every record written is looked at once, with others of its object.
        looks = [look(kind, len(people), price) for kind, people in self._people.items()]
        return Forecast(
            vendor=vendor,
            unit=price.unit,
            units=sum(leg.units for leg in legs),
            usd=sum(leg.units for leg in legs) * price.usd_per_unit,
            calls=sum(leg.calls for leg in legs),
            seconds=sum(leg.seconds for leg in legs),
            records=records,
            price_as_of=price.as_of,
            legs=(*legs, *looks),
        )


def forecast(rows: Iterable[PlanRow], prices: Prices, *, vendor: str) -> Forecast:
    """Return what the actionable rows cost by the cheapest routes; skips and holds are free."""
    bill = Bill()
    bill.add(rows)
    return bill.forecast(prices, vendor=vendor)


def _tags(same: Sequence[PlanRow]) -> str:
    if same[0].action not in {"add_tags", "remove_tags"}:
        return ""
    return ",".join(sorted({tag for row in same for tag in row.new_value or ()}))


def _may_go_by_bulk(same: Sequence[PlanRow]) -> bool:
    first = same[0]
    if first.lane != "normal" or first.action not in {"insert", "update"}:
        return False
    return first.action == "insert" or all(row.policy == "ours" and not is_blank(row.new_value) for row in same)
