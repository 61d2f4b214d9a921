"""Routes: which records go to a vendor by bulk jobs and which by single calls, for the fewest units.

Prices are dated configuration (`rules/prices.yaml`; Zoho fact sheet §8). A bulk job writes for minutes without
looking again, so at equal cost fewer records go that way: the window in which a person's edit could be lost stays
small.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.planning.equivalence import is_blank

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pipeline.mapping import VendorMapping
    from pipeline.models import Intent
    from pipeline.planning.prices import BulkRoute, Route, VendorPrices


@dataclass(frozen=True, slots=True)
class Mixture:
    """Records by route: `jobs` are sizes of bulk jobs, `single` the records by single calls; units and calls of all."""

    jobs: tuple[int, ...]
    single: int
    units: float
    calls: int


def cheapest(records: int, prices: VendorPrices, *, operation: str = "insert", besides: int = 0) -> Mixture:
    """Return the mixture of the fewest units; of equals the one with the fewest records by bulk.

    Args:
        records: records that may take either route.
        prices: the vendor's prices.
        operation: what is done with all of them.
        besides: records of the same kind that take single calls anyway and share them; their units and calls
            are in the sum, they are not in `single`.
    """
    route, bulk = prices.route(operation), prices.bulk
    if bulk is None or operation not in bulk.operations:
        return _mixture(records, 0, route, bulk, besides)
    # Between no job and as many full jobs as fit, each further one saves or costs the same: only the ends can win.
    full = records // bulk.rows
    ways = {0, min(full * bulk.rows, records), records}
    found = [_mixture(records, by_bulk, route, bulk, besides) for by_bulk in ways]
    return min(found, key=lambda way: (way.units, sum(way.jobs), way.calls))


def _mixture(records: int, by_bulk: int, route: Route, bulk: BulkRoute | None, besides: int) -> Mixture:
    by_bulk -= min(route.room(records - by_bulk + besides), by_bulk)
    single = records - by_bulk
    units, calls, jobs = route.units(single + besides), route.calls(single + besides), ()
    if bulk is None or not by_bulk:
        return Mixture(jobs, single, units, calls)
    full, last = divmod(by_bulk, bulk.rows)
    sizes = (bulk.rows,) * full + ((last,) if last else ())
    return Mixture(sizes, single, units + len(sizes) * bulk.units, calls + len(sizes) * bulk.calls)


def may_go_by_bulk(intent: Intent, mapping: VendorMapping) -> bool:
    """Return whether a bulk job may carry an intent: an insert, or an update of fields that are ours alone.

    Never an opt-out, which must not wait; never a field that is emptied, because jobs ignore empty cells.
    """
    if intent.lane != "normal" or any(is_blank(value) for value in intent.payload.values()):
        return False
    if intent.operation == "insert":
        return True
    fields = mapping.objects[intent.object].fields
    policies = {fields[name].policy if name in fields else None for name in intent.payload}
    return intent.operation == "update" and policies == {"ours"}


def split(
    intents: Sequence[Intent], prices: VendorPrices, *, may: Callable[[Intent], bool]
) -> tuple[list[list[Intent]], list[Intent]]:
    """Return (bulk jobs, the rest) of the intents, by the cheapest mixture per object and operation.

    The same intents give the same jobs whatever their order: a job holds one object and operation, in the order
    of intent ids. The rest keeps the order given.

    Args:
        intents: what is to be sent, any objects, operations and lanes.
        prices: the vendor's prices.
        may: whether an intent may go by bulk at all (`may_go_by_bulk` and what the vendor's bulk route takes).
    """
    jobs: list[list[Intent]] = []
    taken: set[str] = set()
    for (_, operation), members in sorted(_by_kind(intents).items()):
        fit = sorted((intent for intent in members if may(intent)), key=lambda intent: intent.intent_id)
        way = cheapest(len(fit), prices, operation=operation, besides=len(members) - len(fit))
        start = 0
        for size in way.jobs:
            jobs.append(fit[start : start + size])
            start += size
        taken |= {intent.intent_id for intent in fit[:start]}
    return jobs, [intent for intent in intents if intent.intent_id not in taken]


def _by_kind(intents: Iterable[Intent]) -> dict[tuple[str, str], list[Intent]]:
    found: dict[tuple[str, str], list[Intent]] = {}
    for intent in intents:
        found.setdefault((intent.object, intent.operation), []).append(intent)
    return found
