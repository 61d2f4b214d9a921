"""A plan's facts as one JSON object with stable keys: what it would do, why, what holds it, what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from pipeline import catalogue
from pipeline.planning.plans import ACTIVITIES, ENROLMENTS
from pipeline.planview import counts
from pipeline.planview.counts import WRITES
from pipeline.planview.masks import mask, mask_reason
from pipeline.planview.standing import standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.mapping import VendorMapping
    from pipeline.models import Json, PlanRow
    from pipeline.planning.cost import Forecast
    from pipeline.planview.standing import Judged, Saved, Surroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """A vendor's rolling day in its own units; None where nobody knows."""

    per_day: float | None = None
    used: float | None = None

    @property
    def left(self) -> float | None:
        """Return what is left of the day."""
        return None if self.per_day is None or self.used is None else max(self.per_day - self.used, 0.0)


def facts(
    saved: Saved,
    rows: Sequence[PlanRow],
    *,
    mapping: VendorMapping,
    verdicts: Sequence[Judged],
    forecast: Forecast,
    budget: Budget,
    around: Surroundings,
    limit: int | None = None,
    show_pii: bool = False,
) -> dict[str, Json]:
    """Return everything there is to tell about a plan, JSON values only.

    Args:
        saved: the plan as the ledger keeps it.
        rows: its rows.
        mapping: the vendor's mapping: field types for masking, automations.
        verdicts: what gates and checks said, and which required ones said nothing.
        forecast: its cost.
        budget: the vendor's day.
        around: moment, mode, pause, age limit.
        limit: records to list; all when None.
        show_pii: values instead of masks.
    """
    records = _records(rows)
    listed = records if limit is None else records[:limit]
    has_work = any(row.action in WRITES for row in rows)
    status, sentence = standing(saved, verdicts, around, has_work=has_work)
    return {
        "vendor": saved.vendor,
        "plan": saved.plan_hash,
        "as_of": saved.as_of.isoformat(),
        "made_at": saved.made_at.isoformat(),
        "age_seconds": round((around.now - saved.made_at).total_seconds()),
        "expires_at": (saved.made_at + around.max_age).isoformat() if around.max_age else None,
        "status": status,
        "says": sentence,
        "has_changes": has_work and status != "applied",
        "approved_by": saved.approved_by,
        "approved_at": saved.approved_at.isoformat() if saved.approved_at else None,
        "applied_at": saved.applied_at.isoformat() if saved.applied_at else None,
        "apply": f"leadflow apply {saved.plan_hash[:8]}" if status in {"waiting", "approved", "automatic"} else None,
        "actions": counts.actions(rows),
        "fields": counts.fields(rows),
        "holds": counts.reasons(rows, "hold"),
        "skips": counts.reasons(rows, "skip"),
        "kept_fields": counts.kept(rows),
        "automations": [*mapping.automations, *counts.workflows(rows)],
        "gates": [{"check": item.check, "passed": item.is_passed, "detail": item.detail} for item in verdicts],
        "forecast": forecast.summary() | {"share_of_day": _share(forecast.units_in_all, budget.per_day)},
        "budget": {
            "unit": forecast.unit,
            "per_day": budget.per_day,
            "used": budget.used,
            "left": budget.left,
            "share_of_left": _share(forecast.units_in_all, budget.left),
        },
        "masked": not show_pii,
        "records": [_record(same, mapping, show_pii=show_pii) for same in listed],
        "records_left_out": len(records) - len(listed),
    }


def _records(rows: Sequence[PlanRow]) -> list[list[PlanRow]]:
    """Return the rows of each record with a change or a kept field: what people gave up first, new records last."""
    found: dict[tuple[str, str, str], list[PlanRow]] = {}
    for row in rows:
        if row.field is not None or row.action in WRITES:
            found.setdefault((row.object, row.record_id or "", row.person_key), []).append(row)
    return sorted(found.values(), key=_rank)


def _rank(rows: Sequence[PlanRow]) -> int:
    done = {row.action for row in rows}
    tags = {"remove_tags", "add_tags"} if "insert" in done else set()
    return next((place for place, action in enumerate(WRITES) if action in done - tags), len(WRITES))


def _record(rows: Sequence[PlanRow], mapping: VendorMapping, *, show_pii: bool) -> dict[str, Json]:
    first, rank = rows[0], _rank(rows)
    return {
        "object": first.object,
        "record_id": first.record_id,
        "person_key": first.person_key,
        "action": WRITES[rank] if rank < len(WRITES) else "keep",
        "actions": list(dict.fromkeys(row.action for row in rows if row.action in WRITES)),
        "changes": [_change(row, mapping, show_pii=show_pii) for row in rows],
    }


def _change(row: PlanRow, mapping: VendorMapping, *, show_pii: bool) -> dict[str, Json]:
    old, new, reason = row.old_value, row.new_value, row.reason
    if not show_pii:
        reason = mask_reason(reason)
        if row.action in ACTIVITIES:
            # The title is made of our own words; the text may hold what a person wrote.
            told = mapping.activities[row.action.removeprefix("add_")]  # type: ignore[index]  # task or note
            new = row.new_value["fields"].get(told.title)
        elif row.action not in ENROLMENTS and (row.field is None or not _is_ours(row, mapping)):
            kind = mapping.kind(row.object, row.field) if row.field else "json"
            old, new = mask(old, kind), mask(new, kind)
    return {
        "action": "keep" if row.action == "skip" else row.action,
        "lane": row.lane,
        "field": row.field,
        "old": old,
        "new": new,
        "policy": row.policy,
        "reason": reason,
    }


def _is_ours(row: PlanRow, mapping: VendorMapping) -> bool:
    """Return whether a field holds what we made up ourselves: our key, a score, a grade."""
    target = mapping.objects.get(row.object)
    rule = target.fields.get(row.field or "") if target else None
    return row.field == mapping.key_field or (rule is not None and rule.column in _made_up())


@cache
def _made_up() -> frozenset[str]:
    return frozenset(column.name for column in catalogue.table("qualify.scores").columns)


def _share(units: float, whole: float | None) -> float | None:
    return None if not whole else round(units / whole, 4)
