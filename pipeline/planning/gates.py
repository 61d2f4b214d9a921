"""The gates in front of every write: each gives a verdict on a plan, and one refusal holds the plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import Field

from pipeline.planning.equivalence import is_blank
from pipeline.rules import Rule

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.mapping import VendorMapping
    from pipeline.models import PlanRow
    from pipeline.planning.capabilities import Capabilities
    from pipeline.planning.cost import Forecast

WRITES = frozenset({"insert", "update", "add_tags", "remove_tags", "convert"})


class BlastRadius(Rule):
    """How much one plan may change. Shares are of the records that the vendor has."""

    max_inserts: int = Field(ge=0)
    max_conversions: int = Field(ge=0)
    overwritten_share: float = Field(ge=0, le=1)
    overwritten_at_least: int = Field(ge=0)
    max_cleared: int = Field(ge=0)


class Caps(Rule):
    """What mode `within_limits` sends without a person."""

    max_records: int = Field(ge=0)
    max_usd: float = Field(ge=0)


class Gates(Rule):
    """`rules/gates.yaml`."""

    blast_radius: BlastRadius
    moved_share: float = Field(ge=0, le=1)
    quota_reserve: float = Field(ge=0, lt=1)
    within_limits: Caps


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one gate says about a plan; `detail` in words, without personal data."""

    check: str
    is_passed: bool
    detail: str


GATE_CHECKS = ("gate__suppression", "gate__blast_radius", "gate__quota", "gate__fields")
"""The verdicts that `judge` gives, to be required by every applier."""


def judge(
    rows: Sequence[PlanRow],
    gates: Gates,
    *,
    suppressed: Mapping[str, str],
    records: int,
    forecast: Forecast,
    units_left: float | None,
    mapping: VendorMapping,
    capabilities: Capabilities,
) -> list[Verdict]:
    """Return the verdict of every gate on the normal lane; opt-outs are exempt.

    Args:
        rows: the plan.
        gates: the limits.
        suppressed: person key → why the person must not be written to.
        records: living records that the vendor has.
        forecast: cost of the plan.
        units_left: what is left of the vendor's budget, None when the vendor does not say.
        mapping: the vendor's mapping.
        capabilities: live field metadata.
    """
    normal = [row for row in rows if row.lane == "normal" and row.action in WRITES]
    return [
        _suppression(normal, suppressed),
        _blast_radius(normal, gates.blast_radius, records),
        _quota(forecast, units_left, gates.quota_reserve),
        _fields(mapping, capabilities),
    ]


def is_within_limits(forecast: Forecast, gates: Gates) -> bool:
    """Return whether mode `within_limits` may send the plan without a person."""
    return sum(forecast.records.values()) <= gates.within_limits.max_records and (
        forecast.usd <= gates.within_limits.max_usd
    )


def missing_fields(mapping: VendorMapping, capabilities: Capabilities) -> list[tuple[str, str]]:
    """Return (object, field) of mapped fields that the live vendor lacks: left out, and to be reported."""
    found = [(kind, name) for kind, target in mapping.objects.items() for name in target.fields]
    return [(kind, name) for kind, name in found if not capabilities.takes(kind, name)]


def _suppression(rows: Sequence[PlanRow], suppressed: Mapping[str, str]) -> Verdict:
    through = sorted({row.person_key for row in rows if row.person_key in suppressed})
    detail = f"{len(through)} suppressed people in the plan: {', '.join(through[:5])}" if through else "none"
    return Verdict("gate__suppression", not through, detail)


def _blast_radius(rows: Sequence[PlanRow], limits: BlastRadius, records: int) -> Verdict:
    inserts = len({row.person_key for row in rows if row.action == "insert"})
    conversions = sum(row.action == "convert" for row in rows)
    cleared = sum(row.action == "update" and is_blank(row.new_value) for row in rows)
    # Fields that are ours alone may change everywhere at once: a new score rule touches every record.
    overwritten = len({(row.object, row.record_id) for row in rows if _overwrites(row)})
    share = overwritten / records if records else 0.0
    problems = [
        f"{inserts} new records, at most {limits.max_inserts}" if inserts > limits.max_inserts else "",
        f"{conversions} conversions, at most {limits.max_conversions}" if conversions > limits.max_conversions else "",
        f"{cleared} values emptied, at most {limits.max_cleared}" if cleared > limits.max_cleared else "",
        f"{share:.0%} of the records overwritten, at most {limits.overwritten_share:.0%}"
        if overwritten > limits.overwritten_at_least and share > limits.overwritten_share
        else "",
    ]
    told = "; ".join(problem for problem in problems if problem)
    return Verdict("gate__blast_radius", not told, told or "within limits")


def _overwrites(row: PlanRow) -> bool:
    return row.action == "update" and row.policy != "ours" and not is_blank(row.old_value)


def _quota(forecast: Forecast, left: float | None, reserve: float) -> Verdict:
    usable = None if left is None else left * (1 - reserve)
    enough = usable is None or forecast.units <= usable
    told = "not told" if usable is None else f"{usable:.0f} usable"
    return Verdict("gate__quota", enough, f"needs {forecast.units:.0f} {forecast.unit}, {told}")


def _fields(mapping: VendorMapping, capabilities: Capabilities) -> Verdict:
    missing = missing_fields(mapping, capabilities)
    fatal = [
        f"{kind}.{name}"
        for kind, name in missing
        if mapping.objects[kind].fields[name].required and kind == mapping.people
    ]
    named = ", ".join(f"{kind}.{name}" for kind, name in missing)
    if fatal:
        return Verdict("gate__fields", False, f"the vendor lacks required fields: {', '.join(fatal)}")
    return Verdict("gate__fields", True, f"left out, because the vendor lacks them: {named}" if named else "all there")
