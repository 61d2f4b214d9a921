"""The gates' word on a plan: what they need to know, gathered from warehouse, ledger and the limits' file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.planning import cost, gates
from pipeline.rules import parse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assets.boundary import Stage
    from assets.targets import Target
    from pipeline.models import PlanRow
    from pipeline.planning.blast import Sources

SOURCES = """
SELECT source, count(*) AS records FROM staging.leads GROUP BY source
UNION ALL
SELECT vendor || ':' || object AS source, count(*) AS records
FROM staging.crm_people
WHERE NOT coalesce(is_deleted, FALSE) AND NOT coalesce(is_converted, FALSE)
GROUP BY source
UNION ALL
SELECT vendor || ':' || object AS source, count(*) AS records
FROM staging.crm_companies
WHERE NOT coalesce(is_deleted, FALSE)
GROUP BY source
"""


class Docket:
    """A plan as the gates hear it, part by part: what it costs, what it changes, and what they say in the end.

    `suppressed`: person key → why the person must not be written to.
    """

    def __init__(self, stage: Stage, target: Target, suppressed: Mapping[str, str], *, is_undo: bool = False) -> None:
        self._stage, self._target = stage, target
        self._prices = parse(cost.Prices, "prices", stage.rules)
        self._whole, self._normal = cost.Bill(), cost.Bill()
        self._court = gates.Court(parse(gates.Gates, "gates", stage.rules), suppressed, is_undo=is_undo)
        self._seen: dict[tuple[str, str], set[str]] = {}

    def add(self, rows: Sequence[PlanRow]) -> None:
        """Take rows of the plan; all rows of one record come together."""
        self._whole.add(rows)
        self._normal.add(row for row in rows if row.lane == "normal")
        self._court.hear(rows)
        for row in rows:
            self._seen.setdefault((row.action, row.object), set()).add(row.person_key)

    def forecast(self) -> cost.Forecast:
        """Return what the plan costs."""
        return self._whole.forecast(self._prices, vendor=self._target.vendor)

    def records_by_action(self) -> dict[str, int]:
        """Return action → how many records it is for."""
        found: dict[str, int] = {}
        for (action, _), people in self._seen.items():
            found[action] = found.get(action, 0) + len(people)
        return found

    def verdicts(self, *, records: int, sources: Sources) -> list[gates.Verdict]:
        """Return the verdict of every gate, with what the vendor's day still allows."""
        from resources.allowances import allowance_of

        stage, target = self._stage, self._target
        allowed = allowance_of(target.vendor, stage.data_dir / "state" / "limits.db", stage.now())
        verdicts = self._court.verdicts(
            records=records,
            forecast=self._normal.forecast(self._prices, vendor=target.vendor),
            units_left=allowed.left if allowed else None,
            units_per_window=allowed.limit if allowed else None,
            mapping=target.mapping(stage),
            capabilities=target.capabilities(stage),
            sources=sources,
        )
        if not stage.opened.interrupted:
            return verdicts
        # Whoever opted out there meanwhile is not known here: until it was read, only opt-outs are sent to anybody.
        unread = "; ".join(f"{vendor}: {error}" for vendor, error in sorted(stage.opened.interrupted.items()))
        told = f"not read to its end, so that opt-outs given there may be missing: {unread}"
        return [gates.Verdict(each.check, False, told) if each.check == "gate__quota" else each for each in verdicts]


def judged(
    stage: Stage,
    target: Target,
    rows: Sequence[PlanRow],
    *,
    suppressed: Mapping[str, str],
    records: int,
    sources: Sources,
    is_undo: bool = False,
) -> list[gates.Verdict]:
    """Return the verdict of every gate on a plan, with what the vendor's day still allows."""
    docket = Docket(stage, target, suppressed, is_undo=is_undo)
    docket.add(rows)
    return docket.verdicts(records=records, sources=sources)


def sources_now_and_before(stage: Stage, target: Target) -> Sources:
    """Return source → (records now, records when a plan toward this vendor was carried out last)."""
    from resources.ledger.history import History

    with stage.warehouse.open() as session:
        found = {row["source"]: int(row["records"]) for row in session.rows(SOURCES)}
    before = History(stage.ledger.store).sources_before(target.vendor)
    return {name: (found.get(name, 0), before.get(name, 0)) for name in sorted({*found, *before})}
