"""The gates in front of every write: each gives a verdict on a plan, and one refusal holds the plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import Field

from pipeline.planning.blast import BlastRadius, Impact, Sources
from pipeline.planning.merging import Duplicates
from pipeline.rules import Rule

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from pipeline.mapping import VendorMapping
    from pipeline.models import PlanRow
    from pipeline.planning.capabilities import Capabilities
    from pipeline.planning.cost import Forecast

__all__ = ["GATE_CHECKS", "WRITES", "BlastRadius", "Caps", "Court", "Gates", "Verdict", "is_within_limits", "judge"]

WRITES = frozenset(
    {"insert", "update", "add_tags", "remove_tags", "convert", "delete", "add_task", "add_note", "enrol", "unenrol"}
)


class Caps(Rule):
    """What mode `within_limits` sends without a person."""

    max_records: int = Field(ge=0)
    max_usd: float = Field(ge=0)


class Gates(Rule):
    """`rules/gates.yaml`. `undo_blast_radius`: for plans that take back a run; as any plan when it is absent.

    `duplicates`: what is done with second records of one person.
    """

    blast_radius: BlastRadius
    undo_blast_radius: BlastRadius | None = None
    moved_share: float = Field(ge=0, le=1)
    quota_reserve: float = Field(ge=0, lt=1)
    within_limits: Caps
    duplicates: Duplicates = Duplicates()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one gate says about a plan; `detail` in words, without personal data."""

    check: str
    is_passed: bool
    detail: str


GATE_CHECKS = ("gate__suppression", "gate__blast_radius", "gate__quota", "gate__fields")
"""The verdicts that `judge` gives, to be required by every applier."""


class Court:
    """Hears a plan part by part and gives the verdict of every gate on its normal lane; opt-outs are exempt.

    `suppressed`: person key → why the person must not be written to. `is_undo`: the plan takes back a run: a
    person asked for it, and sees it before it is sent.
    """

    def __init__(self, gates: Gates, suppressed: Mapping[str, str], *, is_undo: bool = False) -> None:
        self._gates = gates
        self._suppressed = suppressed
        self._through: set[str] = set()
        self._deleted = 0
        self._impact = Impact(_radius(gates, is_undo=is_undo))

    def hear(self, rows: Iterable[PlanRow]) -> None:
        """Take rows of the plan, of any lane and action."""
        normal = [row for row in rows if row.lane == "normal" and row.action in WRITES]
        self._through.update(row.person_key for row in normal if row.person_key in self._suppressed)
        self._impact.add(normal)
        self._deleted += sum(row.action == "delete" for row in normal)

    def verdicts(
        self,
        *,
        records: int,
        forecast: Forecast,
        units_left: float | None,
        mapping: VendorMapping,
        capabilities: Capabilities,
        units_per_window: float | None = None,
        sources: Sources | None = None,
    ) -> list[Verdict]:
        """Return the verdicts on what was heard; the arguments are those of `judge`."""
        found = self._impact.problems(records=records, sources=sources or {})
        most = self._gates.duplicates.most if self._gates.duplicates.action == "delete" else 0
        if self._deleted > most:
            found.append(f"{self._deleted:,} records would be deleted, the limit is {most:,}")
        return [
            _suppression(self._through),
            Verdict("gate__blast_radius", not found, "; ".join(found) or "within every limit"),
            _quota(forecast, units_left, units_per_window, self._gates.quota_reserve),
            _fields(mapping, capabilities),
        ]


def judge(
    rows: Iterable[PlanRow],
    gates: Gates,
    *,
    suppressed: Mapping[str, str],
    records: int,
    forecast: Forecast,
    units_left: float | None,
    mapping: VendorMapping,
    capabilities: Capabilities,
    units_per_window: float | None = None,
    sources: Sources | None = None,
    is_undo: bool = False,
) -> list[Verdict]:
    """Return the verdict of every gate on the normal lane; opt-outs are exempt.

    Args:
        rows: the plan.
        gates: the limits.
        suppressed: person key → why the person must not be written to.
        records: living records that the vendor has.
        forecast: cost of the plan.
        units_left: what is left of the vendor's budget, None when nobody knows.
        mapping: the vendor's mapping.
        capabilities: live field metadata.
        units_per_window: the whole budget, None when nobody knows.
        sources: source → (records now, records when we wrote last).
        is_undo: the plan takes back a run: a person asked for it, and sees it before it is sent.
    """
    court = Court(gates, suppressed, is_undo=is_undo)
    court.hear(rows)
    return court.verdicts(
        records=records,
        forecast=forecast,
        units_left=units_left,
        units_per_window=units_per_window,
        mapping=mapping,
        capabilities=capabilities,
        sources=sources,
    )


def is_within_limits(forecast: Forecast, gates: Gates) -> bool:
    """Return whether mode `within_limits` may send the plan without a person."""
    return sum(forecast.records.values()) <= gates.within_limits.max_records and (
        forecast.usd <= gates.within_limits.max_usd
    )


def missing_fields(mapping: VendorMapping, capabilities: Capabilities) -> list[tuple[str, str]]:
    """Return (object, field) of mapped fields that the live vendor lacks: left out, and to be reported."""
    found = [(kind, name) for kind, target in mapping.objects.items() for name in target.fields]
    return [(kind, name) for kind, name in found if not capabilities.takes(kind, name)]


def _radius(gates: Gates, *, is_undo: bool) -> BlastRadius:
    return gates.undo_blast_radius if is_undo and gates.undo_blast_radius is not None else gates.blast_radius


def _suppression(people: Collection[str]) -> Verdict:
    if not people:
        return Verdict("gate__suppression", True, "nobody in the plan is held back")
    named = ", ".join(sorted(people)[:5])
    return Verdict("gate__suppression", False, f"{len(people)} people who are held back are in the plan: {named}")


def _quota(forecast: Forecast, left: float | None, whole: float | None, reserve: float) -> Verdict:
    unit = f"{forecast.unit.replace('_', ' ')}s"
    needs = f"the plan needs {forecast.units:,.0f} {unit}"
    if left is None:
        return Verdict("gate__quota", True, f"{needs}; how many are left is not known")
    usable = left * (1 - reserve)
    kept = f"{usable:,.0f} of the {left:,.0f} that are left may be used ({reserve:.0%} stay for people and other apps)"
    if forecast.units <= usable:
        return Verdict("gate__quota", True, f"{needs}; {kept}")
    if whole is not None and forecast.units > whole * (1 - reserve):
        # No day has room for it as a whole: it goes in parts, and each run says when it continues.
        return Verdict("gate__quota", True, f"{needs}, more than a whole day allows: it goes in parts; {kept}")
    return Verdict("gate__quota", False, f"{needs}; only {kept}")


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
    told = f"left out, because the vendor lacks them: {named}" if named else "all there"
    keyless = [kind for kind, name in missing if name == mapping.key_field]
    if keyless:
        # Only a unique field tells which record is whose.
        told += f"; without a unique {mapping.key_field}, {' and '.join(keyless)} are matched by their id only"
    return Verdict("gate__fields", True, told)
